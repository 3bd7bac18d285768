"""Capitals of words that a follow-up puts in the middle of an instruction: "and a table for 9"."""

from __future__ import annotations

import re

from engine.checking.facts import find_facts
from engine.checking.lexicon import Lexicon, capitalised, replace_words, straight

_ANEW = re.compile(r"(?:^|[.!?:;\n])[\"'“‘(]*\s*$")
"""Before a word with which a sentence begins."""


def with_fitting_capitals(earlier: str, text: str, lexicon: Lexicon) -> str:
    """Return a changed instruction whose new words have the capitals that their places ask for.

    A function word has none in the middle of a sentence; a weekday or a month has one where the
    instruction is written with capitals.
    """
    found = list(lexicon.match_words(text))
    known = set(lexicon.find_words(earlier))
    little = lexicon.words("function_words.list") | lexicon.words("instructions.verbs")
    little -= lexicon.words("calendar.loose_months")
    lifted = lexicon.words("follow_ups.capitals") if earlier[:1].isupper() else frozenset[str]()
    changes: dict[int, str] = {}
    for place, word in enumerate(found):
        plain = straight(word[0])
        if plain in known:
            continue
        if plain in lifted:
            changes[place] = capitalised(word[0])
        elif (
            plain[:1].isupper()
            and not plain[1:].isupper()
            and plain.partition("'")[0] != "I"
            and (plain.lower() in little or _is_number(plain, lexicon))
            and not _ANEW.search(text[: word.start()])
        ):
            changes[place] = word[0].lower()
    return replace_words(text, found, changes)


def _is_number(word: str, lexicon: Lexicon) -> bool:
    return any(fact.kind == "number" for fact in find_facts(word, lexicon.language))
