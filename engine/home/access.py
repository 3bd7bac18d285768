"""Who may read and write the home: its owner only.

A home is trusted as its owner is: its models and settings steer the drafts. So one that somebody
else owns or could have filled is refused, and files of ours that others could read are closed.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from engine.errors import PanzaError
from engine.home.names import Kind, Names, kind_of

ROOT = 0
"""The user id of root, who can change every file anyway."""

_DATABASE = "panza.db"
_COMMON_NAMES = {"models", "cache", "jobs"}
"""Those of our names that folders of other programs have, too."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def close_to_others(root: Path, names_of_ours: Names) -> bool:
    """Refuse a home folder that isn't the user's own, then close it and what is ours to others.

    Only what has names of ours is closed, and only in what is a home by names that nobody else
    uses: many a folder has `models` and `cache`. Returns whether it is such a home. Raises
    PanzaError for a folder of another user, one that others can write to and that is no home yet,
    and for names of ours that are links.
    """
    status = _status(root)
    if status is None:
        return False
    if not stat.S_ISDIR(status.st_mode):
        raise PanzaError(
            f"The home folder {root} can't be created: it is a file. Choose another one with "
            "--home or PANZA_HOME."
        )
    _check_owner(root, status)
    try:
        names = set(os.listdir(root))
    except OSError as error:
        raise PanzaError(
            f"The home folder {root} can't be read ({error.strerror}); nothing was changed."
        ) from error
    kinds = {name: kind_of(name, names_of_ours) for name in names}
    ours = {name: kind == "file" for name, kind in kinds.items() if kind is not None}
    only_ours = len(ours) == len(names)
    is_home = only_ours or (_DATABASE in names and not status.st_mode & stat.S_ISVTX)
    if status.st_mode & _OTHERS_WRITE and not is_home:
        raise PanzaError(
            f"Other users can write to {root}, so it can't be the home folder; nothing was "
            "changed. Choose a folder of its own with --home or PANZA_HOME."
        )
    for name, is_file in sorted(ours.items()):
        _check_own_name(root / name, is_file)
    if not is_home or (names and ours.keys() <= _COMMON_NAMES):
        return False
    for path in own_paths(root.resolve(), names_of_ours):
        with contextlib.suppress(FileNotFoundError):  # Removed by another process.
            own = path.lstat()
            if not stat.S_ISLNK(own.st_mode):
                _close(path, own)
    return True


def own_paths(path: Path, kind: Kind) -> Iterator[Path]:
    """Yield a home, or another path of ours, and what has names of ours in it.

    Does not enter links.
    """
    is_folder = path.is_dir() and not path.is_symlink()
    if kind != "either" and is_folder == (kind == "file"):
        return
    yield path
    if not is_folder:
        return
    if isinstance(kind, str):  # All in it is ours.
        for here, folders, files in os.walk(path):
            yield from (Path(here, name) for name in (*folders, *files))
        return
    names: list[str] = []
    with contextlib.suppress(OSError):  # Removed by another process, or not readable.
        names = sorted(os.listdir(path))
    for name in names:
        found = kind_of(name, kind)
        if found is not None:
            yield from own_paths(path / name, found)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
    except NotADirectoryError as error:
        raise PanzaError(
            f"The home folder {path} can't be created ({error.strerror}). Choose another one with "
            "--home or PANZA_HOME."
        ) from error
    except OSError as error:
        raise PanzaError(
            f"The home folder {path} can't be read ({error.strerror}); nothing was changed. Choose "
            "another one with --home or PANZA_HOME."
        ) from error


def _check_owner(path: Path, status: os.stat_result) -> None:
    """Raise PanzaError unless the user owns a path, or root does and others can't write to it."""
    if status.st_uid == os.geteuid():
        return
    if status.st_uid == ROOT and not status.st_mode & _OTHERS_WRITE:
        return
    raise PanzaError(
        f"{path} belongs to another user (id {status.st_uid}), who could read your mail there or "
        "change your models; nothing was changed. Choose another folder with --home or "
        f"PANZA_HOME, or make it yours: chown -R $(id -u) {shlex.quote(str(path))}"
    )


def _check_own_name(path: Path, is_file: bool) -> None:
    """Raise PanzaError for a link in the place of a file or folder of ours.

    A cache may be a link to another disk: what is in it can be rebuilt.
    """
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        if path.name != "cache":
            raise PanzaError(
                f"{path} is a link, which is not followed; nothing was changed. Put the "
                f"{'file' if is_file else 'folder'} itself there, or move the whole home with "
                "--home or PANZA_HOME."
            )
        target = _status(path)
        if target is not None:
            _check_owner(path, target)
        return
    if is_file and not stat.S_ISREG(status.st_mode):
        raise PanzaError(f"{path} is not a file; it was left alone. Move it away, then try again.")
    if not is_file and not stat.S_ISDIR(status.st_mode):
        raise PanzaError(f"{path} is not a folder; it was left alone. Move it away and try again.")
    _check_owner(path, status)


def _close(path: Path, status: os.stat_result) -> None:
    """Take the permissions of others away. Some file systems have none, and do not mind."""
    if status.st_mode & _OTHERS and status.st_uid == os.geteuid():
        with contextlib.suppress(OSError):
            path.chmod(stat.S_IMODE(status.st_mode) & ~_OTHERS)
