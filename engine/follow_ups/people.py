"""Who does something, as a text names them: "I'll bring it" -> "i", "she pays" -> "she"."""

from __future__ import annotations

from functools import cache

from engine.checking.lexicon import Lexicon

_FIRST_WORDS = 3  # of a clause, in which who does something is named


def is_person(word: str, lexicon: Lexicon) -> bool:
    """Whether a word says who does something: "she"."""
    return word.lower() in doing(lexicon)


@cache
def doing(lexicon: Lexicon) -> frozenset[str]:
    """Return the words that say who does something."""
    keys = ("roles.first", "roles.second", "roles.third", "follow_ups.people")
    return lexicon.words(*keys) | lexicon.words_before("follow_ups.unmarked")


def people(text: str, lexicon: Lexicon) -> list[str]:
    """Return who does something, one by one: "i" for "I'll"."""
    words = (word.lower() for word in lexicon.find_words(text))
    unmarked = lexicon.pairs("follow_ups.unmarked")
    who = (word for word in words if is_person(word, lexicon))
    return [unmarked.get(word, word.partition("'")[0]) for word in who]


def doer_of(clause: str, lexicon: Lexicon) -> str:
    """Return who does something, as the first words of a clause name them; '' for nobody."""
    words = lexicon.find_words(clause)[:_FIRST_WORDS]
    return next(iter(people(" ".join(words), lexicon)), "")


def begins_anew(text: str, lexicon: Lexicon) -> bool:
    """Whether a text begins like a sentence: with who does something, or with "ask"."""
    first = lexicon.first_word(text).lower()
    return is_person(first, lexicon) or first in lexicon.words("instructions.verbs")
