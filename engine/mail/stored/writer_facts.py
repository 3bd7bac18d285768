"""Store the facts in the writer's signatures, which own words do not contain."""

from __future__ import annotations

from dataclasses import dataclass

import apsw

from engine.database.stored_rows import read_rows
from engine.mail.own_words.signature_facts import signature_facts


@dataclass(frozen=True)
class WriterFact:
    """A fact about the writer.

    kind: as in signature_facts.Fact. seen: the date of the newest mail with it, in seconds since
    the epoch.
    """

    address: str
    kind: str
    text: str
    seen: int


def writer_facts(connection: apsw.Connection) -> list[WriterFact]:
    """Return all facts about the writer, those of the newest signature first."""
    query = "SELECT * FROM writer_facts ORDER BY seen DESC, address, kind, text"
    read = read_rows(connection, "writer_facts", query, make=lambda row: WriterFact(*row))
    return list(read)


def add_signature_facts(connection: apsw.Connection, address: str, block: str, date: int) -> None:
    """Store the facts in a signature. date: of the newest mail with it."""
    connection.executemany(
        "INSERT INTO writer_facts VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET seen = max(seen, excluded.seen)",
        [(address, fact.kind, fact.text, date) for fact in signature_facts(block)],
    )
