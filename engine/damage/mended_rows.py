"""Rows that could not be read, or are not as they were written: mended, and marked as such."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import apsw

from engine.damage import indexes
from engine.damage.values import make_readable
from engine.database.checksums import PARTS
from engine.database.database import in_transaction

DAMAGED = "damaged"
"""The reason why a mail is left out whose text is not as it was stored."""


def mend_rows(connection: apsw.Connection) -> dict[str, list[int]]:
    """Make rows readable that aren't, leave such mails out, and return them by table."""
    unreadable = make_readable(connection)
    if unreadable:
        indexes.rebuild_text_index(connection)  # It had other words of them.
        mark_damaged(connection, {part: ids for part, ids in unreadable.items() if part in PARTS})
    return unreadable


def mark_damaged(connection: apsw.Connection, changed: Mapping[str, Sequence[int]]) -> None:
    """Leave changed mails out, and let the rows keep their new content."""

    def mark() -> None:
        for part, ids in changed.items():
            rows = [(number,) for number in ids]
            if part == "mails":
                connection.executemany(
                    f"UPDATE mails SET left_out = '{DAMAGED}' WHERE id = ?", rows
                )
            connection.executemany(f"DELETE FROM checksums WHERE part = '{part}' AND id = ?", rows)

    in_transaction(connection, mark)
