"""Binary streams that archives are read through: bounded, put together, unpacked from xz."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from typing import Protocol

_RATIO = 200  # so many times its packed size may come out of a file ...
_FREE = 256 * 1024 * 1024  # ... and so much of any, however small: more is a bomb, not mail
_FREE_IN_ALL = 2 * 1024 * 1024 * 1024
_XZ_MEMORY = 128 * 1024 * 1024  # `xz -9` takes 65 MiB
_PIECE = 64 * 1024

DAMAGE = (
    EOFError,
    RuntimeError,  # encrypted, or nested too deeply
    ValueError,
    NotImplementedError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
)
"""What reading a packed file raises when it is broken, encrypted or unknown."""


class Stream(Protocol):
    """What is read from: a binary stream that need not know how to seek."""

    def read(self, size: int = ..., /) -> bytes: ...


class TooLarge(ValueError):
    """More came out than mail can be."""


class Allowance:
    """How much may come out of one file on disk, whatever is nested in it."""

    def __init__(self, left: int) -> None:
        self.left = left

    @classmethod
    def for_packed(cls, size: int) -> Allowance:
        """For a file of `size` bytes on disk."""
        return cls(max(_FREE_IN_ALL, size * _RATIO))


class Bounded:
    """A `Prompt` that refuses to grow far beyond what it was unpacked from."""

    def __init__(self, stream: Stream, packed: int | None, allowance: Allowance) -> None:
        self._stream, self._allowance = Prompt(stream), allowance
        own = allowance.left if packed is None else max(_FREE, packed * _RATIO)
        self._left = own

    def read(self, size: int = -1, /) -> bytes:
        left = min(self._left, self._allowance.left)
        data = self._stream.read(left + 1 if size < 0 else size)
        self._left -= len(data)
        self._allowance.left -= len(data)
        if len(data) > left:
            raise TooLarge("unpacks to far more than mail does; the rest was not read")
        return data


class Prompt:
    """A stream that gives what came before the damage, and then raises it, again and again.

    Gives as much as is asked for until then, though inside tar and zip a read may give less.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._read = getattr(stream, "read1", stream.read)
        self._damage: BaseException | None = None

    def read(self, size: int = -1, /) -> bytes:
        if self._damage is not None:
            raise self._damage
        if size < 0:
            return self._stream.read()
        pieces: list[bytes] = []
        missing = size
        try:
            while missing > 0 and (piece := self._read(missing)):
                pieces.append(piece)
                missing -= len(piece)
        except DAMAGE as error:
            self._damage = error
            if not pieces:
                raise
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class Rest:
    """A stream from its beginning, whose first bytes were read to see what it is."""

    def __init__(self, head: bytes, stream: Stream) -> None:
        self._head, self._stream = head, Prompt(stream)

    def read(self, size: int = -1, /) -> bytes:
        if size < 0:
            head, self._head = self._head, b""
            return head + self._stream.read()
        data, self._head = self._head[:size], self._head[size:]
        if len(data) == size:
            return data
        try:
            return data + self._stream.read(size - len(data))
        except DAMAGE:
            if not data:
                raise
            return data


class XzFile:
    """What an xz file holds; the standard library's reader takes what memory the file asks for."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._unpacker = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)

    def read(self, size: int = -1, /) -> bytes:
        while True:
            packed = b""
            if self._unpacker.eof:  # several xz files in a row are one
                packed = self._unpacker.unused_data or self._stream.read(_PIECE)
                if not packed.strip(b"\0"):
                    return b""
                self._unpacker = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
            elif self._unpacker.needs_input:
                packed = self._stream.read(_PIECE)
                if not packed:
                    raise EOFError("it ends too early")
            if data := self._unpacker.decompress(packed, size):
                return data
