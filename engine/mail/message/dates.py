"""When a message was written: the dates that headers name, in the forms that programs write."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from email.utils import mktime_tz, parsedate_tz
from functools import lru_cache

from engine.words import months

SEPARATOR_DATE = b"X-Separator-Date"
"""The header that keeps the date of an mbox separator line, where the message has none or no sane
one."""

_FIRST_DATE = 397_000_000  # August 1982, RFC 822: an earlier date is a clock that was never set
_LONGEST = 200

_MONTHS = months()
"""The beginnings of months' names in Date headers, in the languages of mail programs."""
# Hours from UTC, beyond those that the standard library knows.
_ZONES = {
    "CET": 1, "MET": 1, "MEZ": 1, "WEST": 1, "BST": 1, "CEST": 2, "MEST": 2, "MESZ": 2, "EET": 2,
    "SAST": 2, "EEST": 3, "MSK": 3, "MSD": 4, "IST": 5.5, "HKT": 8, "SGT": 8, "AWST": 8, "JST": 9,
    "KST": 9, "ACST": 9.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "AKST": -9, "HST": -10,
}  # fmt: skip

_USUAL = re.compile(
    r"(?:[^\W\d]+\.?,?\s*)?(\d{1,2})[ -]([^\W\d]{3,4})[^\W\d]*\.?[ -](\d{2,5})[ ,]+"
    r"(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?\s*(?:([+-])(\d\d):?(\d\d)|\(?([A-Za-z]{1,5})\b)?"
)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?\s*(?:Z|([+-])(\d\d):?(\d\d))?)?"
)


def read_date(value: str, now: float) -> int | None:
    """Seconds since 1970 UTC; None for what is no date, or absurd (before mail, or ahead of now).

    A time without a zone is taken for UTC. Never raises.
    """
    seconds = _seconds(value[:_LONGEST])
    return seconds if seconds is not None and _FIRST_DATE <= seconds <= now + 86_400 else None


@lru_cache(maxsize=64)  # of a mail in a mailbox it is asked twice
def _seconds(value: str) -> int | None:
    try:
        return _usual(value) or _iso(value) or _any_other(value)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _usual(value: str) -> int | None:
    """RFC 5322: "Wed, 1 Jan 2020 12:00:00 +0100"; years of the last century in two digits."""
    found = _USUAL.match(value.strip())
    if not found:
        return None
    day, name, year, hour, minute, second, sign, hours, minutes, zone = found.groups()
    month = _MONTHS.get(name.lower()) or _MONTHS.get(name[:3].lower())
    if month is None:
        return None
    offset = timedelta()
    if sign:
        offset = _offset(sign, hours, minutes)
    elif zone and zone.upper() in _ZONES:
        offset = timedelta(hours=_ZONES[zone.upper()])
    elif zone:
        return None  # the standard library knows the American ones
    written = datetime(
        _full_year(year), month, int(day), int(hour) % 24, int(minute), min(int(second or 0), 59)
    )
    return int((written.replace(tzinfo=timezone.utc) - offset).timestamp())


def _full_year(year: str) -> int:
    number = int(year)
    if len(year) == 5 and year.startswith("19"):  # "19105": 1900 and 105 were written side by side
        number = 1900 + int(year[2:])
    elif number < 50:
        number += 2000
    elif number < 1000:
        number += 1900
    return number


def _offset(sign: str, hours: str, minutes: str) -> timedelta:
    """No zone is further than 14 hours from UTC: others are typed wrong, and left out."""
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if offset > timedelta(hours=14):
        return timedelta()
    return offset if sign == "+" else -offset


def _iso(value: str) -> int | None:
    found = _ISO.search(value)
    if not found:
        return None
    year, month, day, hour, minute, second, sign, hours, minutes = found.groups()
    written = datetime(
        int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0)
    )
    offset = _offset(sign, hours, minutes) if sign else timedelta()
    return int((written.replace(tzinfo=timezone.utc) - offset).timestamp())


def _any_other(value: str) -> int | None:
    fields = parsedate_tz(value)
    if fields is None:
        return None
    return int(mktime_tz(fields if fields[9] is not None else (*fields[:9], 0)))
