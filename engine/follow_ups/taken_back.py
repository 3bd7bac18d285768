"""A fact that is taken back in the same line: "tuesday no sorry wednesday" means Wednesday."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives

_LONGEST = 3000
"""Characters of a text that is read; a longer one is hardly typed."""


def without_taken_back(text: str, lexicon: Lexicon) -> str:
    """Return an instruction with only the last of two facts of one kind, where the first is not
    meant: days, months, or numbers and times. For languages with a list `follow_ups.taken_back`.
    """
    if len(text) > _LONGEST or not lexicon.words("follow_ups.taken_back"):
        return text
    for pattern in _patterns(lexicon):
        text = pattern.sub(_meant, text)
    return text


def _meant(match: re.Match[str]) -> str:
    """Return the second fact, with the first one's preposition where it has none of its own."""
    if match["stays"]:
        return match[0]
    first, second = match["before"], match["again"]
    return (first if f" {first}".endswith(f" {second}") else second) + match["meant"]


@cache
def _patterns(words: Lexicon) -> list[re.Pattern[str]]:
    links = words.words("follow_ups.taken_back")
    link, long = (_spaced(some) for some in (links, {one for one in links if " " in one}))
    oh = rf"(?:{alternatives(words.words('follow_ups.hesitations'))},?\s)?"
    # One word with a comma only behind it belongs to what stands before: "tuesday no, 9 is fine",
    # and one behind a stop to what follows: "I was there at 9. No Saturday then".
    gap = r"[^\S\n]"
    taken_back = (
        rf"(?:{gap}?[,-]+{gap}{oh}{link}[,:]?|{gap}?[.;]+{gap}{oh}(?:{link}[,:]|{long})"
        rf"|{gap}{{1,2}}{oh}(?:{link}|{long}[,:])){gap}"
    )
    before = alternatives(words.words("follow_ups.before_facts"))
    before = rf"(?:(?:{before}|{words.expressions('clock.before_hour')})\s)*"
    no = words.words("instructions.negations")
    yes = alternatives(words.words("answers.yes"))
    answer = rf"(?:{alternatives(no)}|{yes})\s"
    number, time = _number(words), _time(words)
    joiner = alternatives(words.words("numbers.joiners"))
    # A part of "twenty-five" or "1 000" is no fact.
    inside = rf"{number}(?:\s{joiner})?[\s-](?={number}(?!\w))|\d{{1,3}}\s(?=\d{{3}}(?!\d))"
    behind = rf"(?:\s(?!{alternatives(no - links)}(?!\w))[^\W\d_]+)?"
    return [
        re.compile(
            rf"(?<![\w£$€.,:/])(?P<stays>{answer}|{whole})?(?P<before>{before}){fact}{unit}"
            rf"{taken_back}(?P<again>{before})(?P<meant>{fact})(?!\w)(?!\s{yes}(?!\w))",
            re.IGNORECASE,
        )
        for fact, whole, unit in (
            (_day(words), "(?!)", ""),
            (alternatives(words.words_before("calendar.months")), "(?!)", ""),
            (time, inside, behind),
        )
    ]


def _day(words: Lexicon) -> str:
    keys = ("calendar.weekdays", "calendar.short_weekdays", "calendar.relative")
    days = frozenset[str]().union(*(words.words_before(key) for key in keys))
    return alternatives(days - words.words("function_words.list"))


def _number(words: Lexicon) -> str:
    # "Un", "no one" and "a couple" are hardly ever meant as a number.
    little = words.words("function_words.list", "follow_ups.no_numbers")
    return alternatives(words.words_before("numbers.values") - little)


def _time(words: Lexicon) -> str:
    """Match a number, in words or figures, which may be a time."""
    keys = ("clock.half_past", "clock.half_to", "clock.quarter_past", "clock.quarter_to")
    part = alternatives(words.words(*keys), escape=False)  # These are patterns.
    ending = alternatives(words.words("numbers.ordinal_endings"))
    figure = rf"[£$€]?\d+(?:[.,:/]\d+)*\s?(?:am|pm|{ending}|[hu](?:\d\d)?|k|[%£$€])?"
    return rf"(?:{part}\s)?(?:{figure}|{_number(words)})(?!\w)"


def _spaced(links: Iterable[str]) -> str:
    """Match any of the words that take a fact back, also with commas: "no, wait"."""
    return alternatives(links).replace(r"\ ", r",?\s")
