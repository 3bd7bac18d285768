"""Whether a text is English, by more than that no other language was found in it.

A text of which nothing tells the language is taken for English, so a note in Danish or Portuguese
may be. English rules would put English words into it: "Calça is ok".
"""

from __future__ import annotations

import re
from functools import cache

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, fold, lexicon
from engine.direct_speech.wording import is_finite
from engine.words import by_language, entries

_SECTIONS = (
    "answers", "calendar", "clock", "direct", "forms", "function_words", "instructions", "names",
    "numbers", "reported", "roles",
)  # fmt: skip
"""Of a language's lists, those with words that people say."""

_OTHERS_TEXT = re.compile(r"(?m)^\s*>|<\||[{}\[\]\x00-\x08\x0b-\x1f\x7f]|\bwrote\s*:")
"""Quoted lines, code and control characters: not what the user typed."""

_LEAST_KNOWN = 1 / 3
"""Of a text's words; an English note has hardly ever less, one in another language hardly ever
as much."""


def is_typed_english(brief: Brief) -> bool:
    """Whether an instruction is English, and all of it what somebody types."""
    is_typed = _OTHERS_TEXT.search(brief.instruction) is None
    return brief.words.language == "en" and is_typed and is_english(brief)


def is_english(brief: Brief) -> bool:
    """Whether English knows enough words of an instruction, and no other language knows more.

    "Kim: boiler fixed" is English, "kim: varmen er fixed" is not. Words that two languages have,
    such as "do", count for neither of them; names and single letters don't count at all.
    """
    spoken = _spoken(brief)
    known = {word for word in spoken if _knows(word, brief.words)}
    if len(known) < _LEAST_KNOWN * len(spoken):
        return False
    others = (_vocabulary(code) for code in by_language("function_words.list"))
    return all(len((spoken & other) - known) <= len(known - other) for other in others)


def _spoken(brief: Brief) -> set[str]:
    """Return the words of an instruction that are no names, as far as capitals tell."""
    text = brief.line.lower() if brief.line.isupper() else brief.line
    first, *rest = brief.words.find_words(text) or [""]
    found = {first.lower(), *(word for word in rest if word[0].islower())}
    return {
        word
        for word in found
        if len(word) > 1 and not word[0].isdigit() and not _is_addressee(word, brief)
    }


def _is_addressee(word: str, brief: Brief) -> bool:
    return fold(word.removesuffix("'s")) in brief.addressee


def _knows(word: str, words: Lexicon) -> bool:
    """Whether a language has a word, or a form of it; stems have no accents, so "às" is none."""
    is_form = fold(word) == word and words.stem(word) in _stems(words.language)
    return is_form or word in _vocabulary(words.language) or is_finite(word, words)


@cache
def _vocabulary(language: str) -> frozenset[str]:
    words = lexicon(language)
    return frozenset(
        word.lower()
        for section in _SECTIONS
        for entry in entries(language, section)
        for word in words.find_words(entry)
    )


@cache
def _stems(language: str) -> frozenset[str]:
    return frozenset(map(lexicon(language).stem, _vocabulary(language)))
