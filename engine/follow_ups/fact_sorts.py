"""Which facts can take each other's place: a date that of a day, "at seven" that of "half six"."""

from __future__ import annotations

from engine.checking.fact import Fact
from engine.checking.facts import find_facts
from engine.checking.lexicon import Lexicon

_SORTS = {
    "weekday": "day",
    "date": "day",
    "time": "time",
    "amount": "amount",
    "number": "number",
    "name": "name",
}
"""Facts of one sort can take each other's place."""


def sort_of(fact: Fact) -> str:
    """Return the sort of a fact."""
    return _SORTS.get(fact.kind, fact.kind)


def is_exchangeable(fact: Fact) -> bool:
    """Whether a fact can take the place of another one; "one" is too vague."""
    return fact.kind in _SORTS and (fact.firm or sort_of(fact) == "day")


def can_be(old: Fact, new: Fact) -> bool:
    """Whether a fact may take another one's place; "8" may be an hour or an amount."""
    return sort_of(old) == sort_of(new) or (
        new.kind == "number" and sort_of(old) in ("time", "amount")
    )


def is_hour(instruction: str, old: Fact, new: Fact, lexicon: Lexicon) -> bool:
    """Whether a number is the hour whose place a time may take: "at seven" for "half six"."""
    before = lexicon.find_words(instruction[: old.start].lower())[-1:]
    is_led = bool(before) and before[0] in lexicon.words("follow_ups.before_hours")
    return new.kind == "time" and old.kind == "number" and is_led


def has_time(text: str, lexicon: Lexicon) -> bool:
    """Whether a text holds a day, a time or a number, which are exchanged by themselves."""
    return any(fact.kind != "name" for fact in find_facts(text, lexicon.language))
