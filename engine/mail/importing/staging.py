"""A throw-away database that holds an import until all of it is read.

Replies find the mail they answer, signatures show by repetition, and conversations grow together
only when the last message was seen. Until then nothing is held in memory, and nothing touches
the user's database: it changes in one transaction at the end. The file has no name and is gone
with the process, however that ends.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apsw

from engine.mail.stored.store import COLUMNS, mail_of, row_of
from engine.mail.types import Mail, Received

_TABLES = f"""
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    -- Sent mails that were not stored before.
    CREATE TABLE sent ({COLUMNS}, name, is_html, quoted, number INTEGER PRIMARY KEY);
    CREATE UNIQUE INDEX sent_fingerprint ON sent (fingerprint);
    CREATE INDEX sent_id ON sent (message_id, date) WHERE message_id IS NOT NULL;
    CREATE INDEX sent_date ON sent (date);
    -- Sent mails that are stored already, with the id of what they answer.
    CREATE TABLE held (mail INTEGER PRIMARY KEY, parent TEXT);
    -- What sent mails answer: the ids, and those of these mails that others wrote.
    CREATE TABLE wanted (message_id TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE received (message_id TEXT PRIMARY KEY, received TEXT) WITHOUT ROWID;
    -- What mails answer whose References do not name the beginning of their conversation.
    CREATE TABLE parents (message_id TEXT PRIMARY KEY, parent TEXT) WITHOUT ROWID;
    BEGIN;
"""

_COPY = """
    SELECT number, left_out IS NULL FROM sent WHERE fingerprint = ?1
    UNION ALL
    SELECT number, left_out IS NULL FROM sent WHERE message_id = ?2 AND date = ?3
    LIMIT 1
"""
_PUT = f"INSERT OR REPLACE INTO sent VALUES ({', '.join('?' * (COLUMNS.count(',') + 5))})"


@dataclass(frozen=True)
class Staged:
    """A sent mail on its way, with what is needed to finish it.

    mail.thread: the result of threads.thread_reference; "" where subject and participants decide.
    name: of the sender. is_html: whether its own words were read from
    HTML. quoted: of the mail it answers.
    """

    mail: Mail
    name: str
    is_html: bool
    quoted: str | None


def open_staging() -> apsw.Connection:
    """An empty staging database, on disk where it grows large."""
    staging = apsw.Connection("")
    staging.execute(_TABLES).fetchall()  # a PRAGMA answers with a row: read on to the end
    return staging


def stage(staging: apsw.Connection, staged: Staged) -> bool:
    """Put a mail down; False when it was a copy of one that is there. A kept copy wins."""
    mail = staged.mail
    same_id = mail.message_id or None if mail.date_known else None
    copy = staging.execute(_COPY, (mail.fingerprint, same_id, mail.date)).fetchone()
    if copy is not None and (copy[1] or mail.left_out is not None):
        return False
    row = (*row_of(mail), staged.name, staged.is_html, staged.quoted, copy[0] if copy else None)
    staging.execute(_PUT, row)
    return copy is None


def date_first(staging: apsw.Connection, date: int | None) -> None:
    """Date the mails that came before the first dated one, of whose neighbours none was known."""
    staging.execute("UPDATE sent SET date = ? WHERE date = 0 AND NOT date_known", (date or 0,))


def staged_mails(staging: apsw.Connection) -> Iterator[Staged]:
    """All mails put down, oldest first."""
    for row in staging.execute("SELECT * FROM sent ORDER BY date, number"):
        name, is_html, quoted, _ = row[-4:]
        yield Staged(mail_of(row), name, bool(is_html), quoted)


def endings(staging: apsw.Connection) -> Iterator[tuple[str, str, str, str, int]]:
    """(address, display name, subject, own words, date) of each mail that is not left out."""
    query = "SELECT sender, name, subject, body, date FROM sent WHERE left_out IS NULL"
    return iter(staging.execute(query))


def put_held(staging: apsw.Connection, mail_id: int, parent: str | None) -> bool:
    """Note that a stored mail was met, and what it answers; False when it was met before."""
    before = staging.total_changes()
    staging.execute("INSERT OR IGNORE INTO held VALUES (?, ?)", (mail_id, parent))
    return staging.total_changes() > before


def held_parents(staging: apsw.Connection) -> list[tuple[str, int]]:
    """(id of the mail it answers, number) of the stored mails that were met."""
    query = "SELECT parent, mail FROM held WHERE parent IS NOT NULL"
    return [(parent, mail) for parent, mail in staging.execute(query)]


def want(staging: apsw.Connection, message_ids: Iterable[str]) -> None:
    """Note ids of mails that sent ones answer."""
    rows = ((message_id,) for message_id in message_ids)
    staging.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", rows)


def is_wanted(staging: apsw.Connection, message_id: str) -> bool:
    """Whether a sent mail answers the mail of that id, and it is not put down yet."""
    query = (
        "SELECT 1 FROM wanted WHERE message_id = ?1 "
        "AND NOT EXISTS (SELECT 1 FROM received WHERE message_id = ?1)"
    )
    return staging.execute(query, (message_id,)).fetchone() is not None


def put_received(staging: apsw.Connection, message_id: str, received: Received) -> None:
    """Put down a mail that a sent one answers."""
    text = json.dumps(vars(received), ensure_ascii=False)
    staging.execute("INSERT OR IGNORE INTO received VALUES (?, ?)", (message_id, text))


def find_received(staging: apsw.Connection, message_id: str) -> Received | None:
    """The mail of that id, or None."""
    row = staging.execute(
        "SELECT received FROM received WHERE message_id = ?", (message_id,)
    ).fetchone()
    return Received(**json.loads(row[0])) if row else None


class StagedParents:
    """message id -> id of the mail it answers, kept in the staging database."""

    def __init__(self, staging: apsw.Connection) -> None:
        self._staging = staging

    def get(self, message_id: str) -> str | None:
        row = self._staging.execute(
            "SELECT parent FROM parents WHERE message_id = ?", (message_id,)
        ).fetchone()
        return row[0] if row else None

    def __setitem__(self, message_id: str, parent: str) -> None:
        self._staging.execute("INSERT OR REPLACE INTO parents VALUES (?, ?)", (message_id, parent))
