"""Folders that go with their process: each is locked while it lives.

Those that a killed process left are found by their lock, which the kernel has released.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from engine.disk.flock import try_lock

_LOCK = "lock"

_MOMENT = 60
"""Seconds after which a folder without its final name is none that is just being made."""


def make(place: Path, name: str) -> tuple[Path, int]:
    """Create a folder with mode 0700 and a name that begins so; return it and its open lock."""
    import tempfile

    empty = Path(tempfile.mkdtemp(prefix=f".{name}", dir=place))
    handle = os.open(empty / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    # Locked before it has the name that others look for.
    return empty.rename(empty.with_name(empty.name.removeprefix("."))), handle


@contextlib.contextmanager
def temporary(place: Path, name: str) -> Iterator[Path]:
    """Yield a folder that `make` created, and remove it with all in it at the end of the block."""
    folder, lock = make(place, name)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def abandoned(place: Path, name: str) -> list[Path]:
    """Return the user's folders of this name whose process was killed."""
    return sorted(folder for folder in place.glob(f"{name}*") if _is_abandoned(folder))


def sweep(place: Path, name: str) -> None:
    """Remove the folders of processes that were killed."""
    for folder in place.glob(f"{name}*"):
        with _its_lock(folder) as is_ours:
            if is_ours:
                shutil.rmtree(folder, ignore_errors=True)
    for folder in place.glob(f".{name}*"):  # Killed before it was locked.
        with contextlib.suppress(OSError):
            status = folder.lstat()
            if status.st_uid == os.geteuid() and time.time() - status.st_mtime > _MOMENT:
                (folder / _LOCK).unlink(missing_ok=True)
                folder.rmdir()


def _is_abandoned(folder: Path) -> bool:
    with _its_lock(folder) as is_ours:
        return is_ours


@contextlib.contextmanager
def _its_lock(folder: Path) -> Iterator[bool]:
    """Hold a folder's lock, and yield whether that could be done: nobody alive has it."""
    handle = None
    with contextlib.suppress(OSError):
        if folder.lstat().st_uid == os.geteuid() and not folder.is_symlink():
            handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        yield handle is not None and try_lock(handle)
    finally:
        if handle is not None:
            os.close(handle)
