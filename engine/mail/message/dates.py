"""Parse the dates in headers, in all forms that mail programs write."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from email.utils import mktime_tz, parsedate_tz
from functools import lru_cache

from engine.words import months

SEPARATOR_DATE = b"X-Separator-Date"
"""The header that keeps the date of an mbox separator line for a message without a usable date."""

_EARLIEST_DATE = 397_000_000  # August 1982, RFC 822: an earlier date is from a clock not set
_CLOCK_ERROR = 86_400  # seconds that a date may be ahead of now
_LARGEST_OFFSET = timedelta(hours=14)  # from UTC, of Kiribati's Line Islands
_LONGEST_DATE = 200

_MONTHS = months()
"""The beginnings of month names in Date headers, in the languages of mail programs."""
# Hours from UTC; the standard library knows the American ones.
_ZONES = {
    "CET": 1, "MET": 1, "MEZ": 1, "WEST": 1, "BST": 1, "CEST": 2, "MEST": 2, "MESZ": 2, "EET": 2,
    "SAST": 2, "EEST": 3, "MSK": 3, "MSD": 4, "IST": 5.5, "HKT": 8, "SGT": 8, "AWST": 8, "JST": 9,
    "KST": 9, "ACST": 9.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "AKST": -9, "HST": -10,
}  # fmt: skip

_RFC5322 = re.compile(
    r"(?:[^\W\d]+\.?,?\s*)?(\d{1,2})[ -]([^\W\d]{3,4})[^\W\d]*\.?[ -](\d{2,5})[ ,]+"
    r"(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?\s*(?:([+-])(\d\d):?(\d\d)|\(?([A-Za-z]{1,5})\b)?"
)
_ISO = re.compile(
    r"(?<!\d)(\d{4})-?([01]\d)-?([0-3]\d)(?!\d)"
    r"(?:[T ](\d\d):?(\d\d)(?::?(\d\d))?(?:\.\d+)?\s*(?:Z|([+-])(\d\d):?(\d\d))?)?"
)

_TIME = re.compile(
    r"(?<![\d.])(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?(?!\d|[.:]\d)\s*([ap]\.?m)?", re.IGNORECASE
)
_NUMERIC_DATE = re.compile(
    r"(?<!\d)(?:(?P<year>\d{4})\D{1,3}(?P<month>\d{1,2})\D{1,3}(?P<day>\d{1,2})"
    r"|(?P<first>\d{1,2})[./-] ?(?P<second>\d{1,2})[./-] ?(?P<last>\d{4}|\d\d))(?!\d)"
)
_WORD = re.compile(r"[^\W\d_]+")
_AFTERNOON = re.compile(r"(?i)\bp\.?m\b|下午|오후|午後")
_ZONE = re.compile(r"(?<![\d-])([+-])(\d\d):?(\d\d)\b")


def read_date(value: str, now: float) -> int | None:
    """Return seconds since 1970 UTC; None if it is not a date, or before 1982 or in the future.

    A time without a zone counts as UTC. Never raises.
    """
    seconds = _parse(value[:_LONGEST_DATE])
    is_plausible = seconds is not None and _EARLIEST_DATE <= seconds <= now + _CLOCK_ERROR
    return seconds if is_plausible else None


@lru_cache(maxsize=64)  # the date of a mail in an mbox is read twice
def _parse(value: str) -> int | None:
    try:
        return (
            _parse_rfc5322(value)
            or _parse_iso(value)
            or _parse_leniently(value)
            or _parse_localised(value)
        )
    except (ValueError, OverflowError, TypeError, IndexError, StopIteration):
        return None


def _parse_rfc5322(value: str) -> int | None:
    """Parse "Wed, 1 Jan 2020 12:00:00 +0100", and the obsolete form with a two-digit year."""
    found = _RFC5322.match(value.strip())
    if not found:
        return None
    day, name, year, hour, minute, second, sign, hours, minutes, zone = found.groups()
    month = _month(name)
    if month is None:
        return None
    offset = timedelta()
    if sign:
        offset = _utc_offset(sign, hours, minutes)
    elif zone and zone.upper() in _ZONES:
        offset = timedelta(hours=_ZONES[zone.upper()])
    elif zone:
        return None  # left to the standard library
    written = datetime(
        _full_year(year), month, int(day), int(hour) % 24, int(minute), min(int(second or 0), 59)
    )
    return int((written.replace(tzinfo=timezone.utc) - offset).timestamp())


def _full_year(year: str) -> int:
    number = int(year)
    if len(year) == 5 and year.startswith("19"):  # "19105": "19" before the years since 1900
        number = 1900 + int(year[2:])
    elif number < 50:  # RFC 5322, 4.3
        number += 2000
    elif number < 1000:
        number += 1900
    return number


def _utc_offset(sign: str, hours: str, minutes: str) -> timedelta:
    """Return the offset from UTC; zero for one larger than any time zone has."""
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if offset > _LARGEST_OFFSET:
        return timedelta()
    return offset if sign == "+" else -offset


def _parse_iso(value: str) -> int | None:
    found = _ISO.search(value)
    if not found:
        return None
    year, month, day, hour, minute, second, sign, hours, minutes = found.groups()
    written = datetime(
        int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0)
    )
    offset = _utc_offset(sign, hours, minutes) if sign else timedelta()
    return int((written.replace(tzinfo=timezone.utc) - offset).timestamp())


def _parse_leniently(value: str) -> int | None:
    fields = parsedate_tz(value)
    if fields is None:
        return None
    return int(mktime_tz(fields if fields[9] is not None else (*fields[:9], 0)))


def _parse_localised(value: str) -> int | None:
    """Parse a date as a program writes it in the user's language, such as "ven. 5 janv. 2024".

    The order of "5/1/2024" is day, month, unless the hour has "AM" or "PM".
    """
    time = _TIME.search(value)
    hour, minute, second = (int(part or 0) for part in time.groups()[:3]) if time else (0, 0, 0)
    if _AFTERNOON.search(value) and hour < 12:
        hour += 12
    rest = value[: time.start()] + " " + value[time.end() :] if time else value
    year, month, day = _numeric_date(rest, is_american=bool(time and time[4])) or _named_date(rest)
    zone = _ZONE.search(rest)
    written = datetime(year, month, day, hour % 24, minute, min(second, 59))
    offset = _utc_offset(*zone.groups()) if zone else timedelta()
    return int((written.replace(tzinfo=timezone.utc) - offset).timestamp())


def _numeric_date(text: str, is_american: bool) -> tuple[int, int, int] | None:
    found = _NUMERIC_DATE.search(text)
    if found is None:
        return None
    if found["year"]:
        return int(found["year"]), int(found["month"]), int(found["day"])
    day, month = int(found["first"]), int(found["second"])
    if month > 12 or (is_american and day <= 12):
        day, month = month, day
    return _full_year(found["last"]), month, day


def _named_date(text: str) -> tuple[int, int, int]:
    """Return the date with the name of a month. Raises IndexError or ValueError for none."""
    # The abbreviation of a weekday, which comes first, may be that of a month, too.
    month = [number for number in map(_month, _WORD.findall(text)) if number][-1]
    numbers = re.findall(r"(?<![\d+-])\d{1,4}(?!\d)", text)
    year = next(int(number) for number in numbers if len(number) == 4)
    return year, month, next(int(number) for number in numbers if len(number) <= 2)


def _month(name: str) -> int | None:
    name = name.lower()
    return _MONTHS.get(name) or _MONTHS.get(name[:4]) or _MONTHS.get(name[:3])
