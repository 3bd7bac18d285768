"""A checksum of each mail, instruction, draft, conversation and vector, to find bytes that changed.

SQLite's own check finds a damaged page, but not another letter in a text. A row that is written
loses its checksum, by triggers that need nothing but SQLite; `add_checksums` gives it a new one.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import apsw

from engine.database.database import in_transaction
from engine.database.rows import each_row
from engine.mail.stored.store import COLUMNS

PARTS = {
    "mails": ("id", *COLUMNS.split(", ")),
    "instructions": ("mail_id", "text", "origin", "model", "created", "terse", "spoken"),
    "vectors": ("mail_id", "embedding"),
    "conversations": ("id", "name", "created"),
    "drafts": (
        *("id", "conversation_id", "created", "instruction", "recipient", "thread", "sources"),
        *("draft", "final", "model", "backend", "seed"),
    ),
}
"""Table -> its columns, the id first. A migration that adds one removes the table's checksums."""

_BATCH = 500
"""Rows between which another writer gets its turn."""


def add_checksums(connection: apsw.Connection) -> None:
    """Give each row that has no checksum one."""
    for part, columns in PARTS.items():
        missing = [
            number
            for (number,) in connection.execute(
                f"SELECT {columns[0]} FROM {part} WHERE {columns[0]} NOT IN "
                "(SELECT id FROM checksums WHERE part = ?)",
                (part,),
            )
        ]
        for start in range(0, len(missing), _BATCH):
            add = functools.partial(_add, connection, part, missing[start : start + _BATCH])
            in_transaction(connection, add)


def rows_without_checksum(connection: apsw.Connection) -> int:
    """Return how many rows were written since `add_checksums`."""
    return sum(
        connection.execute(
            f"SELECT count(*) FROM {part} WHERE {columns[0]} NOT IN "
            "(SELECT id FROM checksums WHERE part = ?)",
            (part,),
        ).get
        for part, columns in PARTS.items()
    )


def changed_rows(connection: apsw.Connection) -> dict[str, list[int]]:
    """Return the ids, by table, of rows that are not as they were written."""
    changed = {
        part: [number for number, sum_, kept in _sums(connection, part) if sum_ != kept]
        for part in PARTS
    }
    return {part: ids for part, ids in changed.items() if ids}


def _add(connection: apsw.Connection, part: str, ids: Sequence[int]) -> None:
    for number in ids:
        row = connection.execute(_row_query(part, f"WHERE {PARTS[part][0]} = ?"), (number,)).get
        if row is not None:  # Removed meanwhile.
            connection.execute(
                "INSERT OR REPLACE INTO checksums VALUES (?, ?, ?)", (part, number, _sum(row))
            )


def _sums(connection: apsw.Connection, part: str) -> Iterator[tuple[int, int, int]]:
    """Yield (id, checksum now, checksum kept) of each row that has one."""
    query = _row_query(
        part, f"JOIN checksums ON part = '{part}' AND checksums.id = {part}.{PARTS[part][0]}", "sum"
    )
    for kept, *row in each_row(connection, query):
        yield int(row[1]), _sum(row), kept


def _row_query(part: str, rest: str, *more: str) -> str:
    """Select the type and bytes of each column, as a damaged text may be no UTF-8."""
    columns = [f"typeof({part}.{column}), CAST({part}.{column} AS BLOB)" for column in PARTS[part]]
    return f"SELECT {', '.join([*more, *columns])} FROM {part} {rest}"


def _sum(row: Sequence[Any]) -> int:
    """Return the CRC-32 of a row's types and bytes, each with its length before it."""
    result = 0
    for kind, content in zip(row[::2], row[1::2], strict=True):
        content = content or b""
        result = zlib.crc32(f"{kind} {len(content)} ".encode(), result)
        result = zlib.crc32(content, result)
    return result
