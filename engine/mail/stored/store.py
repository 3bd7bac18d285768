"""Store, read and count mails in table `mails`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import apsw

from engine.database.stored_json import LATEST, from_json
from engine.database.stored_rows import read_row, read_rows
from engine.mail.own_words.pasted_code import code_lines
from engine.mail.types import Address, Mail, Received

FEWEST_USABLE = 20
"""The number of kept mails below which training makes no sense."""

COLUMNS = (
    "fingerprint, message_id, thread, date, date_known, sender, recipients, subject, body, "
    "original, language, answered, left_out, source, parent, code"
)
"""The columns of table `mails` in the order of `row_of_mail` and `mail_from_row`, without `id`."""

_INSERT = f"""
    INSERT INTO mails ({COLUMNS}) VALUES ({", ".join("?" * 16)})
    ON CONFLICT (fingerprint) DO UPDATE SET
        sender = excluded.sender, recipients = excluded.recipients, subject = excluded.subject,
        original = excluded.original, body = excluded.body, answered = excluded.answered,
        thread = excluded.thread, language = excluded.language, left_out = NULL,
        source = excluded.source, parent = excluded.parent, code = excluded.code
    WHERE mails.left_out IS NOT NULL AND mails.left_out <> 'by hand' AND excluded.left_out IS NULL
