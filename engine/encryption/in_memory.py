"""Decrypted copies for libraries that read files: in a folder on a file system in memory.

The folder is readable by the user only, and locked while its process lives; those that a killed
process left are removed when the next one needs one.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engine.errors import PanzaError

_KINDS = ("tmpfs", "ramfs")
_NAME = "panza-tui-"
_LOCK = "lock"


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
        _sweep(place)
    place = max(places, key=lambda place: shutil.disk_usage(place).free)
    empty = Path(tempfile.mkdtemp(prefix=f".{_NAME}", dir=place))  # With mode 0700.
    handle = os.open(empty / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    # Locked before it has the name that others look for.
    folder = empty.rename(empty.with_name(empty.name.removeprefix(".")))
    _own = os.getpid(), folder
    atexit.register(_remove_own, os.getpid(), folder)
    return folder


def _places() -> list[Path]:
    """The folders in memory that this user can write to."""
    import psutil

    kinds = {disk.mountpoint: disk.fstype for disk in psutil.disk_partitions(all=True)}
    named = [Path("/dev/shm"), Path(os.environ.get("XDG_RUNTIME_DIR") or "/nonexistent")]
    return [
        path
        for path in named
        if kinds.get(_mount_point(path)) in _KINDS and os.access(path, os.W_OK | os.X_OK)
    ]


def _mount_point(path: Path) -> str:
    real = Path(os.path.realpath(path))
    return str(next((p for p in (real, *real.parents) if os.path.ismount(p)), real))


def _sweep(place: Path) -> None:
    """Remove the folders of processes that were killed."""
    for folder in place.glob(f"{_NAME}*"):
        with contextlib.suppress(OSError):
            status = folder.lstat()
            if status.st_uid != os.geteuid() or folder.is_symlink():
                continue
            handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)


def _remove_own(process: int, folder: Path) -> None:
    if process == os.getpid():
        shutil.rmtree(folder, ignore_errors=True)
