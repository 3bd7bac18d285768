"""List, read and change stored mails for a person who looks through them.

A change is one SQL statement, in its own transaction, so it does not wait for the home's write
lock, which a long import or playback holds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import apsw

from engine.database.stored_rows import read_rows
from engine.errors import PanzaError, UsageError
from engine.mail.stored.store import StoredMail, load_mail, recipients_of
from engine.mail.types import Address

BY_HAND = "by hand"
"""The reason of a mail that the user left out; later imports do not change it."""

Shown = Literal["all", "kept", "left out", "no instruction"]

_FILTERS: dict[Shown, str] = {
    "all": "",
    "kept": "WHERE left_out IS NULL",
    "left out": "WHERE left_out IS NOT NULL",
    "no instruction": "WHERE left_out IS NULL AND id NOT IN (SELECT mail_id FROM instructions)",
}


@dataclass(frozen=True)
class MailLine:
    """A mail in a list. origin: of its instruction (see Instruction), '' if it has none."""

    id: int
    date: int
    recipients: tuple[Address, ...]
    subject: str
    left_out: str | None
    origin: str


@dataclass(frozen=True)
class Instruction:
    """The instruction that a mail could have been drafted from.

    origin: playback, notes or hand. model: the model that wrote it, or ''.
    """

    text: str
    origin: str
    model: str


def mail_ids(connection: apsw.Connection, shown: Shown) -> list[int]:
    """Return the ids of the mails that a filter shows, newest first."""
    query = f"SELECT id FROM mails {_FILTERS[shown]} ORDER BY date DESC, id DESC"
    return [mail_id for (mail_id,) in connection.execute(query)]


def mail_lines(connection: apsw.Connection, ids: Sequence[int]) -> list[MailLine]:
    """Return the mails with these ids, in the same order.

    Deleted ones, and those that can't be read, are left out.
    """
    rows = read_rows(
        connection,
        "mails",
        "SELECT mails.id, date, recipients, subject, left_out, coalesce(origin, '') "
        "FROM json_each(?) AS wanted JOIN mails ON mails.id = wanted.value "
        "LEFT JOIN instructions ON mail_id = mails.id ORDER BY wanted.key",
        (json.dumps(list(ids)),),
        lambda row: MailLine(row[0], row[1], recipients_of(row[2]), row[3], row[4], row[5]),
    )
    return list(rows)


def open_mail(
    connection: apsw.Connection, mail_id: int
) -> tuple[StoredMail, Instruction | None] | None:
    """Return a mail with its instruction; None if it was deleted. Raises UnreadableError."""
    mail = load_mail(connection, mail_id)
    if mail is None:
        return None
    query = "SELECT text, origin, model FROM instructions WHERE mail_id = ?"
    read = read_rows(connection, "instructions", query, (mail_id,), lambda row: Instruction(*row))
    return mail, next(read, None)


def newest_instructions(connection: apsw.Connection, count: int) -> list[tuple[str, str]]:
    """Return (subject, instruction) of the newest instructions, newest first."""
    rows: Iterable[Any] = read_rows(
        connection,
        "instructions",
        "SELECT subject, text FROM instructions JOIN mails ON id = mail_id "
        "ORDER BY created DESC, mail_id DESC LIMIT ?",
        (count,),
    )
    return [(subject, text) for subject, text in rows]


def write_instruction(connection: apsw.Connection, mail_id: int, text: str) -> None:
    """Set a mail's instruction by hand; playback only replaces it when asked for this mail.

    Raises UsageError for an empty text, or if the mail was deleted.
    """
    text = " ".join(text.encode("utf-8", "replace").decode().split())
    if not text:
        raise UsageError("An instruction can't be empty; the old one was kept.")
    _change(
        connection,
        "INSERT INTO instructions (mail_id, text, origin, model, created) "
        "SELECT id, ?, 'hand', '', ? FROM mails WHERE id = ? "
        "ON CONFLICT (mail_id) DO UPDATE SET text = excluded.text, origin = 'hand', "
        "model = '', created = excluded.created, terse = '', spoken = ''",
        (text, int(time.time()), mail_id),
    )


def leave_out(connection: apsw.Connection, mail_id: int) -> None:
    """Leave a mail out of training and search."""
    _change(
        connection,
        "UPDATE mails SET left_out = ? WHERE id = ? AND left_out IS NULL RETURNING id",
        (BY_HAND, mail_id),
    )


def take_back(connection: apsw.Connection, mail_id: int) -> None:
    """Use a mail again that was left out, by hand or by an import.

    Raises UsageError for a mail without own words. Search by meaning finds it once it is embedded
    (engine.retrieval.index).
    """
    mail = load_mail(connection, mail_id)
    if mail is not None and not mail.body.strip():
        raise UsageError("There are no words of yours in this mail to learn from.")
    _change(
        connection,
        "UPDATE mails SET left_out = NULL WHERE id = ? AND left_out IS NOT NULL RETURNING id",
        (mail_id,),
    )


def _change(connection: apsw.Connection, statement: str, values: Sequence[object]) -> None:
    before = connection.total_changes()
    try:
        connection.execute(statement, values).fetchall()
    except (apsw.BusyError, apsw.LockedError) as error:
        raise PanzaError(
            "Another panza-tui is writing just now; nothing was changed. Try again in a moment."
        ) from error
    if connection.total_changes() == before:
        raise UsageError("This mail was deleted or changed meanwhile; nothing was changed.")