"""
# SQLite refuses a whole query for JSON that is none.
_NOT_FROM_ARCHIVE = (
    "coalesce(CASE WHEN json_valid(answered) THEN answered ->> 'known_from' END, '') <> 'archive'"
)


@dataclass(frozen=True, kw_only=True)
class StoredMail(Mail):
    """A mail with its id in the database."""

    id: int


@dataclass(frozen=True)
class Counts:
    """The numbers of stored mails.

    left_out: reason -> number. answers: kept mails with a mail that they answer. first_date,
    last_date: of the kept mails; None if there are none.
    """

    kept: int
    left_out: dict[str, int]
    answers: int
    first_date: int | None
    last_date: int | None


@dataclass(frozen=True)
class MailWithoutParent:
    """A mail whose header names no mail that it answers, with what can show its thread."""

    subject: str
    date: int
    sender: str
    recipients: tuple[Address, ...]
    thread: str


def insert_mail(connection: apsw.Connection, mail: Mail) -> bool:
    """Store a mail; return False if it is stored already.

    A stored mail that is left out (a draft, a copy in the trash) is replaced by a kept copy.
    """
    if mail.message_id and _has_copy(connection, mail):
        return False
    before = connection.total_changes()
    connection.execute(_INSERT, row_of_mail(mail))
    return connection.total_changes() > before


@contextmanager
def bulk_text_index(connection: apsw.Connection) -> Iterator[None]:
    """Add the mails inserted in this block to the full-text index at the end, all at once.

    The trigger would write the index for each mail, which takes several times as long. Use it
    within a transaction; mails inserted in the block must not be changed in it.
    """
    trigger = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'mails_text_insert'"
    creation: str = connection.execute(trigger).get
    newest = connection.execute("SELECT coalesce(max(id), 0) FROM mails").get
    connection.execute("DROP TRIGGER mails_text_insert")
    yield
    connection.execute(
        "INSERT INTO mails_text (rowid, subject, body, recipients) "
        "SELECT id, subject, body, recipients FROM mails WHERE id > ?",
        (newest,),
    )
    connection.execute(creation)


def find_final(
    connection: apsw.Connection, message_id: str, date: int
) -> tuple[int, str | None] | None:
    """Return (mail id, reason to leave it out) of the mail with that Message-ID and date.

    None also for a mail that is left out, unless by hand: another copy of it may be kept.
    """
    query = (
        "SELECT id, left_out FROM mails WHERE message_id = ? AND date = ? "
        "AND date_known AND (left_out IS NULL OR left_out = 'by hand')"
    )
    return next(read_rows(connection, "mails", query, (message_id, date)), None)


def missing_parents(connection: apsw.Connection, newest: int | None = None) -> Iterator[str]:
    """Yield the ids of mails that stored mails answer and that no archive has had so far.

    newest: the highest mail id to read; None for all.
    """
    query = (
        "SELECT DISTINCT parent FROM mails "
        f"WHERE parent IS NOT NULL AND id <= coalesce(?, id) AND {_NOT_FROM_ARCHIVE}"
    )
    return read_rows(connection, "mails", query, (newest,), lambda row: str(row[0]))


def add_parents(connection: apsw.Connection, parents: Iterable[tuple[str, int]]) -> None:
    """Set which mail each mail answers, if unknown. parents: (id of the answered mail, mail id)."""
    connection.executemany("UPDATE mails SET parent = ? WHERE id = ? AND parent IS NULL", parents)


def set_answered(connection: apsw.Connection, parent: str, answered: Received, newest: int) -> int:
    """Store the mail `answered` with the mails up to id `newest` that answer it.

    parent: its Message-ID. Returns how many mails were updated.
    """
    connection.execute(
        f"UPDATE mails SET answered = ? WHERE parent = ? AND id <= ? AND {_NOT_FROM_ARCHIVE}",
        (_answered_json(answered), parent, newest),
    )
    return connection.changes()


def find_by_message_id(
    connection: apsw.Connection, message_id: str
) -> tuple[str, int, str, str] | None:
    """Return (sender, date, subject, own words) of the first mail with that Message-ID and text."""
    query = (
        "SELECT sender, date, subject, body FROM mails "
        "WHERE message_id = ? AND body <> '' ORDER BY id"
    )
    return next(read_rows(connection, "mails", query, (message_id,)), None)


def mails_without_parent(connection: apsw.Connection, newest: int) -> Iterator[MailWithoutParent]:
    """Yield the mails whose header names no answered mail, oldest first.

    newest: the highest mail id to read, so that mails can be inserted meanwhile.
    """
    return read_rows(
        connection,
        "mails",
        "SELECT subject, date, sender, recipients, thread FROM mails WHERE parent IS NULL "
        "AND id <= ? ORDER BY date, id",
        (newest,),
        lambda row: MailWithoutParent(row[0], row[1], row[2], recipients_of(row[3]), row[4]),
    )


def own_words_of(
    connection: apsw.Connection, sender: str, newest: int
) -> Iterator[tuple[int, str, int]]:
    """Yield (mail id, own words, date) of the kept mails of an address up to id `newest`.

    The mails can be changed meanwhile.
    """
    ids: list[Any] = connection.execute(
        "SELECT id FROM mails WHERE sender = ? AND id <= ? AND left_out IS NULL", (sender, newest)
    ).fetchall()
    query = "SELECT id, body, date FROM mails WHERE id = ?"
    for row in ids:
        yield from read_rows(connection, "mails", query, row)


def kept_texts(connection: apsw.Connection, name: str) -> Iterator[tuple[str, str, str, str, int]]:
    """Yield (address, `name`, subject, own words, date) of each kept mail."""
    query = "SELECT sender, ?, subject, body, date FROM mails WHERE left_out IS NULL"
    return read_rows(connection, "mails", query, (name,))


def set_own_words(connection: apsw.Connection, mail_id: int, body: str) -> None:
    """Replace the own words of a mail; leave it out if they are empty."""
    connection.execute(
        "UPDATE mails SET body = ?1, code = ?2, "
        "left_out = CASE WHEN ?1 = '' THEN 'empty' ELSE left_out END WHERE id = ?3",
        (body, json.dumps(code_lines(body)), mail_id),
    )


def kept_mails(connection: apsw.Connection) -> list[StoredMail]:
    """Return all mails that are not left out, oldest first."""
    query = f"SELECT {COLUMNS}, id FROM mails WHERE left_out IS NULL ORDER BY date, id"
    return list(read_rows(connection, "mails", query, make=_stored_mail_from_row))


def newest_own_words(
    connection: apsw.Connection, most: int, exclude: Collection[int] = ()
) -> Iterator[tuple[str, tuple[Address, ...], str]]:
    """Yield (own words, recipients, language) of the newest kept mails without those in `exclude`.

    most: how many are looked at.
    """
    query = (
        "SELECT id, body, recipients, language FROM mails "
        "WHERE left_out IS NULL ORDER BY date DESC LIMIT ?"
    )

    def make(row: Sequence[Any]) -> tuple[int, str, tuple[Address, ...], str]:
        return row[0], row[1], recipients_of(row[2]), row[3]

    for mail_id, body, people, language in read_rows(connection, "mails", query, (most,), make):
        if mail_id not in exclude:
            yield body, people, language


def load_mail(connection: apsw.Connection, mail_id: int) -> StoredMail | None:
    """Return a mail by its id, kept or left out; None if there is none.

    Raises UnreadableError.
    """
    query = f"SELECT {COLUMNS}, id FROM mails WHERE id = ?"
    return read_row(connection, "mails", query, (mail_id,), _stored_mail_from_row)


def load_mails(connection: apsw.Connection, ids: Iterable[int]) -> Iterator[StoredMail]:
    """Yield the mails with these ids, without deleted ones and those that can't be read."""
    query = f"SELECT {COLUMNS}, id FROM mails WHERE id = ?"
    for mail_id in ids:
        yield from read_rows(connection, "mails", query, (mail_id,), _stored_mail_from_row)


