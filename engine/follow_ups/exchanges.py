"""What takes whose place, where a follow-up names more than that: "a table for 9, not 8"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.checking.facts import find_facts
from engine.checking.lexicon import Lexicon
from engine.follow_ups.cues import content_stems, exchange
from engine.follow_ups.fact_sorts import sort_of


def narrowed(instruction: str, new: str, old: str, lexicon: Lexicon) -> str:
    """Return the part of what is new that takes the place of what is old.

    Of "a table for nine people, not eight" that is "nine", and of "green bin, not blue" it is
    "green", where an instruction has "blue bin".
    """
    words, held = list(lexicon.match_words(new)), list(lexicon.match_words(instruction))
    stems = [lexicon.stem(word[0]) for word in held]
    gone = [lexicon.stem(word) for word in lexicon.find_words(old)]
    told = content_stems([word[0] for word in words], lexicon)
    if not gone or len(words) < len(gone) + 1:
        return new
    is_known = not set(told).isdisjoint(stems)
    rows = range(len(stems) - len(gone) + 1)
    at = next((n for n in rows if stems[n : n + len(gone)] == gone), None)
    behind = [] if at is None else held[at + len(gone) :]
    for first in range(1, len(words) if is_known else 0):
        tail = [word[0].lower() for word in words[first:]]
        is_there = tail == [word[0].lower() for word in behind[: len(tail)]]
        if is_there and content_stems([words[first - 1][0]], lexicon):
            return new[: words[first - 1].end()]
    wanted = find_facts(old, lexicon.language)
    if len(wanted) != 1 or wanted[0].text.strip() != old.strip():
        return new
    alike = [one for one in find_facts(new, lexicon.language) if sort_of(one) == sort_of(wanted[0])]
    if len(alike) != 1 or _is_in_another_form(new[alike[0].end :], behind, lexicon):
        return new
    little = lexicon.words("function_words.list")
    is_led = at is not None and at > 0 and held[at - 1][0].lower() in little
    leads = all(word.lower() in little for word in lexicon.find_words(new[: alike[0].start]))
    is_last = not new[alike[0].end :].strip()
    return alike[0].text if is_known or (is_led and leads and is_last) else new


def _is_in_another_form(text: str, behind: Sequence[re.Match[str]], lexicon: Lexicon) -> bool:
    """Whether the first words of both are one in two forms: "boat" of "1 boat", "boats" of "2"."""
    one, other = lexicon.first_word(text), behind[0][0] if behind else ""
    return one.lower() != other.lower() and lexicon.stem(one) == lexicon.stem(other)


def with_capital_of(old: str, new: str, change: str) -> str:
    """Return what is new without the capital that it has only as the beginning of a follow-up."""
    begins = change.startswith(new[:1]) and new[:1].isupper() and new[1:2].islower()
    return new[0].lower() + new[1:] if begins and old[:1].islower() else new


def without_double_sign(before: str, new: str) -> str:
    """Return what is new without a sign that stands before it already: "£" of "£430"."""
    sign = new[:1]
    is_double = bool(sign.strip()) and not sign.isalnum() and before.endswith(sign)
    return new[1:] if is_double else new


def with_swapped(instruction: str, change: str, lexicon: Lexicon) -> str | None:
    """Return an instruction with two words in each other's place: "30, not 40" of "40, not 30".

    None unless a change says of both which of them is meant, and the instruction denies that one.
    """
    named = exchange(change, lexicon)
    sides = [list(lexicon.match_words(side)) for side in named or ()]
    if len(sides) != 2 or any(len(side) != 1 for side in sides):
        return None
    held = list(lexicon.match_words(instruction))
    stems = [lexicon.stem(word[0]) for word in held]
    new, old = (lexicon.stem(side[0][0]) for side in sides)
    if new == old or stems.count(new) != 1 or stems.count(old) != 1:
        return None
    at, denied = stems.index(old), stems.index(new)
    nots = lexicon.words("instructions.negations")
    if not any(word[0].lower() in nots for word in held[at + 1 : denied]):
        return None
    first, second = held[at], held[denied]
    between = instruction[first.end() : second.start()]
    return (
        f"{instruction[: first.start()]}{second[0]}{between}{first[0]}{instruction[second.end() :]}"
    )
