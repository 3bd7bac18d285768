"""Table `mails`: putting mails in, reading them back, counting them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import apsw

from engine.mail.types import Mail, Received

FEWEST_USABLE = 20
"""Kept mails below which a voice can't be learnt."""

_COLUMNS = (
    "fingerprint, message_id, thread, date, date_known, sender, recipients, subject, body, "
    "original, language, answered, left_out, source"
)
_INSERT = f"""
    INSERT INTO mails ({_COLUMNS}) VALUES ({", ".join("?" * 14)})
    ON CONFLICT (fingerprint) DO UPDATE SET
        body = excluded.body, answered = excluded.answered, thread = excluded.thread,
        language = excluded.language, left_out = NULL, source = excluded.source
    WHERE mails.left_out IS NOT NULL AND excluded.left_out IS NULL
"""


@dataclass(frozen=True)
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


def insert_mail(connection: apsw.Connection, mail: Mail) -> bool:
    """Store a mail; False when it is there already.

    One that was left out before (a draft, a copy in the trash) is replaced by its kept version.
    """
    if mail.message_id and _holds(connection, mail):
        return False
    before = connection.total_changes()
    answered = json.dumps(asdict(mail.answered), ensure_ascii=False) if mail.answered else None
    connection.execute(
        _INSERT,
        (
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
            answered,
            mail.left_out,
            mail.source,
        ),
    )
    return connection.total_changes() > before


def kept_mails(connection: apsw.Connection) -> list[StoredMail]:
    """All mails that are learnt from, oldest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS}, id FROM mails WHERE left_out IS NULL ORDER BY date, id"
    )
    return [_mail(row) for row in rows]


def load_mail(connection: apsw.Connection, mail_id: int) -> StoredMail | None:
    """The mail of that number, kept or left out; None when there is none."""
    row = connection.execute(
        f"SELECT {_COLUMNS}, id FROM mails WHERE id = ?", (mail_id,)
    ).fetchone()
    return _mail(row) if row else None


def name_of(connection: apsw.Connection, address: str) -> str:
    """The display name last used for an address; '' when none is known."""
    rows = connection.execute(
        "SELECT person.value ->> 0 FROM mails, json_each(recipients) AS person "
        "WHERE lower(person.value ->> 1) = lower(?) AND person.value ->> 0 <> '' "
        "ORDER BY date DESC LIMIT 1",
        (address,),
    )
    return next((name for (name,) in rows), "")


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
    better = "" if mail.left_out else "AND left_out IS NULL"
    query = f"SELECT 1 FROM mails WHERE message_id = ?1 AND {same} {better} LIMIT 1"
    values = (mail.message_id, mail.date) if mail.date_known else (mail.message_id,)
    return connection.execute(query, values).fetchone() is not None


def _mail(row: tuple[Any, ...]) -> StoredMail:
    answered = json.loads(row[11]) if row[11] else None
    return StoredMail(
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
        id=row[14],
    )
