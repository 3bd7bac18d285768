"""All instructions that a change may lead to, with what tells which of them is meant."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from engine.checking.facts import find_facts
from engine.checking.lexicon import Lexicon
from engine.follow_ups.cues import (
    addition,
    content_stems,
    corrects,
    exchange,
    lacking,
    left_out,
    uncapitalised,
    without_interjections,
)
from engine.follow_ups.edits import edited, sort_of
from engine.follow_ups.parts import Part, parts

_MOST_PARTS = 4
"""Parts of an instruction that one change replaces or leaves out."""

_SHORT = 3  # words


@dataclass(frozen=True)
class Rewrite:
    """A changed instruction. features: name -> value, for the weights in weights.toml.

    A feature's name begins with what was done: "append", "replace" or "delete" parts, or "edit"
    where the change names exactly what it is about.
    """

    text: str
    features: dict[str, float]


def rewrites(instruction: str, change: str, lexicon: Lexicon) -> list[Rewrite]:
    """Return what an instruction may become by a change, at least the two put together."""
    goes_against = corrects(change, lexicon)
    change = without_interjections(change, lexicon)
    added, adds = addition(change, lexicon)
    leaves_out = bool(left_out(change, lexicon) or lacking(change, lexicon))
    words = lexicon.find_words(change)
    told = set(content_stems(words, lexicon))
    known = set(content_stems(lexicon.find_words(instruction), lexicon))
    of_change = {
        "bias": 1.0,
        "adds": float(adds),
        "leaves_out": float(leaves_out),
        "goes_against": float(goes_against),
        "exchanges": float(exchange(change, lexicon) is not None),
        "known": len(told & known) / max(1, len(told)),
        "short": float(len(words) <= _SHORT),
        "asks": float(change.rstrip().endswith("?")),
    }
    found = [Rewrite(_appended(instruction, added), _named("append", of_change))]
    if (exact := edited(instruction, change, lexicon)) is not None:
        found.append(Rewrite(exact, _named("edit", of_change)))
    all_parts = parts(instruction, lexicon)
    for first in range(len(all_parts)):
        for last in range(first, min(len(all_parts), first + _MOST_PARTS)):
            here = of_change | _of_parts(instruction, change, all_parts, first, last, lexicon)
            start, end = all_parts[first].start, all_parts[last].end
            if goes_against or not leaves_out:
                inside = added.rstrip(".!")
                if start and not instruction[:start].rstrip().endswith((".", "!", "?")):
                    inside = uncapitalised(inside, lexicon)
                text = instruction[:start] + inside + instruction[end:]
                found.append(Rewrite(text, _named("replace", here)))
            if (goes_against or leaves_out) and last - first + 1 < len(all_parts):
                text = _shortened(instruction, all_parts, first, last)
                found.append(Rewrite(text, _named("delete", here)))
    return found


def _named(done: str, features: dict[str, float]) -> dict[str, float]:
    return {f"{done}.{name}": value for name, value in features.items() if value}


def _appended(instruction: str, added: str) -> str:
    text = instruction.rstrip()
    if text.endswith((".", "!", "?")):
        return f"{text} {added[:1].upper() + added[1:] if text[:1].isupper() else added}"
    return f"{text}. {added}"


def _shortened(instruction: str, all_parts: list[Part], first: int, last: int) -> str:
    if last + 1 < len(all_parts):
        return instruction[: all_parts[first].start] + instruction[all_parts[last].then :]
    return instruction[: all_parts[first - 1].end] + instruction[all_parts[last].end :]


def _of_parts(
    instruction: str,
    change: str,
    all_parts: list[Part],
    first: int,
    last: int,
    lexicon: Lexicon,
) -> dict[str, float]:
    """Return what the parts from `first` to `last` have in common with a change."""
    part = instruction[all_parts[first].start : all_parts[last].end]
    words, change_words = lexicon.find_words(part), lexicon.find_words(change)
    stems, change_stems = (
        {lexicon.stem(word) for word in group} for group in (words, change_words)
    )
    told, change_told = (set(content_stems(group, lexicon)) for group in (words, change_words))
    shared = len(told & change_told)
    texts = [instruction[one.start : one.end] for one in all_parts]
    of_each = [
        len(change_told & set(content_stems(lexicon.find_words(text), lexicon))) for text in texts
    ]
    sorts = Counter(sort_of(fact) for fact in find_facts(part, lexicon.language) if fact.firm)
    changed = {sort_of(fact) for fact in find_facts(change, lexicon.language) if fact.firm}
    no = lexicon.words("answers.no")
    is_no = [any(word.lower() in no for word in group) for group in (words, change_words)]
    asks = instruction[all_parts[last].end :].startswith("?") or part.endswith("?")
    return {
        "shared_of_change": shared / max(1, len(change_told)),
        "shared_of_part": shared / max(1, len(told)),
        "all_shared_of_change": len(stems & change_stems) / max(1, len(change_stems)),
        "all_shared_of_part": len(stems & change_stems) / max(1, len(stems)),
        "lost_words": len(told - change_told) / 5,
        "lost_facts": float(sum(count for sort, count in sorts.items() if sort not in changed)),
        "exchanged_facts": float(sum(sorts[sort] for sort in changed)),
        "parts": float(last - first),
        "nearest": float(0 < max(of_each) <= sum(of_each[first : last + 1])),
        "strange": float(not shared),
        "same_opening": float(_opening(words) == _opening(change_words)),
        "negated": float(is_no[0] != is_no[1]),
        "first": float(first == 0),
        "last": float(last == len(all_parts) - 1),
        "whole": float(first == 0 and last == len(all_parts) - 1),
        "length": abs(len(words) - len(change_words)) / 10,
        "question": float(asks),
    }


def _opening(words: list[str]) -> list[str]:
    """Return the first words, such as "tell him"."""
    return [word.lower() for word in words[:2]]
