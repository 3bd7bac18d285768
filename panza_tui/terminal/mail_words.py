"""Format the date, the recipients and the sender of a mail for the user."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from engine.mail.types import MailToAnswer
from panza_tui.terminal.sanitise import safe_line

_MOST_RECIPIENTS = 3
"""As many as fit on one line with the subject."""


def mail_date(seconds: float) -> str:
    """Return a Unix time as a local date, such as 2024-05-31; "no date" if it is out of range."""
    return _formatted(seconds, "%Y-%m-%d")


def day_month_year(seconds: float) -> str:
    """Return a Unix time as a local date, such as 31 May 2024; "no date" if it is out of range."""
    return _formatted(seconds, "%-d %b %Y")


def first_recipients(recipients: Iterable[tuple[str, str]]) -> str:
    """Return the first recipients by name, or by address if there is no name. Not sanitised."""
    return ", ".join(name or address for name, address in islice(recipients, _MOST_RECIPIENTS))


def elsewhere_line(mail: MailToAnswer) -> str:
    """Return that a mail asks for answers elsewhere than at its sender, or ''."""
    if not mail.elsewhere:
        return ""
    addresses = " and ".join(map(safe_line, mail.elsewhere))
    return (
        f"the answer goes to {addresses}, but the mail is from {safe_line(mail.sender[1])}. "
        "Check the address before you send."
    )


def _formatted(seconds: float, pattern: str) -> str:
    try:
        return datetime.fromtimestamp(seconds).strftime(pattern)
    except (OverflowError, OSError, ValueError):
        return "no date"
