"""Read the rows of a query one by one, and close its cursor wherever the reader stops.

apsw leaves the statement of a cursor that is dropped before its last row as it is, if another
cursor of the connection came and went meanwhile: its rows stay in memory, and the database is being
read, until the connection is closed. What is read to its last row needs no closing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import apsw


def each_row(
    connection: apsw.Connection, query: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> Iterator[Any]:
    """Yield the rows of a query, which is only begun with the first."""
    with closing(connection.execute(query, values)) as cursor:
        yield from cursor
