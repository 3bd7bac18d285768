"""Read small files and the ends of logs of a home, and remove its files."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from pathlib import Path

from engine.disk.regular_files import open_regular
from engine.encryption import streams
from engine.encryption.lines import plain_line

_MAX_BYTES = 16 << 20
"""More than any card, split or lock file has."""

_TAIL = 1 << 16
"""The number of bytes to read from the end of a log to find its last line."""


def read_small(path: Path, *, sealed: bool = False) -> str:
    """Return the text of a small regular file, decrypted if it is encrypted.

    sealed: whether it has to be. Raises OSError, and ValueError if it isn't UTF-8, or an encrypted
    file was changed.
    """
    with open(path, "rb", opener=open_regular) as file:
        data = file.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise OSError(errno.EFBIG, "it is too large", str(path))
    if streams.is_encrypted(data):
        data = streams.decrypt_bytes(data)
    elif sealed:
        raise ValueError("it is not encrypted, as its home is")
    return data.decode("utf-8")


def last_line(path: Path) -> str:
    """Return the last line of a file, which may be long; '' if it is empty or missing."""
    try:
        with open(path, "rb", opener=open_regular) as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            lines = file.read().strip().splitlines()
    except OSError:
        return ""
    return plain_line(path, lines[-1]).decode("utf-8", "replace").strip() if lines else ""


def remove(path: Path) -> None:
    """Remove a file, a link (not what it points to), or a folder with all in it, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def discard(path: Path) -> None:
    """Remove an unfinished file, if that can be done: an error here would hide what ended it."""
    with contextlib.suppress(OSError):
        path.unlink()
