"""Read the files of a zip whose end is missing, such as an interrupted download.

A zip's central directory is at its end. Without it, each file is found by its local header, and
the end of a file whose header has no size by where its compressed data ends (APPNOTE 4.3, 4.4.4).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import IO

_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_SIGNATURE = b"PK\x03\x04"
_STORED, _DEFLATED = 0, 8
_ENCRYPTED_FLAG, _SIZE_FOLLOWS_FLAG, _UTF8_FLAG = 0x1, 0x8, 0x800
_SIZE_IN_EXTRA = 0xFFFFFFFF
_ZIP64_FIELD = 1
_LONGEST_DESCRIPTOR = 24  # bytes: signature, checksum and two 8-byte sizes
_CHUNK = 64 * 1024
_FURTHEST = 1 << 62  # a position that can be asked for, and that no file has
_ALL = 1 << 32  # bytes to ask for where the caller wants all


class TruncatedZipMember:
    """A file in a truncated zip. size: compressed; None where the header does not say it."""

    def __init__(self, file: IO[bytes], name: str, method: int, size: int | None) -> None:
        self.name = name
        self.size = size
        self._file = file
        self._left = size
        self._decompressor = zlib.decompressobj(-15) if method == _DEFLATED else None
        self._pending = b""

    def read(self, size: int = -1, /) -> bytes:
        """Return decompressed bytes. Raises EOFError where the zip ends inside the file."""
        wanted = size if size >= 0 else _ALL
        if self._decompressor is None:
            return self._read_packed(wanted)
        while not self._decompressor.eof:
            packed = self._pending or self._read_packed(_CHUNK)
            if not packed:  # The header's size is smaller than what was compressed.
                raise EOFError("it ends too early")
            data = self._decompressor.decompress(packed, wanted)
            self._pending = self._decompressor.unconsumed_tail
            if data:
                return data
        return b""

    def skip(self) -> None:
        """Seek to the end of the compressed data, just before the next local header."""
        while self.read(_CHUNK):
            pass
        if self._decompressor is not None:
            self._file.seek(-len(self._decompressor.unused_data), 1)

    def _read_packed(self, size: int) -> bytes:
        if self._left is not None:
            size = min(size, self._left)
        data = self._file.read(size)
        if size and not data:
            raise EOFError("it ends too early")
        if self._left is not None:
            self._left -= len(data)
        return data


def read_truncated_zip(file: IO[bytes]) -> Iterator[TruncatedZipMember]:
    """Yield the files that are still there; read each one before asking for the next.

    Encrypted files and files with rare compression methods are skipped. Raises EOFError at the end.
    """
    file.seek(0)
    while (header := file.read(_LOCAL_HEADER.size)).startswith(_SIGNATURE) and len(
        header
    ) == _LOCAL_HEADER.size:
        fields = _LOCAL_HEADER.unpack(header)
        _, _, flags, method, _, _, _, packed, _, name_length, extra_length = fields
        name = file.read(name_length).decode("utf-8" if flags & _UTF8_FLAG else "cp437", "replace")
        extra = file.read(extra_length)
        size = _zip64_size(extra) if packed == _SIZE_IN_EXTRA else packed
        start = file.tell()
        if flags & _SIZE_FOLLOWS_FLAG and not packed:
            size = None
        if size is None and method != _DEFLATED:
            break
        member = TruncatedZipMember(file, name, method, size)
        is_encrypted = flags & _ENCRYPTED_FLAG
        if not is_encrypted and method in (_STORED, _DEFLATED) and not name.endswith("/"):
            yield member
        if size is None:
            member.skip()
            _skip_descriptor(file)
        else:
            file.seek(min(start + size, _FURTHEST))
    raise EOFError("it ends too early")


def _zip64_size(extra: bytes) -> int | None:
    """Return the compressed size from the Zip64 field: id, length, size, compressed size."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == _ZIP64_FIELD and length >= 16 and len(extra) >= 20:
            return int.from_bytes(extra[12:20], "little")
        extra = extra[4 + length :]
    return None


def _skip_descriptor(file: IO[bytes]) -> None:
    """Skip the data descriptor behind a file: with or without signature, 4- or 8-byte sizes."""
    following = file.read(_LONGEST_DESCRIPTOR + len(_SIGNATURE))
    at = following.find(_SIGNATURE)
    file.seek((at if at >= 0 else len(following)) - len(following), 1)
