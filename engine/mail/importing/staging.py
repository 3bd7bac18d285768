"""A temporary database that collects an import until all of it is read.

Answered mails, signatures found by repetition and threads are only known when the last message is
read. Until then mails are kept here instead of in memory, and the user's database is unchanged:
it changes in one transaction at the end. The file has no name and disappears with the process; for
an encrypted home it has a key that only this process knows.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw

from engine.database.database import open_database
from engine.database.rows import each_row
from engine.disk.flock import try_lock
from engine.encryption.key_file import new_key
from engine.encryption.stored import is_encrypted
from engine.home.names import IMPORTING
from engine.mail.stored.store import COLUMNS, mail_from_row, row_of_mail
from engine.mail.types import Mail, Received

_TABLES = f"""
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    -- Sent mails that are not stored yet.
    CREATE TABLE sent ({COLUMNS}, name, is_html, quoted, number INTEGER PRIMARY KEY);
    CREATE UNIQUE INDEX sent_fingerprint ON sent (fingerprint);
    CREATE INDEX sent_id ON sent (message_id, date) WHERE message_id IS NOT NULL;
    CREATE INDEX sent_date ON sent (date);
    -- What those quote whose answered mail is in no archive.
    CREATE TABLE quotes (mail INTEGER PRIMARY KEY, quoted TEXT);
    -- Sent mails that are stored already, with the id of the mail they answer.
    CREATE TABLE stored (mail INTEGER PRIMARY KEY, parent TEXT);
    -- The ids of mails that sent mails answer, and those of these mails that others wrote.
    CREATE TABLE wanted (message_id TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE received (message_id TEXT PRIMARY KEY, received TEXT) WITHOUT ROWID;
    -- The mail answered by each mail whose References do not name the root of its thread.
    CREATE TABLE parents (message_id TEXT PRIMARY KEY, parent TEXT) WITHOUT ROWID;
    BEGIN;
"""

_COPY = """
    SELECT number, left_out IS NULL FROM sent WHERE fingerprint = ?1
    UNION ALL
    SELECT number, left_out IS NULL FROM sent WHERE message_id = ?2 AND date = ?3
    LIMIT 1
"""
_INSERT = f"INSERT OR REPLACE INTO sent VALUES ({', '.join('?' * (COLUMNS.count(',') + 5))})"


@dataclass(frozen=True)
class Staged:
    """A sent mail that is not complete yet.

    mail.thread: the result of threads.thread_reference; "" where subject and participants decide.
    name: of the sender. is_html: its own words were read from HTML. quoted: what it quotes of the
    answered mail; None if that was not searched for.
    """

    mail: Mail
    name: str
    is_html: bool
    quoted: str | None


def open_staging() -> apsw.Connection:
    """Open an empty staging database, which goes to disk when it grows large."""
    folder = os.environ.get("SQLITE_TMPDIR")  # The home, see engine.home.home.
    # One without a name could have no key, and SQLite's ciphers keep it in memory.
    handle, name = tempfile.mkstemp(prefix=IMPORTING, dir=folder)
    try_lock(handle)  # Else another process might take it for abandoned.
    try:
        key = new_key() if is_encrypted(Path(name)) else None
        staging = open_database(Path(name), key=key)
        staging.execute(_TABLES).fetchall()  # to the end, because PRAGMA returns rows
    finally:
        os.unlink(name)
        os.close(handle)
    return staging


def stage(staging: apsw.Connection, staged: Staged) -> bool:
    """Add a mail; return False for a copy of a staged one. A copy that is kept replaces others."""
    mail = staged.mail
    same_id = mail.message_id or None if mail.date_known else None
    copy = staging.execute(_COPY, (mail.fingerprint, same_id, mail.date)).get
    if copy is not None and (copy[1] or mail.left_out is not None):
        return False
    row = (*row_of_mail(mail), staged.name, staged.is_html, staged.quoted, copy and copy[0])
    staging.execute(_INSERT, row)
    return copy is None


def fill_first_dates(staging: apsw.Connection, date: int | None) -> None:
    """Set the date of the mails without one that came before the first mail with a date."""
    staging.execute("UPDATE sent SET date = ? WHERE date = 0 AND NOT date_known", (date or 0,))


def staged_mails(staging: apsw.Connection) -> Iterator[Staged]:
    """Yield all staged mails, oldest first."""
    for row in each_row(
        staging,
        "SELECT sent.*, quotes.quoted FROM sent LEFT JOIN quotes ON mail = number "
        "ORDER BY date, number",
    ):
        name, is_html, quoted, _, found_quote = row[-5:]
        quoted = found_quote if quoted is None else quoted
        yield Staged(mail_from_row(row), name, bool(is_html), quoted)


def mails_without_answered(
    staging: apsw.Connection,
) -> Iterator[tuple[int, str, str, str, str]]:
    """Yield (number, parent, subject, language, original) where no archive has the answered mail.

    All of those that it answers are staged already.
    """
    return each_row(
        staging,
        "SELECT number, parent, subject, language, original FROM sent AS answer "
        "WHERE quoted IS NULL AND parent IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM received WHERE message_id = parent) "
        "AND NOT EXISTS (SELECT 1 FROM sent WHERE message_id = answer.parent)",
    )


def add_quote(staging: apsw.Connection, number: int, quoted: str) -> None:
    """Add what a staged mail quotes."""
    staging.execute("INSERT OR REPLACE INTO quotes VALUES (?, ?)", (number, quoted))


def kept_texts(staging: apsw.Connection) -> Iterator[tuple[str, str, str, str, int]]:
    """Yield (address, display name, subject, own words, date) of each mail that is not left out."""
    query = "SELECT sender, name, subject, body, date FROM sent WHERE left_out IS NULL"
    return each_row(staging, query)


def add_stored(staging: apsw.Connection, mail_id: int, parent: str | None) -> bool:
    """Record that an archive has a stored mail; return False if it was recorded before.

    parent: the id of the mail it answers.
    """
    before = staging.total_changes()
    staging.execute("INSERT OR IGNORE INTO stored VALUES (?, ?)", (mail_id, parent))
    return staging.total_changes() > before


def stored_parents(staging: apsw.Connection) -> list[tuple[str, int]]:
    """Return (id of the answered mail, mail id) of the stored mails in the archives."""
    query = "SELECT parent, mail FROM stored WHERE parent IS NOT NULL"
    return [(parent, mail) for parent, mail in staging.execute(query)]


def add_wanted(staging: apsw.Connection, message_ids: Iterable[str]) -> None:
    """Record the ids of mails that sent mails answer."""
    rows = ((message_id,) for message_id in message_ids)
    staging.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", rows)


def is_wanted(staging: apsw.Connection, message_id: str) -> bool:
    """Return whether a sent mail answers the mail with that id, and it is not staged yet."""
    query = (
        "SELECT 1 FROM wanted WHERE message_id = ?1 "
        "AND NOT EXISTS (SELECT 1 FROM received WHERE message_id = ?1)"
    )
    return staging.execute(query, (message_id,)).get is not None


def add_received(staging: apsw.Connection, message_id: str, received: Received) -> None:
    """Add a mail that a sent mail answers."""
    text = json.dumps(vars(received), ensure_ascii=False)
    staging.execute("INSERT OR IGNORE INTO received VALUES (?, ?)", (message_id, text))


def find_received(staging: apsw.Connection, message_id: str) -> Received | None:
    """Return the received mail with that id, or None."""
    query = "SELECT received FROM received WHERE message_id = ?"
    text = staging.execute(query, (message_id,)).get
    return Received(**json.loads(text)) if text else None


class StagedParents:
    """The mapping of Message-ID -> id of the answered mail, in the staging database."""

    def __init__(self, staging: apsw.Connection) -> None:
        self._staging = staging

    def get(self, message_id: str) -> str | None:
        query = "SELECT parent FROM parents WHERE message_id = ?"
        return self._staging.execute(query, (message_id,)).get

    def __setitem__(self, message_id: str, parent: str) -> None:
        self._staging.execute("INSERT OR REPLACE INTO parents VALUES (?, ?)", (message_id, parent))
