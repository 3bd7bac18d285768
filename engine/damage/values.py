"""Values of panza.db that the program can't read, and make them readable again.

A bit that a disk turned may leave a text that is no UTF-8, JSON that is none, or a number that is a
text. One such row would keep its mail from being opened or forgotten, and others from being found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import apsw

from engine.database.database import in_transaction
from engine.database.rows import each_row
from engine.database.stored_json import empty, has_json, is_date, is_readable, is_readable_fact
from engine.database.stored_rows import DATES

_IDS: Mapping[str, str] = {
    "mails": "id",
    "instructions": "mail_id",
    "conversations": "id",
    "drafts": "id",
}
"""The tables whose rows are mended, and their ids."""

_REMOVED = ("facts", "writer_facts")
"""Rows of these are removed: the next import learns them again, or asks."""


@dataclass(frozen=True)
class _Row:
    """A row that can't be read.

    number: its id, or its place in a table without ids. where, keys: the condition that finds it.
    mended: column -> the value to be stored instead.
    """

    number: int
    where: str
    keys: tuple[Any, ...]
    mended: dict[str, Any]


def unreadable_rows(connection: apsw.Connection) -> dict[str, list[int]]:
    """Return, by table, the ids of rows with a value that can't be read; of facts their places."""
    found = {table: [row.number for row in _rows(connection, table)] for table in _tables()}
    return {table: numbers for table, numbers in found.items() if numbers}


def make_readable(connection: apsw.Connection) -> dict[str, list[int]]:
    """Mend or remove the rows that `unreadable_rows` returns, and return them.

    What is no UTF-8 becomes U+FFFD, JSON that is none becomes empty. The full-text index is to be
    made again then.
    """
    done: dict[str, list[int]] = {}

    def mend() -> None:
        for table in _tables():
            for row in list(_rows(connection, table)):
                done.setdefault(table, []).append(row.number)
                if table in _REMOVED:
                    connection.execute(f"DELETE FROM {table} WHERE {row.where}", row.keys)
                    continue
                places = ", ".join(f"{column} = ?" for column in row.mended)
                values = (*row.mended.values(), *row.keys)
                connection.execute(f"UPDATE {table} SET {places} WHERE {row.where}", values)

    in_transaction(connection, mend)
    return done


def _tables() -> tuple[str, ...]:
    return (*_IDS, *_REMOVED)


def _rows(connection: apsw.Connection, table: str) -> Iterator[_Row]:
    """Yield the rows of a table that can't be read."""
    columns = [
        (str(name), str(kind), bool(not_null), bool(key))
        for _, name, kind, not_null, _, key in connection.execute(f"PRAGMA table_info({table})")
    ]
    # Bytes, as what is no UTF-8 could not be read as a text.
    wanted = ", ".join(f"typeof({name}), CAST({name} AS BLOB)" for name, *_ in columns)
    for place, row in enumerate(each_row(connection, f"SELECT {wanted} FROM {table}")):
        stored = {name: (row[2 * n], row[2 * n + 1] or b"") for n, (name, *_) in enumerate(columns)}
        mended = {
            name: value
            for name, kind, not_null, key in columns
            if not (key and table in _IDS)
            for value in _mended(table, name, kind, not_null, *stored[name])
        }
        if table == "facts":
            key_text = stored["key"][1].decode("utf-8", "replace")
            if not is_readable_fact(key_text, stored["value"][1].decode("utf-8", "replace")):
                mended["value"] = ""
        if not mended:
            continue
        if table in _IDS:
            number = int(stored[_IDS[table]][1])
            yield _Row(number, f"{_IDS[table]} = ?", (number,), mended)
        else:
            where = " AND ".join(f"CAST({name} AS BLOB) IS ?" for name in stored)
            yield _Row(place, where, tuple(content for _, content in stored.values()), mended)


def _mended(
    table: str, column: str, kind: str, not_null: bool, stored_as: str, content: bytes
) -> Iterator[Any]:
    """Yield the value to be stored instead of one that can't be read; nothing for any other."""
    if stored_as == "null":
        if not_null:
            yield 0 if kind == "INTEGER" else ""
        return
    if kind == "INTEGER":
        if stored_as != "integer" or (column in DATES and not is_date(int(content))):
            yield 0
        return
    text = content.decode("utf-8", "replace")
    is_text = stored_as == "text" and text.encode() == content
    if has_json(table, column):
        if not is_text or not is_readable(table, column, text):
            yield empty(table, column)
    elif not is_text:
        yield text
