"""A fact that is taken back in the same line: "tuesday no sorry wednesday" means Wednesday."""

from __future__ import annotations

import re
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives


def without_taken_back(text: str, lexicon: Lexicon) -> str:
    """Return an instruction with only the last of two facts of one kind, where the first is not
    meant: days, months, or numbers and times. For languages with a list `follow_ups.taken_back`.
    """
    if not lexicon.words("follow_ups.taken_back"):
        return text
    for pattern in _patterns(lexicon):
        text = pattern.sub(lambda match: f"{match['before'] or ''}{match['meant']}", text)
    return text


@cache
def _patterns(words: Lexicon) -> list[re.Pattern[str]]:
    link = alternatives(words.words("follow_ups.taken_back"))
    days = alternatives(
        words.words_before("calendar.weekdays")
        | words.words_before("calendar.short_weekdays")
        | words.words_before("calendar.relative")
    )
    months = alternatives(words.words_before("calendar.months"))
    number = alternatives(words.words_before("numbers.values"))
    parts = words.words("clock.half_past", "clock.quarter_past", "clock.quarter_to")
    part = "|".join(sorted(parts, key=len, reverse=True))  # These are patterns.
    figure = r"[£$€]?\d[\d.,:/]*\d?\s?(?:am|pm|th|st|nd|rd|h|k|%)?"
    time = rf"(?:(?:{part})\s)?(?:{figure}|{number})(?![\w])"
    return [
        re.compile(
            rf"(?<![\w£$€.,:/])(?<!not )(?<!no )(?P<before>(?:(?:{before})\s)?(?:the\s)?)"
            rf"{fact}(?:\s{unit})?\s?[,.;-]*\s(?:oh\s|er\s|um\s)?(?:{link})[,:]?\s(?:on\s|at\s)?(?:the\s)?"
            rf"(?P<meant>{fact})(?!\w)",
            re.IGNORECASE,
        )
        for fact, before, unit in (
            (days, "on|by|this|next|last", "(?!)"),
            (months, "in|by", "(?!)"),
            (time, "at|by|from|till?|until|to", r"[a-z]+"),
        )
    ]
