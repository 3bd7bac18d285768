"""Read rows of panza.db such that one which can't be read keeps no other from being read.

Such a row is left out where several are read, and the user is told (engine.left_out); where it is
asked for alone, UnreadableError says so. `doctor --check` names it, `--repair` mends it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import apsw

from engine.database.rows import leave
from engine.database.stored_json import UnreadableError, fact_from_json, is_date
from engine.left_out import leave_out

Made = TypeVar("Made")

_TYPES: dict[str, tuple[type, ...]] = {
    "INTEGER": (int, type(None)),
    "TEXT": (str, type(None)),
}
"""The type with which a column was declared -> what it may hold. A BLOB may be anything."""

DATES = ("date", "created", "seen")
"""The columns with dates."""


def read_rows(
    connection: apsw.Connection,
    table: str,
    query: str,
    values: Sequence[Any] = (),
    make: Callable[[Any], Made] = tuple,  # type: ignore[assignment]
) -> Iterator[Made]:
    """Yield what `make` returns for each row of a query, without those that can't be read.

    table: which one's rows they are. make: may raise UnreadableError.
    """
    skipped = 0
    for made in _made(connection, table, query, values, make):
        if isinstance(made, UnreadableError):
            skipped += 1
        else:
            yield made
    if skipped:
        leave_out(table, skipped)


def read_row(
    connection: apsw.Connection,
    table: str,
    query: str,
    values: Sequence[Any] = (),
    make: Callable[[Any], Made] = tuple,  # type: ignore[assignment]
) -> Made | None:
    """Return what `make` returns for the first row, or None. Raises UnreadableError."""
    made = next(_made(connection, table, query, values, make), None)
    if isinstance(made, UnreadableError):
        raise made
    return made


def read_json_fact(connection: apsw.Connection, key: str, default: Made) -> Made:
    """Return the value of a fact with JSON; `default` if there is none, or it can't be read."""
    query = "SELECT value FROM facts WHERE key = ?"
    read = functools.partial(fact_from_json, key)
    return next(read_rows(connection, "facts", query, (key,), lambda row: read(row[0])), default)


def _made(
    connection: apsw.Connection,
    table: str,
    query: str,
    values: Sequence[Any],
    make: Callable[[Any], Made],
) -> Iterator[Made | UnreadableError]:
    cursor = connection.execute(query, values)
    may_be: list[tuple[type, ...] | None] | None = None
    dates: list[int] = []
    try:
        while True:
            try:
                row: Any = next(cursor)
                if may_be is None:
                    may_be, dates = _columns(cursor)
                _check(row, may_be, dates, table)
                made: Made | UnreadableError = make(row)
            except StopIteration:
                return
            except UnicodeDecodeError:  # The cursor goes on behind it.
                made = UnreadableError(f"A text in '{table}'")
            except UnreadableError as error:
                made = error
            yield made
    except GeneratorExit:
        leave(cursor)
        raise


def _columns(cursor: apsw.Cursor) -> tuple[list[tuple[type, ...] | None], list[int]]:
    """Return what each column of a result may hold, and which are dates."""
    description = cursor.get_description()
    dates = [n for n, (name, kind) in enumerate(description) if name in DATES and kind]
    return [_TYPES.get(kind or "") for _, kind in description], dates


def _check(
    row: Sequence[Any], may_be: Sequence[tuple[type, ...] | None], dates: Sequence[int], table: str
) -> None:
    """Raise UnreadableError for a row with a text for a number, or a date that is none."""
    for value, types in zip(row, may_be, strict=True):
        if types is not None and type(value) not in types:
            raise UnreadableError(f"A value in '{table}'")
    for number in dates:
        if row[number] is not None and not is_date(row[number]):
            raise UnreadableError(f"A date in '{table}'")
