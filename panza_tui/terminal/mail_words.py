"""Format the date and the recipients of a mail for the user."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

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


def _formatted(seconds: float, pattern: str) -> str:
    try:
        return datetime.fromtimestamp(seconds).strftime(pattern)
    except (OverflowError, OSError, ValueError):
        return "no date"
