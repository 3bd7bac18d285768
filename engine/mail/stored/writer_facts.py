"""Table `writer_facts`: what the writer's signatures tell, kept when they are taken off."""

from __future__ import annotations

from dataclasses import dataclass

import apsw

from engine.mail.own_words.signature_facts import signature_facts


@dataclass(frozen=True)
class WriterFact:
    """One fact. kind: as in signature_facts.Fact. seen: the newest mail signed so (UTC)."""

    address: str
    kind: str
    text: str
    seen: int


def writer_facts(connection: apsw.Connection) -> list[WriterFact]:
    """All facts of the writer, those of the newest signature first."""
    rows = connection.execute(
        "SELECT address, kind, text, seen FROM writer_facts ORDER BY seen DESC, address, kind, text"
    )
    return [WriterFact(*row) for row in rows]


def note_signature(connection: apsw.Connection, address: str, block: str, date: int) -> None:
    """Keep what a signature under a mail of that date tells."""
    connection.executemany(
        "INSERT INTO writer_facts VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET seen = max(seen, excluded.seen)",
        [(address, fact.kind, fact.text, date) for fact in signature_facts(block)],
    )
