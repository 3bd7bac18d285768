"""Make mails as they are stored; a test names what it is about, and the rest is always the same."""

from __future__ import annotations

import dataclasses

import apsw

from engine.mail.stored.store import StoredMail
from engine.mail.types import Mail


def made_mail(number: int, **changes: object) -> Mail:
    made = Mail(
        fingerprint=str(number),
        message_id=f"{number}@example.org",
        thread=str(number),
        date=1_600_000_000 + number,
        date_known=True,
        sender="ro@example.org",
        recipients=(("Kim", "kim@example.org"),),
        subject="Boat",
        body="The boat is ready.",
        original="The boat is ready.",
        language="en",
        answered=None,
        left_out=None,
        source="sent.mbox#1",
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def stored_mail(number: int, **changes: object) -> StoredMail:
    return StoredMail(id=number, **vars(made_mail(number, **changes)))


def number_of(connection: apsw.Connection, fingerprint: str) -> int:
    return connection.execute("SELECT id FROM mails WHERE fingerprint = ?", (fingerprint,)).get
