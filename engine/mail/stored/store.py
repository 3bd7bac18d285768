"""Table `mails`: putting mails in, reading them back, counting them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import apsw

from engine.mail.types import Address, Mail, Received

FEWEST_USABLE = 20
"""Kept mails below which a voice can't be learnt."""

COLUMNS = (
    "fingerprint, message_id, thread, date, date_known, sender, recipients, subject, body, "
    "original, language, answered, left_out, source, parent"
)
"""Of table `mails`, in the order of `row_of` and `mail_of`; `id` is not among them."""

_INSERT = f"""
    INSERT INTO mails ({COLUMNS}) VALUES ({", ".join("?" * 15)})
    ON CONFLICT (fingerprint) DO UPDATE SET
        body = excluded.body, answered = excluded.answered, thread = excluded.thread,
        language = excluded.language, left_out = NULL, source = excluded.source,
        parent = excluded.parent
    WHERE mails.left_out IS NOT NULL AND mails.left_out <> 'by hand' AND excluded.left_out IS NULL
"""
_NOT_FROM_ARCHIVE = "coalesce(answered ->> 'known_from', '') <> 'archive'"


@dataclass(frozen=True, kw_only=True)
class StoredMail(Mail):
    """A mail with its number in the database."""

    id: int


@dataclass(frozen=True)
class Counts:
    """What table `mails` holds. left_out: reason -> number; dates: of the kept, None without."""

    kept: int
    left_out: dict[str, int]
    answers: int
    first_date: int | None
    last_date: int | None


@dataclass(frozen=True)
class WithoutParent:
    """What tells the conversation of a mail whose header does not."""

    subject: str
    date: int
    sender: str
    recipients: tuple[Address, ...]
    thread: str


def insert_mail(connection: apsw.Connection, mail: Mail) -> bool:
    """Store a mail; False when it is there already.

    One that was left out before (a draft, a copy in the trash) is replaced by its kept version.
    """
    if mail.message_id and _holds(connection, mail):
        return False
    before = connection.total_changes()
    connection.execute(_INSERT, row_of(mail))
    return connection.total_changes() > before


