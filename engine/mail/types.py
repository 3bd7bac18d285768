"""The shapes that mail takes on its way from an archive into the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Address = tuple[str, str]
"""(display name or '', address in lower case)"""

Kind = Literal["plain", "html", "eml"]


@dataclass(frozen=True)
class Received:
    """A mail being answered. `known_from`: the archive itself, or only the answer's quote.

    message_id, and references (the ids of its own References, a space between): without brackets,
    '' where unknown.
    """

    sender: str
    date: int | None
    subject: str
    body: str
    known_from: Literal["archive", "quote", "input"]
    message_id: str = ""
    references: str = ""


@dataclass(frozen=True)
class Mail:
    """One sent mail, read and cleaned; the columns of table `mails` (engine.database).

    parent: the id of the mail it answers, as its header tells.
    """

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
    parent: str | None = None
