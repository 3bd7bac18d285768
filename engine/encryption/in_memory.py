"""Decrypted copies for libraries that read files: in a folder on a file system in memory.

The folder is readable by the user only, and locked while its process lives; those that a killed
process left are removed when the next command starts (engine.home.abandoned), or needs one.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engine.disk import locked_folders
from engine.errors import PanzaError
from engine.home.abandoned import MEMORY_NAME, memory_places

_KINDS = ("tmpfs", "ramfs")


def is_possible() -> bool:
    """Whether this system has a file system in memory."""
    return bool(_places())


@contextlib.contextmanager
def memory_folder() -> Iterator[Path]:
    """Yield an empty folder in memory, and remove it with all in it at the end of the block.

    Raises PanzaError if the system has no file system in memory.
    """
    folder = Path(tempfile.mkdtemp(dir=_own_folder()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_own: tuple[int, Path] | None = None
"""The process and its folder; a forked child makes its own."""


def _own_folder() -> Path:
    global _own
    if _own is not None and _own[0] == os.getpid():
        return _own[1]
    places = _places()
    if not places:
        raise PanzaError(
            "What is encrypted can only be decrypted to a file system in memory, such as /dev/shm, "
            "and this system has none that can be written; nothing was changed."
        )
    for place in places:
        locked_folders.sweep(place, MEMORY_NAME)
    place = max(places, key=lambda place: shutil.disk_usage(place).free)
    folder, _ = locked_folders.make(place, MEMORY_NAME)  # Locked until the process ends.
    _own = os.getpid(), folder
    atexit.register(_remove_own, os.getpid(), folder)
    return folder


def _places() -> list[Path]:
    """The folders in memory that this user can write to."""
    import psutil

    kinds = {disk.mountpoint: disk.fstype for disk in psutil.disk_partitions(all=True)}
    return [
        path
        for path in memory_places()
        if kinds.get(_mount_point(path)) in _KINDS and os.access(path, os.W_OK | os.X_OK)
    ]


def _mount_point(path: Path) -> str:
    real = Path(os.path.realpath(path))
    return str(next((p for p in (real, *real.parents) if os.path.ismount(p)), real))


def _remove_own(process: int, folder: Path) -> None:
    if process == os.getpid():
        shutil.rmtree(folder, ignore_errors=True)
