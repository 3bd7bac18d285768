"""Open the home's own files: regular files only, never a link, a FIFO or a device.

A link could lead a write to a file outside the home, and reading a FIFO waits forever.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def open_regular(path: str | Path, flags: int) -> int:
    """Open a regular file, created with mode 0600, and return its descriptor.

    An opener for `open`, too. Raises OSError for a link, or for anything but a regular file.
    """
    return _open(path, flags | os.O_NOFOLLOW)


def open_regular_or_link(path: str | Path, flags: int) -> int:
    """The same for a file of the user's own, which may be a link, as settings often are."""
    return _open(path, flags)


def _open(path: str | Path, flags: int) -> int:
    try:
        handle = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):
            raise OSError(error.errno, "it is a link, which is not followed", str(path)) from error
        if error.errno == errno.ENXIO:  # A FIFO that nobody reads.
            raise OSError(error.errno, "it is not a file", str(path)) from error
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is not a file", str(path))
    return handle
