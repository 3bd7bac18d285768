"""Read the rows of a query one by one, and end its statement wherever the reader stops.

apsw leaves the statement of a cursor that is dropped before its last row as it is, if another
cursor of the connection came and went meanwhile: its rows stay in memory, and the database is being
read, until the connection is closed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import apsw


def each_row(
    connection: apsw.Connection, query: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> Iterator[Any]:
    """Yield the rows of a query, which is only begun with the first."""
    cursor = connection.execute(query, values)
    try:
        for row in cursor:  # noqa: UP028 - `yield from` would close the cursor.
            yield row
    except GeneratorExit:
        leave(cursor)
        raise


def leave(cursor: apsw.Cursor) -> None:
    """End the statement of a cursor before its last row."""
    # Of one that is closed apsw keeps 200 bytes for ever; another statement ends the one before.
    with contextlib.suppress(apsw.CursorClosedError, apsw.ConnectionClosedError):
        cursor.execute("")
