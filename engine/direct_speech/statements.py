"""Statements with the questions behind them: "I paid, and does Bo know?"."""

from __future__ import annotations

import re
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.wording import auxiliaries, sentence


def stated(text: str, words: Lexicon) -> list[str]:
    """Return a statement as a sentence, and each question behind it as one."""
    statement, *questions = _before_question(words).split(text)
    return [sentence(statement), *(sentence(one, "?") for one in questions)]


@cache
def _before_question(words: Lexicon) -> re.Pattern[str]:
    """Match what stands between a statement and a question that follows it."""
    asking = alternatives(auxiliaries(words))
    doing = alternatives(words.words("reported.past_helpers", "reported.helpers"))
    sure = alternatives(auxiliaries(words) - words.words("reported.conditional"))
    return re.compile(
        rf"(?:,|,?\s+and)\s+(?={asking}\s+you\s)"
        rf"|,?\s+(?:so|but)\s+(?={asking}\s+(?:you|I|we|it|they|the|my|our)\s)"
        rf"|,?\s+and\s+(?={doing}\s+(?:you|I|we|he|she|it|they|the|my|our|your)\s)"
        rf"|,?\s+and\s+(?=(?:{sure}|should)\s+(?:I|we|(?:he|she|they)\s[^,]*$)\b)",
        re.IGNORECASE,
    )
