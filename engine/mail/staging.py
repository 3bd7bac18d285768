"""A throw-away database that holds an import until all of it is read.

Replies find the mail they answer, signatures show by repetition, and conversations grow together
only when the last message was seen. Until then nothing is held in memory, and nothing touches
the user's database: it changes in one transaction at the end. The file has no name and is gone
with the process.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import apsw

from engine.mail.types import Mail, Received

_TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE sent (
        number INTEGER PRIMARY KEY, fingerprint TEXT UNIQUE, message_id TEXT, date INTEGER,
        kept INTEGER, staged TEXT
    );
    CREATE INDEX sent_id ON sent (message_id, date) WHERE message_id IS NOT NULL;
    CREATE TABLE received (message_id TEXT PRIMARY KEY, received TEXT) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Staged:
    """A sent mail on its way, with what is needed to finish it.

    mail.thread is '' where only subject and people can tell the conversation. name: of the
    sender. html: what own_words read, None when that was mail.original. parent: the id of the
    mail it answers. quoted: what it quotes of that one.
    """

    mail: Mail
    name: str
    html: str | None
    parent: str | None
    quoted: str | None


def open_staging() -> apsw.Connection:
    """An empty staging database, on disk where it grows large."""
    staging = apsw.Connection("")
    staging.execute(_TABLES).fetchall()  # a PRAGMA answers with a row: read on to the end
    return staging


def stage(staging: apsw.Connection, staged: Staged) -> bool:
    """Put a mail down; False when it was a copy of one that is there. A kept copy wins."""
    mail = staged.mail
    kept = mail.left_out is None
    copy = staging.execute(
        "SELECT number, kept FROM sent WHERE fingerprint = ?", (mail.fingerprint,)
    ).fetchone()
    if copy is None and mail.message_id and mail.date_known:
        copy = staging.execute(
            "SELECT number, kept FROM sent WHERE message_id = ? AND date = ?",
            (mail.message_id, mail.date),
        ).fetchone()
    if copy is not None and (copy[1] or not kept):
        return False
    number = copy[0] if copy else None
    staging.execute(
        "INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?, ?, ?)",
        (
            number,
            mail.fingerprint,
            mail.message_id,
            mail.date,
            kept,
            json.dumps(asdict(staged), ensure_ascii=False),
        ),
    )
    return copy is None


def staged_mails(staging: apsw.Connection) -> Iterator[Staged]:
    """All mails put down, oldest first."""
    for (text,) in staging.execute("SELECT staged FROM sent ORDER BY date, number"):
        record = json.loads(text)
        mail = Mail(**record.pop("mail"))
        recipients = tuple((name, address) for name, address in mail.recipients)
        yield Staged(mail=replace(mail, recipients=recipients), **record)


def put_received(staging: apsw.Connection, message_id: str, received: Received) -> None:
    """Put down a mail that a sent one may answer."""
    text = json.dumps(asdict(received), ensure_ascii=False)
    staging.execute("INSERT OR IGNORE INTO received VALUES (?, ?)", (message_id, text))


def find_received(staging: apsw.Connection, message_id: str) -> Received | None:
    """The mail of that id, or None."""
    row = staging.execute(
        "SELECT received FROM received WHERE message_id = ?", (message_id,)
    ).fetchone()
    return Received(**json.loads(row[0])) if row else None
