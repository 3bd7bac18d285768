"""Read the rows of an SQLite file page by page, without trusting its header, trees or schema.

The format is that of https://www.sqlite.org/fileformat2.html. Each leaf page is read by itself, so
a damaged page costs its own rows only. Pages in the write-ahead log replace those of the file.
"""

from __future__ import annotations

import contextlib
import itertools
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.encryption.pages import RESERVED, decrypted_page, has_right_tag
from engine.encryption.unlocked import DataKey, key_of

Value = int | float | str | bytes | None

_PAGE_SIZES = tuple(512 << power for power in range(8))
_DEFAULT_PAGE_SIZE = 4096
_ENOUGH = 256  # Pages to look at for one of a key.
_FILE_HEADER, _WAL_HEADER, _FRAME_HEADER = 100, 32, 24
_WAL_MAGIC = (0x377F0682, 0x377F0683)
_INDEX_INTERIOR, _INDEX_LEAF, _TABLE_LEAF = 2, 10, 13


@dataclass(frozen=True)
class Row:
    """A row as it is stored. rowid: None in an index, or in a table without rowids.

    is_sure: False if it is encrypted, and a page with a part of it is not as it was written.
    """

    rowid: int | None
    values: tuple[Value, ...]
    is_sure: bool = True


def read_rows(path: Path) -> Iterator[Row]:
    """Yield every row of every intact leaf page, in the order of the pages."""
    pages = _pages_of(path)
    for number in range(1, pages.count + 1):
        try:
            rows = list(_rows_of_page(pages, number))
        except (IndexError, ValueError, struct.error, OverflowError):
            continue  # The page is damaged.
        yield from rows


def changed_pages(path: Path) -> tuple[int, ...]:
    """Return the pages of an encrypted database that are not as they were written; () if plain."""
    return tuple(number for number, is_right in _tags(path) if not is_right)


def is_of_its_key(path: Path) -> bool:
    """Whether a database that can't be opened is plain, or has a page of its home's key.

    The first page may be damaged; of another key, none is right.
    """
    tags = [is_right for _, is_right in itertools.islice(_tags(path), _ENOUGH)]
    return any(tags) or not tags


def _tags(path: Path) -> Iterator[tuple[int, bool]]:
    """Yield for each page of an encrypted database whether it is as it was written."""
    pages = _pages_of(path)
    if pages.key is None:
        return
    for number in range(1, pages.count + 1):
        with contextlib.suppress(ValueError):
            yield number, has_right_tag(pages.key, pages.stored(number), number)


