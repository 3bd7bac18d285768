"""The files in a zip whose end is missing, as a download that broke off leaves it.

A zip's directory is at its end. Without it each file is found by the header before it, and the
end of a file that does not tell its size by where its compression ends (APPNOTE 4.3, 4.4.4).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import IO

_HEADER = struct.Struct("<4s5H3L2H")
_FILE = b"PK\x03\x04"
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _SIZE_BEHIND, _UTF8 = 0x1, 0x8, 0x800
_IN_EXTRA = 0xFFFFFFFF
_ZIP64 = 1
_LONGEST_DESCRIPTOR = 24  # bytes: signature, checksum and two sizes
_PIECE = 64 * 1024


class CutFile:
    """One file in such a zip. size: packed, None where only its compression tells it."""

    def __init__(self, file: IO[bytes], name: str, method: int, size: int | None) -> None:
        self.name = name
        self.size = size
        self._file = file
        self._left = size
        self._inflater = zlib.decompressobj(-15) if method == _DEFLATED else None
        self._waiting = b""

    def read(self, size: int = -1, /) -> bytes:
        """Raises EOFError where the zip breaks off inside the file."""
        wanted = size if size >= 0 else _PIECE * _PIECE
        if self._inflater is None:
            return self._packed(wanted)
        while not self._inflater.eof:
            packed = self._waiting or self._packed(_PIECE)
            data = self._inflater.decompress(packed, wanted)
            self._waiting = self._inflater.unconsumed_tail
            if data:
                return data
        return b""

    def skip(self) -> None:
        """Go to where the next file's header must be near."""
        while self.read(_PIECE):
            pass
        if self._inflater is not None:
            self._file.seek(-len(self._inflater.unused_data), 1)

    def _packed(self, size: int) -> bytes:
        if self._left is not None:
            size = min(size, self._left)
        data = self._file.read(size)
        if size and not data:
            raise EOFError("it ends too early")
        if self._left is not None:
            self._left -= len(data)
        return data


def files_in_cut_zip(file: IO[bytes]) -> Iterator[CutFile]:
    """The files that are left, each to be read before the next is asked for.

    Files that are encrypted or packed in rarer ways are passed over. Raises EOFError at the end.
    """
    file.seek(0)
    while (header := file.read(_HEADER.size)).startswith(_FILE) and len(header) == _HEADER.size:
        _, _, flags, method, _, _, _, packed, _, named, more = _HEADER.unpack(header)
        name = file.read(named).decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        size = _size_in_extra(file.read(more)) if packed == _IN_EXTRA else packed
        start = file.tell()
        if flags & _SIZE_BEHIND and not packed:
            size = None
        if size is None and method != _DEFLATED:
            break
        found = CutFile(file, name, method, size)
        if not flags & _ENCRYPTED and method in (_STORED, _DEFLATED) and not name.endswith("/"):
            yield found
        if size is None:
            found.skip()
            _pass_descriptor(file)
        else:
            file.seek(start + size)
    raise EOFError("it ends too early")


def _size_in_extra(extra: bytes) -> int | None:
    """The packed size in the field of Zip64: id, length, size, packed size."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == _ZIP64 and length >= 16 and len(extra) >= 20:
            return int.from_bytes(extra[12:20], "little")
        extra = extra[4 + length :]
    return None


def _pass_descriptor(file: IO[bytes]) -> None:
    """Pass over the sizes behind a file, which come in four forms."""
    behind = file.read(_LONGEST_DESCRIPTOR + len(_FILE))
    at = behind.find(_FILE)
    file.seek((at if at >= 0 else len(behind)) - len(behind), 1)
