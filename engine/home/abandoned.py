"""What killed processes left half-written in a home, or decrypted in memory.

Whoever writes such a thing holds a lock, which the kernel releases when the process ends: on a
small file that has no name yet the file itself is locked, on all else a lock file of the home. So
what nobody has locked, nobody will finish.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from engine.disk import locked_folders
from engine.disk.files import remove
from engine.disk.flock import try_lock
from engine.disk.regular_files import open_regular
from engine.home.names import HOME, IMPORTING, WORKING, WORKING_NAME, Kind, kind_of

MEMORY_NAME = "panza-tui-"
"""How the names of our folders in memory begin (engine.encryption.in_memory)."""

COPIES = ("restore.partial", "panza.db.repaired.partial*", "panza.db.converted.partial*")
"""Unfinished copies of the database: who makes them holds the write lock."""

_DRAFTS = (f"{IMPORTING}*", ".*.partial", "cache/*.partial", "models/*/*.partial")
_CHECKPOINT = "models/*/checkpoints/.partial"

_MOMENT = 60
"""Seconds after which an empty draft is not one that was just created and will now be locked."""


def memory_places() -> list[Path]:
    """Where file systems in memory may be; not all of these have to be one, or to exist."""
    return [Path("/dev/shm"), Path(os.environ.get("XDG_RUNTIME_DIR") or "/nonexistent")]


def abandoned(root: Path) -> list[Path]:
    """Return what killed processes left in a home, apart from unfinished copies of its database."""
    found = [path for path, locks in _drafts(root) if _is_free(path, locks)]
    return sorted([*found, *locked_folders.abandoned(root / WORKING, WORKING_NAME)])


def sweep(root: Path) -> None:
    """Remove what killed processes left in a home, and in memory; what can't be removed stays."""
    copies = [(path, [root / "write.lock"]) for name in COPIES for path in root.glob(name)]
    for path, locks in (*copies, *_drafts(root)):
        with contextlib.suppress(OSError), _held(path, locks) as is_ours:
            if is_ours:
                remove(path)
    locked_folders.sweep(root / WORKING, WORKING_NAME)
    for place in memory_places():
        locked_folders.sweep(place, MEMORY_NAME)


def _drafts(root: Path) -> Iterator[tuple[Path, Sequence[Path]]]:
    """Yield each draft in a home with the locks, one of which is held by who makes it."""
    for pattern in (*_DRAFTS, _CHECKPOINT):
        for path in root.glob(pattern):
            if not _is_ours(path, root):
                continue
            if path.name.startswith(".") and path.is_file():
                yield path, [path]
            elif path.parent == root / "cache":
                yield path, [path.with_name("base.lock"), path.with_name("mail-base.lock")]
            elif path.parent != root:
                model = root.joinpath(*path.relative_to(root).parts[:2])
                yield path, [model / "run.lock", model / "export.lock"]


def _is_ours(path: Path, root: Path) -> bool:
    """Return whether a path has a name of ours in each folder, and no link but the cache is met."""
    kind: Kind | None = HOME
    parts = path.relative_to(root).parts
    for depth, part in enumerate(parts, start=1):
        kind = kind_of(part, kind) if isinstance(kind, Mapping) else kind
        is_link = root.joinpath(*parts[:depth]).is_symlink()
        if kind is None or (is_link and part != "cache"):
            return False
    return True


def _is_free(path: Path, locks: Sequence[Path]) -> bool:
    with _held(path, locks) as is_ours:
        return is_ours


@contextlib.contextmanager
def _held(path: Path, locks: Sequence[Path]) -> Iterator[bool]:
    """Hold the locks of a draft, and yield whether that could be done: nobody alive makes it."""
    with contextlib.ExitStack() as stack:
        yield all(_take(lock, stack) for lock in locks) and _was_begun(path)


def _take(lock: Path, stack: contextlib.ExitStack) -> bool:
    try:
        handle = open_regular(lock, os.O_RDWR)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    stack.callback(os.close, handle)
    return try_lock(handle)


def _was_begun(path: Path) -> bool:
    """Return whether a draft is there, and not one that is yet to be locked, so empty and new."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return bool(status.st_size) or time.time() - status.st_mtime > _MOMENT
