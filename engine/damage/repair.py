"""Repair what is damaged in a database: indexes are made again, rows moved to a new file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field

import apsw

from engine.damage import indexes
from engine.damage.mended_rows import mark_damaged, mend_rows
from engine.database import database
from engine.database.checksums import PARTS, add_checksums, changed_rows
from engine.errors import PanzaError
from engine.home.home import Home
from engine.salvage.salvage import Salvaged, salvage


@dataclass
class Repair:
    """What was repaired.

    salvaged: None if the file was sound. text_index, signs: whether they were made again. vectors:
    how many were removed, to be made again. changed: the ids, by table, of rows that are not as
    they were written, or were on such a page of an encrypted database; mails are left out, and
    other rows kept. facts: whether some could not be read, and were removed.
    """

    salvaged: Salvaged | None = None
    text_index: bool = False
    signs: bool = False
    vectors: int = 0
    changed: dict[str, list[int]] = field(default_factory=dict)
    facts: bool = False


def repair_database(home: Home) -> Repair:
    """Repair the database of a home. The caller holds the home's write lock.

    Raises PanzaError if nothing of it can be read, or while another process has it open.
    """
    repair = Repair()
    if _needs_salvage(home, repair):
        repair.salvaged = salvage(home)
    with closing(database.connect(home.database)) as connection:
        if indexes.text_index_damage(connection):
            indexes.rebuild_text_index(connection)
            repair.text_index = True
        changed = changed_rows(connection)  # What is mended has no checksum any more.
        unreadable = mend_rows(connection)
        unsure = repair.salvaged.unsure if repair.salvaged else {}
        repair.facts = bool({"facts", "writer_facts"} & unreadable.keys())
        repair.changed = _merged(changed, unsure, unreadable)
        vectors = {*repair.changed.pop("vectors", ()), *indexes.wrong_vectors(connection)}
        if vectors:
            indexes.remove_vectors(connection, sorted(vectors))
            repair.vectors = len(vectors)
        if indexes.signs_differ(connection):
            indexes.rebuild_signs(connection)
            repair.signs = True
        mark_damaged(connection, repair.changed)
        add_checksums(connection)
    return repair


def _needs_salvage(home: Home, repair: Repair) -> bool:
    """Return whether the file is damaged, after an attempt to make its indexes again.

    So is one without a table, trigger or index of ours, or with another's: its rows move to a new
    one.
    """
    try:
        with closing(database.connect(home.database)) as connection:
            if database.changed_schema(connection):
                return True
            if not database.find_damage(connection, thorough=True):
                return False
            indexes.rebuild_text_index(connection)
            connection.execute("REINDEX")
            damage = database.find_damage(connection, thorough=True)
            repair.text_index = not damage
            return damage != ""
    except apsw.Error:
        return True
    except PanzaError as error:
        if isinstance(error.__cause__, apsw.NotADBError | apsw.CorruptError | apsw.SQLError):
            return True
        raise


def _merged(*found: Mapping[str, Iterable[int]]) -> dict[str, list[int]]:
    """Return all ids of the tables that have checksums."""
    merged = {part: sorted({n for ids in found for n in ids.get(part, ())}) for part in PARTS}
    return {part: numbers for part, numbers in merged.items() if numbers}
