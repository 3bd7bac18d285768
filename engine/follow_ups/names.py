"""Put a name in the place of one that was misspelled: "she spells it Petersen"."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives, fold, lexicon
from engine.follow_ups.parts import head_end

_LIKENESS = 0.5
"""Of letters in common, from which on two names may be one: "Hartman" and "Hartwig" have .57."""

_MISSPELT = 0.6
"""Likeness from which on the name behind "tell" is that of the instruction: "Nyugen", "Nguyen"."""

_FEWEST_WORDS = 2  # of "tell Ann"


def with_new_spelling(instruction: str, change: str, words: Lexicon) -> str | None:
    """Put the name that a change spells in the place of the one most like it; None if none is."""
    text = change.strip()
    match = _lettered(words.language).fullmatch(text)
    is_lettered = match is not None
    match = match or _spelled(words.language).fullmatch(text)
    if not match:
        return None
    new = list(words.match_words(match["name"]))
    ignored = words.words("instructions.verbs", "function_words.list")
    old = [word for word in words.match_words(instruction) if word[0].lower() not in ignored]
    edits: dict[int, str] = {}
    for name in new:
        near = [_likeness(name[0], word[0], any_letter=is_lettered) for word in old]
        best = max(range(len(old)), key=near.__getitem__, default=None)
        if best is None or near[best] < _LIKENESS:
            return None
        edits[best] = name[0]
    for place in sorted(edits, reverse=True):
        word = old[place]
        owned = "'s" if word[0].endswith("'s") and not edits[place].endswith("'s") else ""
        instruction = instruction[: word.start()] + edits[place] + owned + instruction[word.end() :]
    return instruction


def without_repeated_head(instruction: str, change: str, words: Lexicon) -> str:
    """Return a change without "tell Ann that" where an instruction begins so, however spelled."""
    end = head_end(change, words)
    said, told = change[:end].lower().split(), instruction[: head_end(instruction, words)]
    verbs = words.words("instructions.verbs")
    if len(said) < _FEWEST_WORDS or said[0] not in verbs - words.words("direct.ask"):
        return change
    ignored = verbs | words.words("names.titles", "follow_ups.told", "instructions.to")
    named, known = (
        [word for word in words.find_words(text) if word.lower() not in ignored]
        for text in (change[:end], told)
    )
    is_same = bool(named) and all(
        any(_likeness(name, word) >= _MISSPELT for word in known) for name in named
    )
    is_told = said[-1] not in words.words("follow_ups.prepositions", "direct.conditions")
    return change[end:] if is_same and is_told else change


def _likeness(name: str, word: str, *, any_letter: bool = False) -> float:
    """Return how alike two names are; nought if they begin with others, but for `any_letter`."""
    one, other = fold(name), fold(word.removesuffix("'s"))
    is_alike = any_letter or one[:1] == other[:1]
    return SequenceMatcher(None, one, other).ratio() if is_alike else 0.0


@cache
def _spelled(language: str) -> re.Pattern[str]:
    cues = alternatives(lexicon(language).words("follow_ups.spelled"))
    return re.compile(rf"(?:\w+\s+)?{cues}\s+(?P<name>[\w' -]{{2,40}}?)[.!]*", re.IGNORECASE)


@cache
def _lettered(language: str) -> re.Pattern[str]:
    words = lexicon(language)
    named = alternatives(words.words("follow_ups.named"))
    letters = alternatives(words.words("follow_ups.letters"))
    return re.compile(
        rf"(?:{named}\s+)?(?P<name>[^\W\d_][\w'-]+)\s+{letters}\s+[\w']{{1,3}}[.!]*", re.IGNORECASE
    )
