"""Whether "they" are the reader, a firm or a group, or several things or people named before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon
from engine.direct_speech.wording import auxiliaries, ends_in_plural_s, is_finite

READER, THINGS = "reader", "things"

_NEAR = 4
"""Words in which somebody does something to something: "they can still cut them"."""


def is_body(brief: Brief) -> bool:
    """Whether a mail's recipient is a firm, an office or a group: "City Museum"."""
    names = [word.lower().removesuffix("'s") for word in brief.words.find_words(brief.recipient)]
    known = brief.words.words("direct.bodies", "direct.groups")
    return bool(names) and (
        names[-1] in known or (names[0] in known and "@" not in brief.recipient)
    )


def is_named_in(match: re.Match[str], following: str, words: Lexicon) -> bool:
    """Whether a firm or a group is named by a match: "the school", but not "the school fund"."""
    name = match[0].lower().removesuffix("'s").split()
    if len(name) - bool(match["the"]) > 1:
        return True
    known = words.words("direct.bodies", "direct.groups")
    is_noun = following in words.words("function_words.list", "direct.clauses") or not following
    is_noun = is_noun or is_finite(following, words) or bool(match["own"])
    return match[0][:1].isupper() or (match["the"] is not None and name[-1] in known and is_noun)


def they_are(lower: Sequence[str], place: int, words: Lexicon) -> str | None:
    """Return whom "they" or "them" at a place means: READER or THINGS; None if it can't be told.

    lower: the words of a text in small letters, where the reader is called they.
    """
    named = [word for one, word in enumerate(lower[:place]) if _is_plural(lower, one, words)]
    if lower[place] == "them" and not named and any(word.isdigit() for word in lower[:place]):
        return None  # "If there are 200 I want them".
    if not named or lower[place] in ("their", "theirs", "themselves"):
        return None if any(is_people(word, words) for word in named) else READER
    has_people = any(is_people(word, words) for word in named)
    if lower[place] == "them" and "they" in lower[max(0, place - _NEAR) : place]:
        return None if has_people else THINGS  # "Whether they can cut them".
    if lower[place] == "them":
        meant = _whom(lower, place, words)
        return None if meant == READER and has_people else meant
    if "them" in lower[place + 1 : place + 1 + _NEAR]:
        return None if has_people else READER
    is_done_to_writer = not {"me", "us"}.isdisjoint(lower[place + 2 : place + 4])
    does = is_done_to_writer or _verb_behind(lower, place, words) in words.words(
        "direct.of_persons"
    )
    return READER if does and not has_people else None


def _whom(lower: Sequence[str], place: int, words: Lexicon) -> str | None:
    """Return who "them" is: "sent them the photos", "told them", but "sent them back"."""
    before, behind = lower[place - 1] if place else "", [*lower[place + 1 :], ""][0]
    begins = words.words("reported.articles", "roles.first_possessive", "direct.conditions")
    if behind in begins | {"that", "some", "any"} or behind[:1].isdigit():
        return READER
    is_with_person = before in words.words("direct.done_to_persons")
    is_with_thing = before in words.words("direct.done_to_things")
    return READER if is_with_person else THINGS if is_with_thing else None


def _verb_behind(lower: Sequence[str], place: int, words: Lexicon) -> str:
    """Return what they do: "they should send", "they have to pay"."""
    little = auxiliaries(words) | words.words("direct.between") | {"to", "need", "do", "not"}
    return next((word for word in lower[place + 1 :] if word not in little), "")


def _is_plural(lower: Sequence[str], place: int, words: Lexicon) -> bool:
    """Whether a word names several that they may be."""
    word = lower[place]
    if word in words.words("direct.several") - words.words_before("numbers.values"):
        return True
    begins = words.words("reported.articles", "roles.first_possessive", "roles.third_possessive")
    begins |= words.words_before("numbers.values")
    before = lower[place - 1] if place else ""
    is_noun = before in begins or before[:1].isdigit() or not is_finite(word, words)
    return is_noun and not _is_no_plural(word, words)


@cache
def _is_no_plural(word: str, words: Lexicon) -> bool:
    days = words.words_before("calendar.weekdays") | words.words_before("calendar.relative")
    known = words.words("function_words.list", "direct.units")
    return (
        len(word) < 4
        or not ends_in_plural_s(word)
        or word.removesuffix("s") in days
        or word in known
    )


def is_people(word: str, words: Lexicon) -> bool:
    """Whether a word is people: "tenants"."""
    people = words.words("roles.people", "direct.people", "direct.male", "direct.female")
    several = words.words("direct.several") - words.words_before("numbers.values")
    return word in several or word.removesuffix("s") in people - words.words("direct.things")


def is_unknown(word: str, words: Lexicon) -> bool:
    """Whether a word is a person whom "they" may mean, as their sex is not known: "somebody"."""
    return word in words.words("direct.of_unknown_sex")
