"""Stored mails as a person looks through them: listed, opened, and put right by hand.

A change by hand is one statement, a transaction of SQLite's own: the home's write lock, which a
long import or playback holds, is not waited for.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import apsw

from engine.errors import PanzaError, UsageError
from engine.mail.stored.store import StoredMail, load_mail
from engine.mail.types import Address

BY_HAND = "by hand"
"""The reason of a mail that its writer left out; a later import leaves it so."""

Shown = Literal["all", "kept", "left out", "no instruction"]

_FILTERS: dict[Shown, str] = {
    "all": "",
    "kept": "WHERE left_out IS NULL",
    "left out": "WHERE left_out IS NOT NULL",
    "no instruction": "WHERE left_out IS NULL AND id NOT IN (SELECT mail_id FROM instructions)",
}


@dataclass(frozen=True)
class MailLine:
    """A mail in a list. origin: of its instruction (engine.database), '' while it has none."""

    id: int
    date: int
    recipients: tuple[Address, ...]
    subject: str
    left_out: str | None
    origin: str


@dataclass(frozen=True)
class Instruction:
    """What would have produced a mail. origin: playback, notes or hand; model: '' when none did."""

    text: str
    origin: str
    model: str


def mail_ids(connection: apsw.Connection, shown: Shown) -> list[int]:
    """The numbers of the mails that a filter lets through, the newest first."""
    rows = connection.execute(f"SELECT id FROM mails {_FILTERS[shown]} ORDER BY date DESC, id DESC")
    return [number for (number,) in rows]


def mail_lines(connection: apsw.Connection, ids: Sequence[int]) -> list[MailLine]:
    """The mails of these numbers in the same order; those that are gone are left out."""
    rows = connection.execute(
        "SELECT mails.id, date, recipients, subject, left_out, coalesce(origin, '') "
        "FROM json_each(?) AS wanted JOIN mails ON mails.id = wanted.value "
        "LEFT JOIN instructions ON mail_id = mails.id ORDER BY wanted.key",
        (json.dumps(list(ids)),),
    )
    return [
        MailLine(number, date, _addresses(people), subject, left_out, origin)
        for number, date, people, subject, left_out, origin in rows
    ]


def open_mail(
    connection: apsw.Connection, mail_id: int
) -> tuple[StoredMail, Instruction | None] | None:
    """A mail with its instruction; None when it is gone."""
    mail = load_mail(connection, mail_id)
    if mail is None:
        return None
    row = connection.execute(
        "SELECT text, origin, model FROM instructions WHERE mail_id = ?", (mail_id,)
    ).fetchone()
    return mail, Instruction(*row) if row else None


def newest_instructions(connection: apsw.Connection, count: int) -> list[tuple[str, str]]:
    """(subject, instruction) of the mails that got theirs last, the newest first."""
    rows: Iterable[Any] = connection.execute(
        "SELECT subject, text FROM instructions JOIN mails ON id = mail_id "
        "ORDER BY created DESC, mail_id DESC LIMIT ?",
        (count,),
    )
    return [(subject, text) for subject, text in rows]


def write_instruction(connection: apsw.Connection, mail_id: int, text: str) -> None:
    """Set a mail's instruction by hand; playback does not replace it unless it is named.

    Raises UsageError for an empty text, and when the mail is gone.
    """
    text = " ".join(text.encode("utf-8", "replace").decode().split())
    if not text:
        raise UsageError("An instruction takes some words; the old one was kept.")
    _change(
        connection,
        "INSERT INTO instructions SELECT id, ?, 'hand', '', ? FROM mails WHERE id = ? "
        "ON CONFLICT (mail_id) DO UPDATE SET text = excluded.text, origin = 'hand', "
        "model = '', created = excluded.created",
        (text, int(time.time()), mail_id),
    )


def leave_out(connection: apsw.Connection, mail_id: int) -> None:
    """Take a mail out of training and search, until it is taken back."""
    _change(
        connection,
        "UPDATE mails SET left_out = ? WHERE id = ? AND left_out IS NULL RETURNING id",
        (BY_HAND, mail_id),
    )


def take_back(connection: apsw.Connection, mail_id: int) -> None:
    """Learn from a mail that was left out, by hand or by a rule.

    Raises UsageError for one without words of its writer. It is found by meaning once it is
    indexed (engine.retrieval.index).
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
        raise UsageError("This mail is gone, or was changed meanwhile; nothing was changed.")


def _addresses(people: str) -> tuple[Address, ...]:
    return tuple((name, address) for name, address in json.loads(people))
