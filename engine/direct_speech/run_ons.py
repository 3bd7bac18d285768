"""Sentences that were typed without a stop between them."""

from __future__ import annotations

import re
from itertools import pairwise

from engine.checking.first_names import sex_told_by
from engine.checking.lexicon import Lexicon
from engine.direct_speech.wording import auxiliaries, is_finite

_FEWEST_BEFORE, _FEWEST_BEHIND = 3, 2
"""Words before the second sentence's subject, and behind it."""

_FARTHEST_SAYING = 4
"""Words between "he says" and what he says."""


def with_stops(text: str, words: Lexicon) -> str:
    """Return a sentence with a full stop before each that follows without one.

    "I'm late I'm ill" has two; "the book I'm in", "I know I'm late" and "before I'm there" one.
    """
    tokens = list(words.match_words(text))
    lower = [token[0].lower() for token in tokens]
    made, start, first = "", 0, 0
    for place in range(1, len(tokens) - _FEWEST_BEHIND):
        at = tokens[place].start()
        is_apart = text[tokens[place - 1].end() : at] == " "
        comma = max(
            (n for n in range(first, place) if _ends_with_mark(text, tokens, n)), default=-1
        )
        is_long = place - max(first, comma + 1) >= _FEWEST_BEFORE
        is_whole = is_long and _has_verb(lower[first:place], words)
        if is_apart and is_whole and _begins(lower, place, words) and _may_end(lower, place, words):
            made += f"{text[start:at].rstrip()}. "
            start, first = at, place
    return made + text[start:]


def _has_verb(lower: list[str], words: Lexicon) -> bool:
    """Whether a text has a verb with its subject: "needs", "we pay"."""
    bases = words.words("reported.imperatives", "reported.verbs")
    doers = words.words("direct.plain_subjects")
    thanks = words.words("reported.thanks", "reported.apologies", "direct.whole")
    if lower[:1] and lower[0] in thanks - words.words("direct.answers") | {"thanks"}:
        return True
    return any(is_finite(word, words) for word in lower) or any(
        one in doers and other in bases for one, other in pairwise(lower)
    )


def _ends_with_mark(text: str, tokens: list[re.Match[str]], place: int) -> bool:
    return text[tokens[place].end() : tokens[place].end() + 1] in (",", ";", ":")


def _begins(lower: list[str], place: int, words: Lexicon) -> bool:
    """Whether a sentence may begin with a word: with its subject, before its verb."""
    subject, mark, _ = lower[place].partition("'")
    if subject not in words.words("reported.subjects", "direct.nobody_in_particular"):
        return False
    behind = next(word for word in lower[place + 1 :] if word not in words.words("direct.between"))
    if behind.partition("'")[0] in words.words("reported.subjects"):
        return False  # "If she gets it she'll".
    if subject == "that" and not _tells_who(lower, place, words):
        return False
    bases = words.words("reported.imperatives", "reported.verbs")
    return bool(mark) or is_finite(behind, words) or behind in bases


def _tells_who(lower: list[str], place: int, words: Lexicon) -> bool:
    """Whether "it" or "that" begins a sentence that says who or what it is: "that was Bo"."""
    subject, mark, _ = lower[place].partition("'")
    behind = lower[place + 1 :] if mark else lower[place + 2 :]
    is_said = mark or lower[place + 1 : place + 2] in (["is"], ["was"])
    begins = words.words("reported.articles", "roles.first_possessive", "roles.third_possessive")
    begins |= words.words_before("numbers.values")
    is_who = bool(behind) and (
        behind[0] in begins or behind[0][0].isdigit() or bool(sex_told_by(behind[0], words))
    )
    is_thanks = subject == "it" and lower[0] in words.words("direct.whole")
    return subject in ("it", "that") and bool(is_said) and (is_who or is_thanks)


def _is_whole(lower: list[str], place: int, words: Lexicon) -> bool:
    """Whether a clause lacks nothing that the noun before it may be: "I'll send it today"."""
    if _tells_who(lower, place, words):
        return True
    subject, mark, _ = lower[place].partition("'")
    little = auxiliaries(words) | words.words("direct.between")
    behind = [word for word in lower[place + 1 :] if word not in little]
    objects = words.words("direct.objects", "reported.first_objects") | {"it"}
    is_given = bool(behind) and behind[0] in words.words("direct.giving_verbs")
    has_object = len(behind) > 1 and behind[1] in objects and not is_given
    is_alone = bool(behind) and bool(mark) and behind[0] in words.words("direct.of_nobody_else")
    return subject in words.words("reported.subjects") and (has_object or is_alone)


def _may_end(lower: list[str], place: int, words: Lexicon) -> bool:
    """Whether a sentence may end before a word."""
    before = lower[place - 1]
    joins = words.words(
        "direct.clauses", "direct.before_clauses", "direct.between", "direct.little"
    )
    joins |= words.words("follow_ups.joiners", "instructions.interrogatives", "reported.articles")
    saying = words.words("direct.saying_verbs")
    if before in ("one", "ones") and _is_whole(lower, place, words):
        return True
    if before in joins or before in auxiliaries(words) or before in words.words("direct.answers"):
        return False
    subject, mark, _ = before.partition("'")
    if mark and subject in words.words("reported.subjects", "direct.nobody_in_particular"):
        return False  # "There's nothing left" has its verb in its subject.
    nearest = lower[max(0, place - _FARTHEST_SAYING) : place]
    owners = words.words("roles.first_possessive", "roles.third_possessive")
    owners |= words.words("roles.second_possessive")
    if not saying.isdisjoint(nearest) and owners.isdisjoint(nearest[-2:-1]):
        return False
    # "The parcel she sent" and "which plot she sent" are one; "on the 6th we need it" are two.
    noun_beginnings = words.words("reported.articles", "instructions.interrogatives")
    may_be_noun = not noun_beginnings.isdisjoint(lower[max(0, place - 3) : place - 1])
    may_be_noun = may_be_noun and not _is_whole(lower, place, words)
    return not may_be_noun or is_finite(before, words) or re.match(r"\d", before) is not None
