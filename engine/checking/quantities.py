"""Tell what the numbers of a text count: an hour, an amount of money, or anything else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from engine.checking.clock import after_hour, before_hour
from engine.checking.fact import (
    Fact,
    Half,
    amount_value,
    clock_values,
    date_value,
    number_values,
)
from engine.checking.lexicon import Lexicon, alternatives, lexicon
from engine.checking.numbers import Number, find_numbers

_SYMBOLS = {"€": "eur", "$": "usd", "£": "gbp", "¥": "jpy"}
_FEWEST_IN_DIGITS, _FEWEST_IN_WORDS = 2, 3
"""The smallest numbers that count: people write "the two of us" for no number."""

_CONTEXT = 24  # characters around a number


def find_quantities(text: str, words: Lexicon) -> Iterator[Fact]:
    """Yield the numbers of a text, as times, amounts, dates or plain numbers."""
    for number in find_numbers(text, words):
        yield (
            _amount(number, text, words)
            or _time(number, text, words)
            or _day(number, text, words)
            or _plain(number, text)
        )


def _amount(number: Number, text: str, words: Lexicon) -> Fact | None:
    before = _before_amount(words.language).search(text[: number.start][-_CONTEXT:])
    after = _after_amount(words.language).match(text[number.end :][:_CONTEXT])
    found = before or after
    if not found or (number.loose and not text[number.start : number.end].isdigit() and not after):
        return None
    currency = _currencies(words.language)[found["currency"].lower()]
    values = {amount_value(value, currency) for value in number.values}
    start = number.start - len(before[0]) if before else number.start
    end = number.end + (len(after[0]) if after else 0)
    return Fact("amount", text[start:end], start, end, frozenset(values))


def _time(number: Number, text: str, words: Lexicon) -> Fact | None:
    hours = [int(value) for value in number.values if value == int(value) and 0 <= value <= 24]
    if not hours:
        return None
    hour = hours[0]
    before = before_hour(words.language).search(text[: number.start][-_CONTEXT:])
    after = after_hour(words.language).match(text[number.end :][:_CONTEXT])
    if not (before or after):
        return None
    minute = 0
    if before and (before["half_past"] or before["half_to"]):
        minute = 30
    elif before and before["quarter_past"]:
        minute = 15
    elif before and before["quarter_to"]:
        minute = 45
    if before and (before["half_to"] or before["quarter_to"]):
        hour = hour - 1 if hour > 1 else hour + 11
    half: Half = "am" if after and after["am"] else "pm" if after and after["pm"] else ""
    start = number.start - len(before[0]) if before else number.start
    end = number.end + (len(after[0]) if after else 0)
    values = clock_values(hour, minute, half)
    if not half and not before:
        # "18 h" and "2 hours" may be a duration.
        values |= {f"number {value:f}" for value in number.values}
    return Fact("time", text[start:end], start, end, frozenset(values))


def _day(number: Number, text: str, words: Lexicon) -> Fact | None:
    """Return a date whose day is a word: "the third of May", "May third"."""
    day = int(min(number.values))
    if text[number.start].isdigit() or not 1 <= day <= 31:
        return None
    months = words.numbers("calendar.months")
    before = _month_before(words.language).search(text[: number.start][-_CONTEXT:])
    after = _month_after(words.language).match(text[number.end :][:_CONTEXT])
    found = before or after
    if not found:
        return None
    start = number.start - len(before[0]) if before else number.start
    end = number.end + (len(after[0]) if after and not before else 0)
    values = frozenset({date_value(months[found["month"].lower()], day)})
    return Fact("date", text[start:end], start, end, values)


def _plain(number: Number, text: str) -> Fact:
    values: set[str] = set()
    for value in number.values:
        values |= number_values(value)
    found = text[number.start : number.end]
    if match := re.fullmatch(r"(\d{1,2})\.([0-5]\d)", found):
        values |= clock_values(int(match[1]), int(match[2]))  # "at 6.30"
    if match := re.fullmatch(r"(\d{1,2})\.(\d{1,2})", found):
        values.add(date_value(int(match[2]), int(match[1])))  # "am 3.5."
    smallest = _FEWEST_IN_DIGITS if found[0].isdigit() else _FEWEST_IN_WORDS
    firm = not number.loose and max(number.values) >= smallest
    return Fact("number", found, number.start, number.end, frozenset(values), firm)


@cache
def _currencies(language: str) -> dict[str, str]:
    return _SYMBOLS | lexicon("en").pairs("numbers.currencies") | _own_currencies(language)


def _own_currencies(language: str) -> dict[str, str]:
    return lexicon(language).pairs("numbers.currencies")


@cache
def _before_amount(language: str) -> re.Pattern[str]:
    codes = alternatives(name.upper() for name in _currencies(language) if len(name) == 3)
    return re.compile(rf"(?P<currency>[€$£¥]|\b{codes})\s?$")


@cache
def _after_amount(language: str) -> re.Pattern[str]:
    names = alternatives(_own_currencies(language) or _currencies(language))
    codes = alternatives(name.upper() for name in _currencies(language) if len(name) == 3)
    return re.compile(rf"[\s-]?(?P<currency>[€$£¥]|(?i:{names})(?!\w)|{codes}(?!\w))")


@cache
def _month_before(language: str) -> re.Pattern[str]:
    months = alternatives(lexicon(language).words_before("calendar.months"))
    return re.compile(rf"\b(?P<month>{months})\s(?:the\s)?$", re.IGNORECASE)


@cache
def _month_after(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    months = alternatives(words.words_before("calendar.months"))
    between = alternatives(words.words("calendar.between"))
    return re.compile(rf"\s(?:{between}\s)?(?P<month>{months})\b", re.IGNORECASE)
