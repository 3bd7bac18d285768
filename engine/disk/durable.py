"""Write files so that a power cut leaves the old content or the new, never a part of either.

A file's content survives from its fsync on; its name, when the folder that holds it was synced too.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from engine.disk.flock import try_lock

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def sync(path: Path) -> None:
    """Flush a file's content, or a folder's list of names, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        sync_handle(handle)
    except OSError as error:
        # Some network file systems can't flush a folder.
        if not (path.is_dir() and error.errno in (errno.EINVAL, errno.ENOTSUP)):
            raise
    finally:
        os.close(handle)


def sync_handle(handle: int) -> None:
    """Flush an open file to the disk; on macOS through the drive's cache, too."""
    if sys.platform == "darwin":
        import fcntl

        with contextlib.suppress(OSError):  # Not every file system has it.
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
            return
    os.fsync(handle)


def sync_tree(folder: Path) -> None:
    """Flush all files and folders below a folder, and the folder itself."""
    for root, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(root, name)
            if not path.is_symlink():
                sync(path)
        sync(Path(root))


def replace(draft: Path, path: Path) -> None:
    """Give a finished file or folder its final name, with its content on the disk first.

    An existing file is replaced; an existing folder must be empty.
    """
    if draft.is_dir():
        sync_tree(draft)
    else:
        sync(draft)
    draft.replace(path)
    sync(path.parent)


def write_file(path: Path, content: bytes) -> None:
    """Write a whole file, or leave the older one as it is."""
    with drafted(path, path.with_name(f".{path.name}.{os.getpid()}.partial")) as file:
        file.write(content)


@contextlib.contextmanager
def drafted(path: Path, draft: Path) -> Iterator[BinaryIO]:
    """Yield a new file `draft`, which gets its final name at the end of the block.

    It is locked before it has any content, so that others see that it is being made
    (engine.home.abandoned), and removed on an error.
    """
    try:
        draft.unlink(missing_ok=True)
        with open(draft, "xb", opener=_private) as file:  # Follows no link.
            try_lock(file.fileno())
            yield file
            file.flush()
            replace(draft, path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


def exchange(one: Path, two: Path) -> None:
    """Let two files or folders have each other's name, at once where the system can do that."""
    if not _exchange(one, two):
        between = one.with_name(f"{one.name}.exchanged")
        two.replace(between)
        one.replace(two)
        between.replace(one)
    for folder in {one.parent, two.parent}:
        sync(folder)


def _exchange(one: Path, two: Path) -> bool:
    """Exchange two names with Linux's renameat2; False if it can't do that here."""
    import ctypes

    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(two), _RENAME_EXCHANGE) == 0:
        return True
    error = ctypes.get_errno()
    if error in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):  # A file system without it.
        return False
    raise OSError(error, os.strerror(error), str(one), None, str(two))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def make_folder(folder: Path) -> None:
    """Create a folder with mode 0700, and its parents, so that a power cut does not remove them."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync(folder.parent)
