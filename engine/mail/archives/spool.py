"""Keep what a stream has where it can be read from anywhere: in memory, or in a file of the home.

That file has no name, so it goes with the process, and is encrypted with a key that only this
process knows: it is mail, and the home may be encrypted.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Iterator
from typing import IO, Any, cast

from engine.errors import PanzaError, cause
from engine.home.names import IMPORTING
from engine.mail.archives.streams import Stream, TooLargeError

_LARGEST = 4 * 1024 * 1024 * 1024  # bytes
_MAX_IN_MEMORY = 16 * 1024 * 1024  # bytes; more go to disk
_CHUNK = 256 * 1024
_BLOCK = 64  # bytes of ChaCha20's key stream that have a number


@contextlib.contextmanager
def spooled(stream: Stream) -> Iterator[IO[bytes]]:
    """Yield all that a stream has as a file that can seek.

    Raises TooLargeError for more than fits, which is little where no home can be written, and
    PanzaError if the disk is full: what can't be kept is no damage of the archive.
    """
    start = _read(stream, _MAX_IN_MEMORY + 1)
    if len(start) <= _MAX_IN_MEMORY:
        yield io.BytesIO(start)
        return
    folder = os.environ.get("SQLITE_TMPDIR")  # The home, see engine.home.home.
    if folder is None:
        raise _too_large()
    with contextlib.ExitStack() as stack:
        with _writing(folder):
            file = stack.enter_context(
                tempfile.TemporaryFile(prefix=IMPORTING, dir=folder, buffering=0)
            )
        whole = _Encrypted(file)
        size, chunk = 0, start
        while chunk:
            size += len(chunk)
            if size > _LARGEST:
                raise _too_large()
            with _writing(folder):
                whole.append(chunk)
            chunk = stream.read(_CHUNK)
        yield cast(IO[bytes], io.BufferedReader(whole, _CHUNK))


@contextlib.contextmanager
def _writing(folder: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PanzaError(
            f"An archive inside another one has to be copied to {folder} to be read, which failed "
            f"({cause(error)}); nothing was imported. Make room, or unpack the outer archive first."
        ) from error


def _too_large() -> TooLargeError:
    return TooLargeError("is too large inside another archive; unpack it first")


def _read(stream: Stream, most: int) -> bytes:
    parts, left = [], most
    while left and (chunk := stream.read(min(left, _CHUNK))):
        parts.append(chunk)
        left -= len(chunk)
    return b"".join(parts)


class _Encrypted(io.RawIOBase):
    """A file that is written once, from its start to its end, and read from anywhere."""

    def __init__(self, file: io.FileIO) -> None:
        self._file, self._key = file, os.urandom(32)
        self._at = self._size = 0

    def append(self, data: bytes) -> None:
        data = self._crypted(data, self._size)
        while data:  # A write may take a part.
            written = self._file.write(data)
            self._size += written
            data = data[written:]

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._at)
        data = self._crypted(self._file.read(len(buffer)), self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("a position before the start")
        self._at = start + offset
        return self._at

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def _crypted(self, data: bytes, at: int) -> bytes:
        """Encrypt or decrypt what is at a position, which ChaCha20 does alike."""
        from cryptography.hazmat.primitives.ciphers import Cipher
        from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

        counter = (at // _BLOCK).to_bytes(16, "little")
        cipher = Cipher(ChaCha20(self._key, counter), mode=None).encryptor()
        cipher.update(bytes(at % _BLOCK))
        return cipher.update(data)
