"""The data types of mail that all folders of `engine.mail` share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Address = tuple[str, str]
"""(display name or '', address in lower case)"""

Form = Literal["empty", "rfc822", "mbox", "template", "plain"]
"""The form in which a mail to answer was passed."""

Kind = Literal["plain", "html", "eml"]
"""The format of a body that `own_words` reads; eml: a whole message, header included."""


@dataclass(frozen=True)
class Received:
    """A mail that the user answers or answered.

    date: seconds since the epoch (UTC); None where unknown. known_from: the mail itself in an
    archive, its quote in the answer, or the user's input. message_id, references (the ids in its
    References header, separated by spaces): without angle brackets, '' where unknown.
    """

    sender: str
    date: int | None
    subject: str
    body: str
    known_from: Literal["archive", "quote", "input"]
    message_id: str = ""
    references: str = ""


@dataclass(frozen=True)
class MailToAnswer:
    """The mail to answer, with the mails before it.

    thread: oldest first, the last one is to be answered; () if there is none. recipient: the
    addresses that the answer goes to; '' if unknown. subject: of the mail to answer, or of a reply
    template. addressed: the addresses that the mail was sent to, and the user's own if it is the
    user's. problem: why the text of the mail to answer can't be read, as a sentence; '' if it can.
    sender: of the mail to answer. elsewhere: the recipients that Reply-To names although they are
    somebody else than the sender, lists apart.
    """

    thread: tuple[Received, ...] = ()
    recipient: str = ""
    subject: str = ""
    addressed: tuple[str, ...] = ()
    problem: str = ""
    sender: Address = ("", "")
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Pasted(MailToAnswer):
    """The mail or mails to answer, the form they came in, and the normalised input."""

    kind: Form
    data: bytes = b""


@dataclass(frozen=True)
class Mail:
    """A sent mail as stored in table `mails` (engine.database.database).

    parent: the Message-ID of the mail it answers, from its header. code: the blocks of pasted code
    in the body, as lines from and to, counted from 0.
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
    code: tuple[tuple[int, int], ...] = ()
