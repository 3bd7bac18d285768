"""The shapes that mail takes on its way from an archive into the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Address = tuple[str, str]
"""(display name or '', address in lower case)"""

Kind = Literal["plain", "html", "eml"]


@dataclass(frozen=True)
class Received:
    """A mail being answered. `known_from`: the archive itself, or only the answer's quote."""

    sender: str
    date: int | None
    subject: str
    body: str
    known_from: Literal["archive", "quote", "input"]


@dataclass(frozen=True)
class Mail:
    """One sent mail, read and cleaned; the columns of table `mails` (engine.database)."""

    fingerprint: str
    message_id: str | None
    thread: str
    date: int
    date_known: bool
    sender: str
    recipients: tuple[Address, ...]
    subject: str
    body: str
    original: str
    language: str
    answered: Received | None
    left_out: str | None
    source: str
