"""Binary streams for archives: limits on unpacked size, damage tolerance, xz, UTF-16, line ends."""

from __future__ import annotations

import codecs
import lzma
import tarfile
import zipfile
import zlib
from typing import Protocol

# Limits against archive bombs. Mail, even an mbox full of repeated quotes, compresses far less than
# 200-fold; small files may unpack to 256 MiB at any ratio.
_MAX_RATIO = 200
_MIN_LIMIT = 256 * 1024 * 1024
_MIN_TOTAL_LIMIT = 2 * 1024 * 1024 * 1024
_XZ_MEMORY = 128 * 1024 * 1024  # bytes; files made by `xz -9` need 65 MiB
_CHUNK = 64 * 1024

DAMAGE_ERRORS = (
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
"""The exceptions that reading a damaged, encrypted or unsupported archive raises."""


class Stream(Protocol):
    """A binary stream that can be read, but perhaps not seeked."""

    def read(self, size: int = ..., /) -> bytes: ...


class TooLargeError(ValueError):
    """An archive unpacks to more data than mail ever does."""


class UnpackLimit:
    """How many more bytes may be unpacked from one file on disk, nested archives included."""

    def __init__(self, left: int) -> None:
        self.left = left

    @classmethod
    def for_file_size(cls, size: int) -> UnpackLimit:
        """Return the limit for a file of `size` bytes on disk."""
        return cls(max(_MIN_TOTAL_LIMIT, size * _MAX_RATIO))


class LimitedReader:
    """A `SalvagingReader` that raises TooLargeError beyond a multiple of the packed size.

    packed: bytes before unpacking; None: only the limit of the whole file counts.
    """

    def __init__(self, stream: Stream, packed: int | None, limit: UnpackLimit) -> None:
        self._stream, self._limit = SalvagingReader(stream), limit
        self._left = limit.left if packed is None else max(_MIN_LIMIT, packed * _MAX_RATIO)

    def read(self, size: int = -1, /) -> bytes:
        left = min(self._left, self._limit.left)
        data = self._stream.read(left + 1 if size < 0 else size)
        self._left -= len(data)
        self._limit.left -= len(data)
        if len(data) > left:
            raise TooLargeError("unpacks to far more than mail does; the rest was not read")
        return data


class SalvagingReader:
    """A stream that returns all bytes before a damaged place, then raises the error on each read.

    Before that it returns as many bytes as are asked for, where readers of tar and zip may return
    fewer.
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
        chunks: list[bytes] = []
        missing = size
        try:
            while missing > 0 and (chunk := self._read(missing)):
                chunks.append(chunk)
                missing -= len(chunk)
        except DAMAGE_ERRORS as error:
            self._damage = error
            if not chunks:
                raise
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


class PushbackReader:
    """A stream with the bytes that were read to detect its format put back in front."""

    def __init__(self, head: bytes, stream: Stream) -> None:
        self._head, self._stream = head, SalvagingReader(stream)

    def read(self, size: int = -1, /) -> bytes:
        if size < 0:
            head, self._head = self._head, b""
            return head + self._stream.read()
        data, self._head = self._head[:size], self._head[size:]
        if len(data) == size:
            return data
        try:
            return data + self._stream.read(size - len(data))
        except DAMAGE_ERRORS:
            if not data:
                raise
            return data


class XzReader:
    """Decompress xz within a memory limit, which the standard library's LZMAFile does not have."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._decompressor = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)

    def read(self, size: int = -1, /) -> bytes:
        while True:
            packed = b""
            if self._decompressor.eof:  # an xz file may be several xz streams in a row
                packed = self._decompressor.unused_data or self._stream.read(_CHUNK)
                if not packed.strip(b"\0"):
                    return b""
                self._decompressor = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
            elif self._decompressor.needs_input:
                packed = self._stream.read(_CHUNK)
                if not packed:
                    raise EOFError("it ends too early")
            if data := self._decompressor.decompress(packed, size):
                return data


class Utf8Reader:
    """A stream of text in another Unicode encoding, as UTF-8."""

    def __init__(self, stream: Stream, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._data = b""
        self._at_end = False

    def read(self, size: int = -1, /) -> bytes:
        while not self._at_end and (size < 0 or len(self._data) < size):
            chunk = self._stream.read(_CHUNK)
            self._at_end = not chunk
            self._data += self._decoder.decode(chunk, self._at_end).encode("utf-8", "replace")
        size = len(self._data) if size < 0 else size
        data, self._data = self._data[:size], self._data[size:]
        return data


class LineFeedReader:
    """A stream of text with line feeds in place of another line end."""

    def __init__(self, stream: Stream, line_end: bytes) -> None:
        self._stream, self._line_end = stream, line_end
        self._data = self._held = b""
        self._at_end = False

    def read(self, size: int = -1, /) -> bytes:
        while not self._at_end and (size < 0 or len(self._data) < size):
            chunk = self._stream.read(_CHUNK)
            self._at_end = not chunk
            # A line end may be cut in half at the end of a chunk.
            raw = self._held + chunk
            returns = len(raw) - len(raw.rstrip(b"\r"))
            kept = 0 if self._at_end else min(returns, len(self._line_end) - 1)
            self._held = raw[len(raw) - kept :]
            self._data += raw[: len(raw) - kept].replace(self._line_end, b"\n")
        size = len(self._data) if size < 0 else size
        data, self._data = self._data[:size], self._data[size:]
        return data
