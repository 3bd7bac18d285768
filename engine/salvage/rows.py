"""Tell by its values which table of panza.db a row belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import apsw

from engine.database.checksums import PARTS
from engine.database.rows import each_row
from engine.salvage.pages import Row, Value

_VECTOR_BYTES = 384 * 4
_DIGEST = re.compile(r"[0-9a-f]{64}")
_WITHOUT_ROWID = ("writer_facts", "checksums", "forgotten")
_WITH_ROWID = ("mails", "drafts", "instructions", "conversations", "facts", "vectors")
_TYPES: Mapping[str, type] = {"TEXT": str, "INTEGER": int, "BLOB": bytes}
_NULL = type(None)


@dataclass(frozen=True)
class Shape:
    """The columns of a table.

    types: the types that each may have. has_id: whether the first one is the row's own number,
    which is stored as NULL. defaults: of the last columns, which a row lacks that is older.
    """

    types: tuple[tuple[type, ...], ...]
    has_id: bool
    defaults: tuple[Value, ...]


def read_shapes(connection: apsw.Connection) -> dict[str, Shape]:
    """Return the shapes of the tables of a database with the newest schema."""
    return {table: _shape(connection, table) for table in (*_WITH_ROWID, *_WITHOUT_ROWID)}


def table_of(row: Row, shapes: Mapping[str, Shape]) -> tuple[str, tuple[Value, ...]] | None:
    """Return the table of a row and its values with the id; None for a row of an index."""
    for table in _WITHOUT_ROWID if row.rowid is None else _WITH_ROWID:
        shape = shapes[table]
        values = _completed(row.values, shape)
        if values is not None and _is_plausible(table, values):
            first = row.rowid if shape.has_id else values[0]
            return table, (first, *values[1:])
    return None


def _shape(connection: apsw.Connection, table: str) -> Shape:
    types: list[tuple[type, ...]] = []
    defaults: list[Value] = []
    has_id = False
    for _, _, kind, not_null, default, key in each_row(connection, f"PRAGMA table_info({table})"):
        is_id = kind == "INTEGER" and key == 1 and table in _WITH_ROWID
        has_id = has_id or is_id
        optional = not (not_null or key)
        types.append((_NULL,) if is_id else (_TYPES[kind], *([_NULL] if optional else [])))
        if default is None and not optional:
            defaults.clear()  # Rows have at least this column and those before it.
        else:
            defaults.append(connection.execute(f"SELECT {default or 'NULL'}").get)
    return Shape(tuple(types), has_id, tuple(defaults))


def _completed(values: Sequence[Value], shape: Shape) -> tuple[Value, ...] | None:
    """Return the values with the defaults of missing columns; None if they are of another shape."""
    missing = len(shape.types) - len(values)
    if not 0 <= missing <= len(shape.defaults):
        return None
    whole = (*values, *shape.defaults[len(shape.defaults) - missing :])
    typed = zip(whole, shape.types, strict=True)
    return whole if all(isinstance(value, types) for value, types in typed) else None


def _is_plausible(table: str, values: Sequence[Value]) -> bool:
    """Return whether the values are not those of an index or of the full-text search."""
    match table, values[0], values[-1]:
        case "vectors", _, bytes(vector):
            return len(vector) == _VECTOR_BYTES
        case "checksums", part, _:
            return part in PARTS
        case "forgotten", str(digest), _:
            return _DIGEST.fullmatch(digest) is not None
    return True