def name_of(connection: apsw.Connection, address: str) -> str:
    """Return the display name last used for an address; '' if none is known."""
    wanted = address.lower()
    known = read_rows(
        connection,
        "mails",
        "SELECT recipients FROM mails WHERE instr(lower(recipients), lower(?)) ORDER BY date DESC",
        (json.dumps(address, ensure_ascii=False),),
        lambda row: recipients_of(row[0]),
    )
    names = (name for people in known for name, other in people if other.lower() == wanted)
    return next(filter(None, names), "")


def has_mails(connection: apsw.Connection) -> bool:
    """Return whether any mail is stored, kept or left out."""
    return connection.execute("SELECT 1 FROM mails LIMIT 1").get is not None


def newest_date(connection: apsw.Connection) -> int:
    """Return the date of the newest mail; 0 if there is none."""
    newest = connection.execute("SELECT max(date) FROM mails WHERE date <= ?", (LATEST,)).get
    return newest or 0


def counts(connection: apsw.Connection) -> Counts:
    """Count the kept mails, and those left out by reason."""
    kept, answers, first, last = connection.execute(
        "SELECT count(*), count(answered), min(date), max(date) FILTER (WHERE date <= ?) "
        "FROM mails WHERE left_out IS NULL",
        (LATEST,),
    ).get
    query = "SELECT left_out, count(*) FROM mails WHERE left_out IS NOT NULL GROUP BY 1 ORDER BY 1"
    reasons: Iterable[Any] = read_rows(connection, "mails", query)
    return Counts(kept, dict(reasons), answers, first, last)


def _has_copy(connection: apsw.Connection, mail: Mail) -> bool:
    """Return whether a copy with the same Message-ID is stored, perhaps with a changed text."""
    # The date must be equal too, because some programs give all mails the same id.
    same = "date = ?2" if mail.date_known else "date_known = 0"
    better = "" if mail.left_out else "AND (left_out IS NULL OR left_out = 'by hand')"
    query = f"SELECT 1 FROM mails WHERE message_id = ?1 AND {same} {better} LIMIT 1"
    values = (mail.message_id, mail.date) if mail.date_known else (mail.message_id,)
    return connection.execute(query, values).get is not None


def row_of_mail(mail: Mail) -> tuple[Any, ...]:
    """Return the values of COLUMNS for a mail."""
    return (
        mail.fingerprint,
        mail.message_id,
        mail.thread,
        mail.date,
        int(mail.date_known),
        mail.sender,
        json.dumps(mail.recipients, ensure_ascii=False),
        mail.subject,
        mail.body,
        mail.original,
        mail.language,
        _answered_json(mail.answered),
        mail.left_out,
        mail.source,
        mail.parent,
        json.dumps(mail.code),
    )


def mail_from_row(row: Sequence[Any]) -> Mail:
    """Return the mail of a row that starts with COLUMNS."""
    return Mail(
        fingerprint=row[0],
        message_id=row[1],
        thread=row[2],
        date=row[3],
        date_known=bool(row[4]),
        sender=row[5],
        recipients=recipients_of(row[6]),
        subject=row[7],
        body=row[8],
        original=row[9],
        language=row[10],
        answered=Received(**from_json("mails", "answered", row[11])) if row[11] else None,
        left_out=row[12],
        source=row[13],
        parent=row[14],
        code=code_lines(row[8]) if row[15] is None else _code_of(row[15]),
    )


def recipients_of(stored: str) -> tuple[Address, ...]:
    """Return the value of column `recipients`. Raises UnreadableError."""
    return tuple((name, address) for name, address in from_json("mails", "recipients", stored))


def _code_of(stored: str) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in from_json("mails", "code", stored))


def _stored_mail_from_row(row: Sequence[Any]) -> StoredMail:
    return StoredMail(**vars(mail_from_row(row)), id=row[len(row) - 1])


def _answered_json(answered: Received | None) -> str | None:
    return json.dumps(vars(answered), ensure_ascii=False) if answered else None