def _pages_of(path: Path) -> _Pages:
    key = key_of(path)
    with open(path, "rb") as file:
        size = _page_size(file.read(_FILE_HEADER))
        newer = _pages_in_log(path.with_name(f"{path.name}-wal"), size)
        file.seek(0, 2)
        return _Pages(path, size, newer, max([file.tell() // size, *newer]), key)


@dataclass(frozen=True)
class _Pages:
    """The pages of a file, numbered from 1. newer: those in its log. key: None if it is plain."""

    path: Path
    size: int
    newer: Mapping[int, bytes]
    count: int
    key: DataKey | None

    @property
    def usable(self) -> int:
        """The bytes of each page that belong to the database."""
        return self.size - (RESERVED if self.key else 0)

    def read(self, number: int) -> tuple[bytes, bool]:
        """Return a page, and whether it is as it was written, as far as that is known."""
        page = self.stored(number)
        if self.key is None:
            return page, True
        return decrypted_page(self.key, page, number), has_right_tag(self.key, page, number)

    def stored(self, number: int) -> bytes:
        if not 1 <= number <= self.count:
            raise ValueError
        if number in self.newer:
            return self.newer[number]
        with open(self.path, "rb") as file:
            file.seek((number - 1) * self.size)
            page = file.read(self.size)
        if len(page) != self.size:
            raise ValueError
        return page


def _page_size(header: bytes) -> int:
    size = int.from_bytes(header[16:18], "big")
    size = 65536 if size == 1 else size
    return size if size in _PAGE_SIZES else _DEFAULT_PAGE_SIZE


def _pages_in_log(path: Path, size: int) -> dict[int, bytes]:
    """Return the newest committed version of each page in a write-ahead log."""
    try:
        log = path.read_bytes()
    except FileNotFoundError:
        return {}
    if len(log) < _WAL_HEADER or int.from_bytes(log[:4], "big") not in _WAL_MAGIC:
        return {}
    if int.from_bytes(log[8:12], "big") != size:
        return {}
    salts = log[16:24]
    committed: dict[int, bytes] = {}
    pending: dict[int, bytes] = {}
    for at in range(_WAL_HEADER, len(log) - _FRAME_HEADER - size + 1, _FRAME_HEADER + size):
        number, pages_after_commit = struct.unpack_from(">II", log, at)
        if log[at + 8 : at + 16] != salts:
            break  # From before the log was last emptied.
        pending[number] = log[at + _FRAME_HEADER : at + _FRAME_HEADER + size]
        if pages_after_commit:
            committed |= pending
            pending = {}
    return committed


def _rows_of_page(pages: _Pages, number: int) -> Iterator[Row]:
    page, is_right = pages.read(number)
    start = _FILE_HEADER if number == 1 else 0
    kind = page[start]
    if kind not in (_INDEX_INTERIOR, _INDEX_LEAF, _TABLE_LEAF):
        return
    cells = int.from_bytes(page[start + 3 : start + 5], "big")
    first = start + (12 if kind == _INDEX_INTERIOR else 8)
    for index in range(cells):
        (at,) = struct.unpack_from(">H", page, first + 2 * index)
        if at < first + 2 * cells:
            raise ValueError
        rowid = None
        if kind == _INDEX_INTERIOR:
            at += 4  # The page of the smaller entries.
        length, at = _varint(page, at)
        if kind == _TABLE_LEAF:
            rowid, at = _varint(page, at)
        payload, is_rest_right = _payload(pages, page, at, length, kind == _TABLE_LEAF)
        yield Row(rowid, _values(payload), is_right and is_rest_right)


def _payload(
    pages: _Pages, page: bytes, at: int, length: int, is_table: bool
) -> tuple[bytes, bool]:
    """Return the payload of a cell, and whether further pages with its end are as written."""
    usable, is_right = pages.usable, True
    most = usable - 35 if is_table else (usable - 12) * 64 // 255 - 23
    if length <= most:
        payload = page[at : at + length]
    else:
        if length > pages.count * usable:
            raise ValueError
        least = (usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (usable - 4)
        local = local if local <= most else least
        parts, left = [page[at : at + local]], length - local
        (further,) = struct.unpack_from(">I", page, at + local)
        while left > 0:
            overflow, is_this_right = pages.read(further)
            is_right = is_right and is_this_right
            parts.append(overflow[4 : 4 + min(left, usable - 4)])
            left -= len(parts[-1])
            further = int.from_bytes(overflow[:4], "big")
        payload = b"".join(parts)
    if len(payload) != length:
        raise ValueError
    return payload, is_right


def _values(payload: bytes) -> tuple[Value, ...]:
    header, at = _varint(payload, 0)
    kinds = []
    while at < header:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    if at != header:
        raise ValueError
    values = []
    for kind in kinds:
        value, at = _value(payload, at, kind)
        values.append(value)
    if at != len(payload):
        raise ValueError
    return tuple(values)


def _value(payload: bytes, at: int, kind: int) -> tuple[Value, int]:
    """Return a value of a serial type, and where the next one starts."""
    if kind == 0:
        return None, at
    if kind in (8, 9):
        return kind - 8, at
    if kind == 7:
        return struct.unpack_from(">d", payload, at)[0], at + 8
    if kind < 7:
        end = at + (0, 1, 2, 3, 4, 6, 8)[kind]
        return int.from_bytes(payload[at:end], "big", signed=True), end
    if kind < 12:
        raise ValueError
    end = at + (kind - 12) // 2
    if end > len(payload):
        raise ValueError
    content = payload[at:end]
    return (content.decode("utf-8", "replace") if kind % 2 else content), end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a variable-length integer, and where it ends."""
    value = 0
    for index in range(9):
        byte = data[at + index]
        if index == 8:
            value = (value << 8) | byte
            break
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            break
    return (value - (1 << 64) if value >> 63 else value), at + index + 1
