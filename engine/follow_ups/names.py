"""Put a name in the place of one that was misspelled: "she spells it Petersen"."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives, fold, lexicon

_LIKENESS = 0.5
"""Of letters in common, from which on two names may be one: "Hartman" and "Hartwig" have .57."""


def with_new_spelling(instruction: str, change: str, words: Lexicon) -> str | None:
    """Put the name that a change spells in the place of the one most like it; None if none is."""
    match = _spelled(words.language).fullmatch(change.strip())
    if not match:
        return None
    new = list(words.match_words(match["name"]))
    old = list(words.match_words(instruction))
    edits: dict[int, str] = {}
    for name in new:
        near = [_likeness(name[0], word[0]) for word in old]
        best = max(range(len(old)), key=near.__getitem__, default=None)
        if best is None or near[best] < _LIKENESS:
            return None
        edits[best] = name[0]
    for place in sorted(edits, reverse=True):
        word = old[place]
        owned = "'s" if word[0].endswith("'s") and not edits[place].endswith("'s") else ""
        instruction = instruction[: word.start()] + edits[place] + owned + instruction[word.end() :]
    return instruction


def _likeness(name: str, word: str) -> float:
    one, other = fold(name), fold(word.removesuffix("'s"))
    return SequenceMatcher(None, one, other).ratio() if one[:1] == other[:1] else 0.0


@cache
def _spelled(language: str) -> re.Pattern[str]:
    cues = alternatives(lexicon(language).words("follow_ups.spelled"))
    return re.compile(rf"(?:\w+\s+)?{cues}\s+(?P<name>[\w' -]{{2,40}}?)[.!]*", re.IGNORECASE)
