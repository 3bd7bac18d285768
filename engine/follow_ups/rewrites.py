"""All instructions that a change may lead to, with what tells which of them is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.checking.facts import find_facts
from engine.checking.lexicon import Lexicon, capitalised
from engine.follow_ups.cues import (
    addition,
    content_stems,
    corrects,
    doer_of,
    exchange,
    joined,
    uncapitalised,
    without_interjections,
)
from engine.follow_ups.edits import edited
from engine.follow_ups.hanging import without_hanging_verb
from engine.follow_ups.new_facts import sort_of
from engine.follow_ups.omissions import omitted
from engine.follow_ups.parts import Part, parts

_MOST_PARTS = 4
"""Parts of an instruction that one change replaces or leaves out."""

_SURE = frozenset(
    (
        "lifted",
        "new_kind",
        "new_order",
        "new_phrase",
        "no_request",
        "new_predicate",
        "new_spelling",
        "other_doer",
        "same_link",
    )
)
"""Edits that leave nothing to weigh, and that are too rare in the corpus to be learnt."""

_SHORT = 3  # words


@dataclass(frozen=True)
class Rewrite:
    """A changed instruction. features: name -> value, for the weights in weights.toml.

    A feature's name begins with what was done: "append", "replace" or "delete" parts, or "edit"
    where the change names exactly what it is about; which edit it is, is a feature, too. is_sure:
    whether it is one of the edits that are always meant.
    """

    text: str
    features: dict[str, float]
    is_sure: bool = False


def best(found: Sequence[Rewrite], weights: Mapping[str, float]) -> Rewrite:
    """Return the rewrite that is meant: a sure one, or the likeliest."""
    return max(found, key=lambda one: (one.is_sure, score(one, weights)))


def score(rewrite: Rewrite, weights: Mapping[str, float]) -> float:
    """Return how likely a rewrite is meant; higher is better."""
    return sum(weights.get(name, 0.0) * value for name, value in rewrite.features.items())


def rewrites(instruction: str, change: str, lexicon: Lexicon) -> list[Rewrite]:
    """Return what an instruction may become by a change, at least the two put together."""
    goes_against = corrects(change, lexicon)
    change = without_interjections(change, lexicon)
    added, adds = addition(change, lexicon)
    left, rest = omitted(instruction, change, lexicon)
    leaves_out = bool(left)
    said = _said(left or change, lexicon)
    known = _said(instruction, lexicon).told
    of_change = {
        "bias": 1.0,
        "adds": float(adds),
        "leaves_out": float(leaves_out),
        "goes_against": float(goes_against),
        "exchanges": float(exchange(change, lexicon) is not None),
        "known": len(said.told & known) / max(1, len(said.told)),
        "short": float(len(said.words) <= _SHORT),
        "asks": float(said.asks),
    }
    found = [Rewrite(_appended(instruction, added), _named("append", of_change))]
    if (exact := edited(instruction, change, lexicon)) is not None:
        kind, text = exact
        is_sure = kind in _SURE
        found.append(Rewrite(text, _named("edit", of_change | {kind: 1.0}), is_sure))
    all_parts = parts(instruction, lexicon)
    texts = [instruction[part.start : part.end] for part in all_parts]
    shared = [len(said.told & _said(text, lexicon).told) for text in texts]
    for first in range(len(all_parts)):
        for last in range(first, min(len(all_parts), first + _MOST_PARTS)):
            start, end = all_parts[first].start, all_parts[last].end
            here = _said(instruction[start : end + 1], lexicon)
            is_nearest = 0 < max(shared) <= sum(shared[first : last + 1])
            features = of_change | _in_common(here, said) | _place(first, last, len(all_parts))
            features["nearest"] = float(is_nearest)
            if goes_against or not leaves_out:
                inside = added.rstrip(".!")
                if start and not instruction[:start].rstrip().endswith((".", "!", "?")):
                    inside = uncapitalised(inside, lexicon)
                text = instruction[:start] + inside + instruction[end:]
                found.append(Rewrite(text, _named("replace", features)))
            if leaves_out and last - first + 1 < len(all_parts):
                text = _shortened(instruction, all_parts, first, last, lexicon)
                found.append(Rewrite(joined(text, rest), _named("delete", features)))
    return found


@dataclass(frozen=True)
class _Said:
    """What a text says. stems: of all words; told: without function words; sorts: of its facts.

    doer: who does something, '' for nobody.
    """

    words: tuple[str, ...]
    stems: frozenset[str]
    told: frozenset[str]
    sorts: tuple[str, ...]
    denies: bool
    asks: bool
    doer: str


def _said(text: str, lexicon: Lexicon) -> _Said:
    words = lexicon.find_words(text)
    denials = lexicon.words("answers.no")
    return _Said(
        words=tuple(words),
        stems=frozenset(map(lexicon.stem, words)),
        told=frozenset(content_stems(words, lexicon)),
        sorts=tuple(sort_of(fact) for fact in find_facts(text, lexicon.language) if fact.firm),
        denies=any(word.lower() in denials for word in words),
        asks=text.rstrip().endswith("?"),
        doer=doer_of(text, lexicon),
    )


def _in_common(part: _Said, change: _Said) -> dict[str, float]:
    """Return what a part of an instruction and a change have in common."""
    told, stems = len(part.told & change.told), len(part.stems & change.stems)
    lost = [sort for sort in part.sorts if sort not in change.sorts]
    return {
        "shared_of_change": told / max(1, len(change.told)),
        "shared_of_part": told / max(1, len(part.told)),
        "all_shared_of_change": stems / max(1, len(change.stems)),
        "all_shared_of_part": stems / max(1, len(part.stems)),
        "lost_words": len(part.told - change.told) / 5,
        "lost_facts": float(len(lost)),
        "exchanged_facts": float(len(part.sorts) - len(lost)),
        "strange": float(not told),
        "same_opening": float(_opening(part) == _opening(change)),
        "negated": float(part.denies != change.denies),
        "length": abs(len(part.words) - len(change.words)) / 10,
        "question": float(part.asks),
        "same_doer": float("" != part.doer == change.doer),
        "rival": float(bool(told) and bool(part.doer) and change.doer not in ("", part.doer)),
    }


def _opening(said: _Said) -> list[str]:
    """Return the first words, such as "tell him"."""
    return [word.lower() for word in said.words[:2]]


def _place(first: int, last: int, count: int) -> dict[str, float]:
    """Return where the parts from `first` to `last` stand, of `count`."""
    return {
        "parts": float(last - first),
        "first": float(first == 0),
        "last": float(last == count - 1),
        "whole": float(first == 0 and last == count - 1),
    }


def _named(done: str, features: dict[str, float]) -> dict[str, float]:
    return {f"{done}.{name}": value for name, value in features.items() if value}


def _appended(instruction: str, added: str) -> str:
    text = instruction.rstrip()
    if text.endswith((".", "!", "?")):
        return f"{text} {capitalised(added) if text[:1].isupper() else added}"
    return f"{text}. {added}"


def _shortened(
    instruction: str, all_parts: list[Part], first: int, last: int, lexicon: Lexicon
) -> str:
    """Return an instruction without the parts from `first` to `last`."""
    if last + 1 < len(all_parts):
        behind = instruction[all_parts[last].then :]
        return without_hanging_verb(instruction[: all_parts[first].start], lexicon) + behind
    before = without_hanging_verb(instruction[: all_parts[first - 1].end], lexicon)
    return before + instruction[all_parts[last].end :]
