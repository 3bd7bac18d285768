"""How sentences to a reader are worded and written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from engine.checking.first_names import sex_of
from engine.checking.lexicon import Lexicon, alternatives, capitalised

AND_THAT = re.compile(
    r",?\s+and\s+that\s+|,\s+that\s+(?!(?:is|was|will|would|has|can|could|means)\s)", re.IGNORECASE
)
"""Between two things that are told; but "that was Bo" tells of what was told."""


def beginnings(words: Lexicon) -> str:
    """Return a pattern for what may stand before an order: "can you please"."""
    return rf"(?:{alternatives(words.words('direct.beginnings'))}[\s,]+)*"


def auxiliaries(words: Lexicon) -> frozenset[str]:
    """The verbs that stand before their subject in a question, in lower case."""
    return words.words("reported.auxiliaries", "reported.helpers", "reported.past_helpers")


def worded(key: str, text: str, words: Lexicon) -> str:
    """Return a text in the words with which an order is said to the reader."""
    text = words.pairs("direct.says")[key].replace("{}", text.strip(" .?!"))
    return sentence(re.sub(r"\s+(?=[.,?!])", "", text))


def capitals(text: str, words: Lexicon) -> str:
    """Return a text with I, days and months as they are written."""
    days = words.words_before("calendar.weekdays") | words.words_before("calendar.months")
    days -= words.words("calendar.loose_months")
    text = re.sub(r"(?<!\w)i(?=$|[\s',])", "I", text)
    pattern = rf"(?<!\w){alternatives(days)}(?!\w)"
    return re.sub(pattern, lambda match: match[0].capitalize(), text)


def sentence(text: str, mark: str = "") -> str:
    """Return a text with a capital and a mark at its end: a full stop where it has none."""
    text = text.strip(" ,;")
    if mark:
        text = text.rstrip(".?!") + mark
    return capitalised(text) + ("" if text.endswith((".", "!", "?")) else ".")


def second_person(verb: str, words: Lexicon) -> str:
    """Return a verb's form behind "you": "needs" -> "need", "is" -> "are"."""
    known = _second_forms(words)
    if verb in known:
        return known[verb]
    if verb.endswith("ies"):
        return f"{verb[:-3]}y"
    if re.search(r"(?:ch|sh|ss|x|zz|o)es$", verb):
        return verb[:-2]
    return verb[:-1] if verb.endswith("s") and not verb.endswith("ss") else verb


@cache
def _second_forms(words: Lexicon) -> dict[str, str]:
    made = {one: you for you, one in words.pairs("reported.agreement").items()}
    return {**made, "doesn't": "don't", "was": "were", "wasn't": "weren't", "is": "are"}


@cache
def past_forms(words: Lexicon) -> frozenset[str]:
    """Irregular verbs in the past: "sent"."""
    return words.words_before("forms.irregular") - words.words("direct.no_verbs")


@cache
def is_finite(word: str, words: Lexicon) -> bool:
    """Whether a word is a verb in the form of its subject or its time: "needs", "sent"."""
    you = second_person(word, words)
    bases = words.words("reported.imperatives", "reported.verbs")
    return (
        word in auxiliaries(words)
        or word in past_forms(words)
        or word.endswith(("'ll", "'ve", "'re", "'m", "'d", "n't"))
        or (word.endswith("ed") and not sex_of(word))
        or (you != word and you in bases)
    )


def has_finite(found: Sequence[str], words: Lexicon) -> bool:
    """Whether one of the words is a verb with its subject's form; "the plans" is none."""
    begins = words.words("reported.articles", "roles.first_possessive", "roles.third_possessive")
    begins |= words.words("roles.second_possessive") | words.words_before("numbers.values")
    return any(
        is_finite(word, words) and (not place or found[place - 1] not in begins)
        for place, word in enumerate(found)
    )


def may_stand_between(word: str, words: Lexicon) -> bool:
    """Whether a word may stand between a subject and its verb: "she still has"."""
    return word in words.words("direct.between") or word.endswith("ly")


def ends_in_plural_s(word: str) -> bool:
    """Whether an English word may have the "s" of several: not "bus", "boss" and "Ann's"."""
    return word.endswith("s") and not word.endswith(("ss", "us", "is", "'s"))
