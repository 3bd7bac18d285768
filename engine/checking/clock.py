"""Find times of day in digits ("18:30", "6.30 pm", "18h30") and by name ("noon")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from engine.checking.fact import Fact, Half, clock_values
from engine.checking.lexicon import lexicon

_OF_ONE_DIGIT_GROUP = r"(?<![\d.,:/])"


def find_times(text: str, language: str) -> Iterator[Fact]:
    """Yield the times of day in a text that need no other word than their own."""
    for match in _in_digits(language).finditer(text):
        hour, minute = int(match["hour"]), int(match["minute"])
        if hour <= 24 and minute < 60:
            half: Half = "am" if match["am"] else "pm" if match["pm"] else ""
            yield _fact(match, clock_values(hour, minute, half))
    for key, hour in (("clock.noon", 12), ("clock.midnight", 0)):
        for match in _named(language, key).finditer(text):
            yield _fact(match, {f"time {hour:02d}:00"})


def _fact(match: re.Match[str], values: set[str]) -> Fact:
    return Fact("time", match[0], match.start(), match.end(), frozenset(values))


@cache
def after_hour(language: str) -> re.Pattern[str]:
    """Match what stands after an hour: group am, pm, or o'clock."""
    words = lexicon(language)
    return re.compile(
        rf"\s?(?:(?P<am>{words.expressions('clock.morning')})"
        rf"|(?P<pm>{words.expressions('clock.evening')})"
        rf"|(?P<oclock>{words.expressions('clock.hour')}))(?!\w)",
        re.IGNORECASE,
    )


@cache
def before_hour(language: str) -> re.Pattern[str]:
    """Match what stands before an hour, at its end: half past, a quarter to, and the like."""
    words = lexicon(language)
    keys = ("half_past", "half_to", "quarter_past", "quarter_to", "before_hour")
    groups = "|".join(rf"(?P<{key}>{words.expressions(f'clock.{key}')})" for key in keys)
    return re.compile(rf"(?<!\w)(?:{groups})\s?$", re.IGNORECASE)


@cache
def _in_digits(language: str) -> re.Pattern[str]:
    after = after_hour(language).pattern
    plain = re.sub(r"\(\?P<(\w+)>", "(?:", after)
    return re.compile(
        rf"{_OF_ONE_DIGIT_GROUP}(?P<hour>\d{{1,2}})"
        rf"(?:\s?:|\s?[hH]|\.(?=\d\d{plain}))(?P<minute>\d{{2}})(?!\d)(?:{after})?",
        re.IGNORECASE,
    )


@cache
def _named(language: str, key: str) -> re.Pattern[str]:
    names = lexicon(language).expressions(key)
    return re.compile(rf"(?<!\w){names}(?!\w)", re.IGNORECASE)
