"""Format mails for the screen: the texts are safe to show and short enough to lay out at once."""

from __future__ import annotations

from dataclasses import dataclass

from engine.mail.importing.reasons import REASONS
from engine.mail.stored.mailbox import MailLine
from engine.mail.types import Received
from panza_tui.mailbox.service import Opened
from panza_tui.terminal.mail_words import first_recipients, mail_date
from panza_tui.terminal.sanitise import safe_line, safe_text

MOST_SHOWN = 20_000
"""Characters shown of one text: laying out a megabyte would block the screen."""
_MOST_IN_LINE = 500
_MOST_IN_INSTRUCTION = 2_000

_ORIGINS = {"playback": "playback", "notes": "terse notes", "hand": "by hand"}


@dataclass(frozen=True)
class MailRow:
    """A mail in the list. sign: ● used for training, ◌ has no instruction yet, ○ left out."""

    sign: str
    date: str
    recipients: str
    subject: str
    note: str


UNREADABLE = MailRow("?", "", "", "(gone, or it can't be read)", "")
"""A mail that was in the list and could not be read."""


@dataclass(frozen=True)
class MailDetails:
    """An opened mail. instruction: '' if it has none. kept: whether it is used for training."""

    id: int
    subject: str
    head: str
    state: str
    kept: bool
    instruction: str
    origin: str
    own: str
    original: str
    answered_head: str
    answered: str
    thread: tuple[Received, ...]
    recipient: str


def mail_row(line: MailLine) -> MailRow:
    """Format a mail of the list."""
    recipients = first_recipients(line.recipients)
    if line.left_out:
        sign, note = "○", safe_line(line.left_out)
    else:
        sign = "●" if line.origin else "◌"
        note = _ORIGINS.get(line.origin, "no instruction")
    return MailRow(
        sign=sign,
        date=mail_date(line.date),
        recipients=safe_line(recipients[:_MOST_IN_LINE]),
        subject=safe_line(line.subject[:_MOST_IN_LINE]),
        note=note,
    )


def mail_details(opened: Opened) -> MailDetails:
    """Format an opened mail."""
    mail, instruction = opened.mail, opened.instruction
    people = [f"{name} <{address}>" if name else address for name, address in mail.recipients]
    recipients = ", ".join(people[:3]) + (f" and {len(people) - 3} more" if people[3:] else "")
    answered = mail.answered
    return MailDetails(
        id=mail.id,
        subject=safe_line(mail.subject[:_MOST_IN_LINE]) or "(no subject)",
        head=safe_line(f"{mail_date(mail.date)}  to {recipients[:_MOST_IN_LINE]}"),
        state=_state(opened),
        kept=mail.left_out is None,
        instruction=safe_line(instruction.text[:_MOST_IN_INSTRUCTION]) if instruction else "",
        origin=_ORIGINS.get(instruction.origin, "") if instruction else "",
        own=_shown(mail.body),
        original=_shown(mail.original),
        answered_head=safe_line(_answered_head(answered)) if answered else "",
        answered=_shown(answered.body) if answered else "",
        thread=(answered,) if answered else (),
        recipient=mail.recipients[0][1] if mail.recipients else "",
    )


def _state(opened: Opened) -> str:
    mail = opened.mail
    if mail.left_out:
        reason = REASONS.get(mail.left_out, "")
        why = f" ({reason})" if reason else ""
        state = f"○ left out: {mail.left_out}{why}"
    else:
        state = "● used for training" if opened.instruction else "◌ needs an instruction first"
    if opened.learnt_by:
        state += f" · learnt by {', '.join(opened.learnt_by)}"
    return safe_line(f"{state} · ID {mail.id}")


def _answered_head(answered: Received) -> str:
    date = f"{mail_date(answered.date)}  " if answered.date is not None else ""
    known = "" if answered.known_from == "archive" else " (from the quote)"
    return f"{date}{answered.sender[:_MOST_IN_LINE]}{known}"


def _shown(text: str) -> str:
    if len(text) <= MOST_SHOWN:
        return safe_text(text).strip("\n")
    rest = len(text) - MOST_SHOWN
    return f"{safe_text(text[:MOST_SHOWN]).strip()}\n\n… and {rest:,} more characters"
