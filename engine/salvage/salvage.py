"""Make a new database of the rows that can still be read in a damaged one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import apsw

from engine.database.aside import new_folder, nobody_else, replace_database
from engine.database.checksums import PARTS
from engine.database.copies import remove_database
from engine.database.database import connect, in_transaction
from engine.database.rows import each_row
from engine.encryption.key_record import KEY_FILE
from engine.errors import PanzaError
from engine.forgetting.forget import SALT
from engine.home.home import Home
from engine.mail.stored.store import bulk_text_index
from engine.salvage.pages import Value, is_of_its_key, read_rows
from engine.salvage.rows import read_shapes, table_of

_FIRST = ("mails", "conversations", "facts", "writer_facts", "forgotten")
_SECOND = ("instructions", "vectors", "drafts")
"""These refer to rows of the first ones."""

_LAST = ("checksums",)
"""Last, as a row that is inserted loses its checksum."""

_MADE_AGAIN = ("facts", "writer_facts", "vectors", "checksums")
"""Not saved from a changed page of an encrypted database, where somebody may have written them."""


@dataclass(frozen=True)
class Salvaged:
    """What was saved of a damaged database.

    rows: how many by table. lost: the ids, by table, of rows that are known to have been there.
    unsure: those that an encrypted database had on pages that are not as they were written. aside:
    the folder with the damaged database.
    """

    rows: dict[str, int]
    lost: dict[str, tuple[int, ...]]
    unsure: dict[str, tuple[int, ...]]
    aside: Path


def salvage(home: Home) -> Salvaged:
    """Replace a damaged database by a new one with all rows that can still be read.

    The caller holds the home's write lock. Raises PanzaError, with nothing changed, if no row can
    be read or another process has the database open.
    """
    draft = home.root / "panza.db.repaired.partial"
    remove_database(draft)
    try:
        with closing(connect(draft)) as connection:
            if not is_of_its_key(home.database):
                raise PanzaError(
                    f"No page of {home.database} is of the key in {KEY_FILE}; it was left alone. "
                    f"Copy the {KEY_FILE} of this home back from a backup (a zip file)."
                )
            rows, unsure = _fill(connection, home.database)
            if not rows:
                raise PanzaError(
                    f"No row of {home.database} can be read; it was left alone. Restore a backup "
                    "with 'panza-tui restore FILE'."
                )
            lost = _lost_rows(connection)
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
        with nobody_else(home.database):
            aside = new_folder(home, "repair")
            replace_database(home, draft, aside)
    finally:
        remove_database(draft)
    return Salvaged(rows, lost, unsure, aside)


def _fill(
    connection: apsw.Connection, path: Path
) -> tuple[dict[str, int], dict[str, tuple[int, ...]]]:
    """Insert the rows of a damaged database.

    Returns how many of each table, and the ids of those that are not sure to be as they were.
    """
    unsure: dict[str, tuple[int, ...]] = {}

    def insert() -> None:
        with bulk_text_index(connection):
            unsure.update(_insert(connection, path, _FIRST))
        unsure.update(_insert(connection, path, _SECOND))
        _insert(connection, path, _LAST)

    in_transaction(connection, insert)
    counts = {
        table: connection.execute(f"SELECT count(*) FROM {table}").get
        for table in (*_FIRST, *_SECOND)
    }
    return {table: count for table, count in counts.items() if count}, unsure


def _insert(
    connection: apsw.Connection, path: Path, tables: Sequence[str]
) -> dict[str, tuple[int, ...]]:
    """Insert the rows of these tables, first those that are sure; return the ids of the others."""
    shapes = read_shapes(connection)
    unsure: dict[str, list[int]] = {}
    for is_sure in (True, False):
        has_unsure = False
        for row in read_rows(path):
            has_unsure = has_unsure or not row.is_sure
            found = table_of(row, shapes) if row.is_sure == is_sure else None
            if found is None or found[0] not in tables or not _is_saved(found, is_sure=is_sure):
                continue
            if _insert_row(connection, *found) and not is_sure and found[0] in PARTS:
                unsure.setdefault(found[0], []).append(int(found[1][0] or 0))
        if not has_unsure:
            break
    return {table: tuple(ids) for table, ids in unsure.items()}


def _is_saved(found: tuple[str, tuple[Value, ...]], *, is_sure: bool) -> bool:
    table, values = found
    return is_sure or table not in _MADE_AGAIN or values[0] == SALT


def _insert_row(connection: apsw.Connection, table: str, values: tuple[Value, ...]) -> bool:
    """Insert a row; False if there is one like it, or what it belongs to is missing."""
    if table == "drafts" and not _exists(connection, "conversations", values[1]):
        values = (values[0], None, *values[2:])
    if table in ("instructions", "vectors") and not _exists(connection, "mails", values[0]):
        return False
    marks = ", ".join("?" * len(values))
    before = connection.total_changes()
    connection.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", values)
    return connection.total_changes() > before


def _exists(connection: apsw.Connection, table: str, number: Value) -> bool:
    query = f"SELECT 1 FROM {table} WHERE id = ?"
    return connection.execute(query, (number,)).get is not None


def _lost_rows(connection: apsw.Connection) -> dict[str, tuple[int, ...]]:
    """Return the ids of rows that have a checksum, but were not found; remove these checksums."""
    lost: dict[str, tuple[int, ...]] = {}
    for part, (key, *_) in PARTS.items():
        missing = f"part = '{part}' AND id NOT IN (SELECT {key} FROM {part})"
        ids = tuple(n for (n,) in each_row(connection, f"SELECT id FROM checksums WHERE {missing}"))
        if ids:
            lost[part] = ids
            connection.execute(f"DELETE FROM checksums WHERE {missing}")
    return lost


def describe_rows(rows: dict[str, int]) -> str:
    """Return "3 mails, 1 draft", without what follows from other rows."""
    counted = Counter(rows)
    parts = []
    for table in ("mails", "instructions", "drafts", "conversations"):
        number = counted[table]
        parts.append(f"{number} {table if number != 1 else table.removesuffix('s')}")
    return ", ".join(parts)
