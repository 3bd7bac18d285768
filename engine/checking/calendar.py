"""Find days: dates with a month, weekdays, and days relative to today."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from engine.checking.fact import Fact, FactKind, date_value
from engine.checking.lexicon import Lexicon, alternatives, lexicon
from engine.words import months_by_language

_ISO = re.compile(r"\b\d{4}-(\d{2})-(\d{2})\b")
_DAY_AND_MONTH = re.compile(
    r"(?<![\d.,/])(\d{1,2})(?:\.\s?(\d{1,2})\.(?:\s?(?:\d{4}|\d{2})\b)?"
    r"|\.(0\d|1[0-2])(?![\d.])|/(\d{1,2})(?:/(?:\d{4}|\d{2}))?)(?![\d/])"
)
_YEAR = r"(?:,?\s(?:19|20)\d\d\b)?"


def find_days(text: str, words: Lexicon) -> Iterator[Fact]:
    """Yield the days in a text; facts may overlap, and then the first one counts."""
    for match in _ISO.finditer(text):
        yield from _date(match, int(match[1]), int(match[2]))
    for match in _DAY_AND_MONTH.finditer(text):
        first, second = int(match[1]), int(match[2] or match[3] or match[4])
        yield from _date(match, second, first)
        if match[4]:
            yield from _date(match, first, second)
    for match in _day_of_month(words.language).finditer(text):
        month = _month_names(words.language)[(match["month"] or match["after"]).lower()]
        yield from _date(match, month, int(match["day"] or match["then"]))
    yield from _weekdays(text, words)
    for match in _relative(words.language).finditer(text):
        value = words.numbers("calendar.relative")[" ".join(match[0].lower().split())]
        yield _fact("date", match, {f"day {value}"})
    for match in _whole_month(words.language).finditer(text):
        name = match[0].lower()
        firm = name in words.pairs("calendar.months")
        firm = firm and name not in words.words("calendar.loose_months")
        yield _fact("date", match, {f"month {_month_names(words.language)[name]}"}, firm=firm)


def _date(match: re.Match[str], month: int, day: int) -> Iterator[Fact]:
    """Yield a date, and both if day and month may be the other way round ("3/5")."""
    if 1 <= month <= 12 and 1 <= day <= 31:
        values = {date_value(month, day)}
        if "/" in match[0] and day <= 12:
            values.add(date_value(day, month))
        yield _fact("date", match, values)


def _weekdays(text: str, words: Lexicon) -> Iterator[Fact]:
    names, short = words.numbers("calendar.weekdays"), words.numbers("calendar.short_weekdays")
    for match in _weekday_names(words.language).finditer(text):
        yield _fact("weekday", match, {f"weekday {names[match[1].lower()]}"})
    for match in _short_weekdays(words.language).finditer(text):
        # "sat 3pm" is Saturday; "we sat" is not.
        firm = re.match(r"\.?,?\s\d", text[match.end() :]) is not None
        yield _fact("weekday", match, {f"weekday {short[match[0].lower()]}"}, firm=firm)


def _fact(kind: FactKind, match: re.Match[str], values: set[str], *, firm: bool = True) -> Fact:
    return Fact(kind, match[0], match.start(), match.end(), frozenset(values), firm)


@cache
def _month_names(language: str) -> dict[str, int]:
    """Return month name -> 1 to 12, short and long, of this language and of mail programs."""
    own = months_by_language().get(language, {})
    return months_by_language()["en"] | own | lexicon(language).numbers("calendar.months")


@cache
def _day_of_month(language: str) -> re.Pattern[str]:
    """Match "3 May", "3rd of May", "May 3", "3. Mai", each also with a year."""
    words = lexicon(language)
    month = alternatives(_month_names(language))
    ending = alternatives(words.words("numbers.ordinal_endings"))
    between = alternatives(words.words("calendar.between"))
    return re.compile(
        rf"(?<![\w.,:])(?P<day>\d{{1,2}}){ending}?\.?\s?(?:{between}\s)?"
        rf"(?P<month>{month})\b\.?{_YEAR}"
        rf"|\b(?P<after>{month})\.?\s(?:the\s)?(?P<then>\d{{1,2}})(?![\d:])"
        rf"(?!\s?(?:am|pm|[ap]\.m)\b){ending}?(?!\w){_YEAR}",
        re.IGNORECASE,
    )


@cache
def _weekday_names(language: str) -> re.Pattern[str]:
    """Match weekdays and what is built on long ones: "Fridays", "Freitagabend"."""
    names = lexicon(language).words_before("calendar.weekdays")
    long = alternatives(name for name in names if len(name) > 5)
    short = alternatives(name for name in names if len(name) <= 5)
    # One group for the name, whichever of the two it is.
    return re.compile(rf"\b((?:{long})(?=\w{{0,12}}\b)|(?:{short})\b)\w{{0,12}}", re.IGNORECASE)


@cache
def _short_weekdays(language: str) -> re.Pattern[str]:
    names = alternatives(lexicon(language).words_before("calendar.short_weekdays"))
    return re.compile(rf"(?<![\w-]){names}(?![\w'’-])", re.IGNORECASE)


@cache
def _relative(language: str) -> re.Pattern[str]:
    names = alternatives(lexicon(language).words_before("calendar.relative"))
    return re.compile(rf"(?<![\w-]){names}(?!\w)", re.IGNORECASE)


@cache
def _whole_month(language: str) -> re.Pattern[str]:
    """Match the name of a month, with its capital where it is also another word."""
    words = lexicon(language)
    loose = words.words("calendar.loose_months")
    capital = alternatives(name.capitalize() for name in loose)
    others = alternatives(name for name in _month_names(language) if name not in loose)
    return re.compile(rf"\b(?:{capital}|(?i:{others}))\b")
