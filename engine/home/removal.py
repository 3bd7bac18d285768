"""Remove the files of a home, or of one model: those with names of ours, and nothing else.

Needs no database, so that a damaged one can be removed, and room can be made on a full disk.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from engine.disk import durable
from engine.errors import PanzaError
from engine.home.home import MODEL_NAME, Home
from engine.home.names import HOME, MARKS, MODEL, Kind, Names, kind_of


@dataclass
class Left:
    """What stays after files were removed.

    removed: how many files, links and folders are gone. others: what is not ours, each folder with
    nothing of ours once. targets: what links of ours that were removed point to.
    """

    removed: int = 0
    others: list[Path] = field(default_factory=list)
    targets: list[Path] = field(default_factory=list)


def remove_model_files(folder: Path) -> Left:
    """Remove a model's files; its folder too, if nothing else is in it. Raises PanzaError."""
    left = Left()
    _remove(folder, MODEL, left)
    return left


def remove_home_files(home: Home) -> Left:
    """Remove all files of ours in a home; only its write lock stays, which the caller holds."""
    left = Left()
    for path in sorted(home.root.iterdir()):
        kind = kind_of(path.name, HOME)
        if kind is None:
            left.others.append(path)
        elif path != home.write_lock:
            _remove(path, kind, left)
    return left


def has_files(home: Home) -> bool:
    """Return whether there is anything of ours in a home, apart from its lock."""
    if not home.root.is_dir():
        return False
    names = {path.name for path in home.root.iterdir()} - {home.write_lock.name}
    return any(kind_of(name, HOME) is not None for name in names)


def _remove(path: Path, kind: Kind, left: Left) -> None:
    """Remove what has a name of ours, if it is of that kind; a link, not what it points to."""
    try:
        if path.is_symlink():
            left.targets.append(Path(os.path.realpath(path)))
            path.unlink()
        elif not path.is_dir():
            if kind not in ("file", "either"):
                left.others.append(path)
                return
            path.unlink()
        elif kind == "file":
            left.others.append(path)
            return
        elif isinstance(kind, str):
            shutil.rmtree(path)
        else:
            _remove_names(path, kind, left)
            return
    except FileNotFoundError:
        return  # Another process removed it.
    except OSError as error:
        raise PanzaError(
            f"{path} can't be removed ({error.strerror}); other files may be removed already. "
            "Is it yours? Run the command again to continue."
        ) from error
    left.removed += 1


def _remove_names(folder: Path, names: Names, left: Left) -> None:
    """Remove what has these names in a folder, and the folder if nothing else is in it."""
    inside = Left()
    # A model without its card is none any more, whatever else a power cut leaves of it.
    for path in sorted(folder.iterdir(), key=lambda path: (path.name != "card.toml", path.name)):
        kind = kind_of(path.name, names)
        if kind is MODEL and not path.is_symlink() and not _is_model(path):
            kind = None
        if kind is not None:
            _remove(path, kind, inside)
            if path.name == "card.toml":
                durable.sync(folder)
        elif path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()
        else:
            inside.others.append(path)
    removed = inside.removed
    if not any(folder.iterdir()):
        folder.rmdir()
        durable.sync(folder.parent)
        removed += 1
    left.removed += removed
    left.targets += inside.targets
    left.others += inside.others if removed else [folder]


def _is_model(folder: Path) -> bool:
    is_named = folder.is_dir() and MODEL_NAME.fullmatch(folder.name) is not None
    return is_named and any(os.path.lexists(folder / mark) for mark in MARKS)