@contextmanager
def text_indexed_at_once(connection: apsw.Connection) -> Iterator[None]:
    """Within a transaction: the text of the mails that are put in is indexed when all are there.

    Indexed by the trigger, each would be written down alone, which takes several times as long.
    What was put in must not be changed meanwhile.
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


def find_held(
    connection: apsw.Connection, message_id: str, date: int
) -> tuple[int, str | None] | None:
    """(number, why it is left out) of the mail with that id and date.

    None too for one that another copy may better: it was left out for what the copy may not be.
    """
    return connection.execute(
        "SELECT id, left_out FROM mails WHERE message_id = ? AND date = ? "
        "AND date_known AND (left_out IS NULL OR left_out = 'by hand')",
        (message_id, date),
    ).fetchone()


def unanswered_parents(connection: apsw.Connection, newest: int | None = None) -> Iterator[str]:
    """Ids of the mails that stored ones answer and that no archive has shown so far.

    newest: the highest number of a mail that is looked at; None for all.
    """
    query = (
        "SELECT DISTINCT parent FROM mails "
        f"WHERE parent IS NOT NULL AND id <= coalesce(?, id) AND {_NOT_FROM_ARCHIVE}"
    )
    return (parent for (parent,) in connection.execute(query, (newest,)))


def add_parents(connection: apsw.Connection, parents: Iterable[tuple[str, int]]) -> None:
    """Note what mails answer, (id of that mail, number), where it was not known."""
    connection.executemany("UPDATE mails SET parent = ? WHERE id = ? AND parent IS NULL", parents)


def set_answered(connection: apsw.Connection, parent: str, answered: Received, newest: int) -> int:
    """Give all up to number `newest` that answer `parent` that mail; returns how many got it."""
    connection.execute(
        f"UPDATE mails SET answered = ? WHERE parent = ? AND id <= ? AND {_NOT_FROM_ARCHIVE}",
        (_answered_json(answered), parent, newest),
    )
    return connection.changes()


def find_by_message_id(
    connection: apsw.Connection, message_id: str
) -> tuple[str, int, str, str] | None:
    """(sender, date, subject, own words) of the oldest mail of that id that has words, or None."""
    return connection.execute(
        "SELECT sender, date, subject, body FROM mails "
        "WHERE message_id = ? AND body <> '' ORDER BY id LIMIT 1",
        (message_id,),
    ).fetchone()


def mails_without_parent(connection: apsw.Connection, newest: int) -> Iterator[WithoutParent]:
    """Mails whose header names none that they answer, oldest first.

    newest: the highest number looked at, so that mails may be put in meanwhile.
    """
    for subject, date, sender, recipients, thread in connection.execute(
        "SELECT subject, date, sender, recipients, thread FROM mails WHERE parent IS NULL "
        "AND id <= ? ORDER BY date, id",
        (newest,),
    ):
        people = tuple((name, address) for name, address in json.loads(recipients))
        yield WithoutParent(subject, date, sender, people, thread)


def own_words_of(
    connection: apsw.Connection, sender: str, newest: int
) -> Iterator[tuple[int, str, int]]:
    """(number, own words, date) of the kept mails of an address up to number `newest`.

    They may be changed meanwhile.
    """
    numbers: list[Any] = connection.execute(
        "SELECT id FROM mails WHERE sender = ? AND id <= ? AND left_out IS NULL", (sender, newest)
    ).fetchall()
    for (number,) in numbers:
        body, date = connection.execute("SELECT body, date FROM mails WHERE id = ?", (number,)).get
        yield number, body, date


def endings(connection: apsw.Connection, name: str) -> Iterator[tuple[str, str, str, str, int]]:
    """(address, `name`, subject, own words, date) of each kept mail."""
    query = "SELECT sender, ?, subject, body, date FROM mails WHERE left_out IS NULL"
    return iter(connection.execute(query, (name,)))


def set_own_words(connection: apsw.Connection, mail_id: int, body: str) -> None:
    """Replace the own words of a mail; one that has none left is left out."""
    connection.execute(
        "UPDATE mails SET body = ?1, left_out = CASE WHEN ?1 = '' THEN 'empty' ELSE left_out END "
        "WHERE id = ?2",
        (body, mail_id),
    )


def kept_mails(connection: apsw.Connection) -> list[StoredMail]:
    """All mails that are learnt from, oldest first."""
    rows = connection.execute(
        f"SELECT {COLUMNS}, id FROM mails WHERE left_out IS NULL ORDER BY date, id"
    )
    return [_stored(row) for row in rows]


def load_mail(connection: apsw.Connection, mail_id: int) -> StoredMail | None:
    """The mail of that number, kept or left out; None when there is none."""
    row = connection.execute(f"SELECT {COLUMNS}, id FROM mails WHERE id = ?", (mail_id,)).fetchone()
    return _stored(row) if row else None


def name_of(connection: apsw.Connection, address: str) -> str:
    """The display name last used for an address; '' when none is known."""
    rows = connection.execute(
        "SELECT person.value ->> 0 FROM mails, json_each(recipients) AS person "
        "WHERE lower(person.value ->> 1) = lower(?) AND person.value ->> 0 <> '' "
        "ORDER BY date DESC LIMIT 1",
        (address,),
    )
    return next((name for (name,) in rows), "")


def has_mails(connection: apsw.Connection) -> bool:
    """Whether any mail is stored, kept or left out."""
    return connection.execute("SELECT 1 FROM mails LIMIT 1").get is not None


def counts(connection: apsw.Connection) -> Counts:
    """How many mails there are, by what became of them."""
    ((kept, answers, first, last),) = connection.execute(
        "SELECT count(*), count(answered), min(date), max(date) FROM mails WHERE left_out IS NULL"
    )
    reasons = connection.execute(
        "SELECT left_out, count(*) FROM mails WHERE left_out IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    return Counts(kept, dict(reasons), answers, first, last)


def _holds(connection: apsw.Connection, mail: Mail) -> bool:
    """Whether a copy is there under the same id, whose text some program on its way changed."""
    # A date is asked for too: there are programs that give all their mails one id.
    same = "date = ?2" if mail.date_known else "date_known = 0"
    better = "" if mail.left_out else "AND (left_out IS NULL OR left_out = 'by hand')"
    query = f"SELECT 1 FROM mails WHERE message_id = ?1 AND {same} {better} LIMIT 1"
    values = (mail.message_id, mail.date) if mail.date_known else (mail.message_id,)
    return connection.execute(query, values).fetchone() is not None


def row_of(mail: Mail) -> tuple[Any, ...]:
    """The values of COLUMNS for a mail."""
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
    )


def mail_of(row: Sequence[Any]) -> Mail:
    """The mail that a row of COLUMNS holds; what follows them is not looked at."""
    answered = json.loads(row[11]) if row[11] else None
    return Mail(
        fingerprint=row[0],
        message_id=row[1],
        thread=row[2],
        date=row[3],
        date_known=bool(row[4]),
        sender=row[5],
        recipients=tuple((name, address) for name, address in json.loads(row[6])),
        subject=row[7],
        body=row[8],
        original=row[9],
        language=row[10],
        answered=Received(**answered) if answered else None,
        left_out=row[12],
        source=row[13],
        parent=row[14],
    )


def _stored(row: Sequence[Any]) -> StoredMail:
    return StoredMail(**vars(mail_of(row)), id=row[len(row) - 1])


def _answered_json(answered: Received | None) -> str | None:
    return json.dumps(vars(answered), ensure_ascii=False) if answered else None
