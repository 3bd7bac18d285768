"""All instructions that a change may lead to, with what tells which of them is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.checking.lexicon import Lexicon, capitalised
from engine.fitted_weights import weighed
from engine.follow_ups.cues import (
    addition,
    corrects,
    exchange,
    joined,
    uncapitalised,
    without_interjections,
)
from engine.follow_ups.edits import edited
from engine.follow_ups.features import in_common, place_of, said_by
from engine.follow_ups.hanging import without_hanging_verb
from engine.follow_ups.omissions import omitted
from engine.follow_ups.parts import Part, parts

_MOST_PARTS = 4
"""Parts of an instruction that one change replaces or leaves out."""

_SURE = frozenset(
    (
        "beside",
        "denied",
        "lifted",
        "new_kind",
        "new_order",
        "new_phrase",
        "no_request",
        "new_predicate",
        "new_spelling",
        "other_doer",
        "same_link",
        "swapped",
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

    @property
    def is_exact(self) -> bool:
        """Whether the change names exactly what it is about, or that it adds something."""
        is_edit = any(name.startswith("edit.") for name in self.features)
        return is_edit or bool(self.features.get("append.adds"))


def best(found: Sequence[Rewrite], weights: Mapping[str, float]) -> Rewrite:
    """Return the rewrite that is meant: a sure one, or the likeliest."""
    return max(found, key=lambda one: (one.is_sure, score(one, weights)))


def score(rewrite: Rewrite, weights: Mapping[str, float]) -> float:
    """Return how likely a rewrite is meant; higher is better."""
    return weighed(rewrite.features, weights)


def rewrites(instruction: str, change: str, lexicon: Lexicon) -> list[Rewrite]:
    """Return what an instruction may become by a change, at least the two put together."""
    goes_against = corrects(change, lexicon)
    change = without_interjections(change, lexicon)
    added, adds = addition(change, lexicon)
    left, rest = omitted(instruction, change, lexicon)
    leaves_out = bool(left)
    said = said_by(left or change, lexicon)
    known = said_by(instruction, lexicon).told
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
    shared = [len(said.told & said_by(text, lexicon).told) for text in texts]
    for first in range(len(all_parts)):
        for last in range(first, min(len(all_parts), first + _MOST_PARTS)):
            start, end = all_parts[first].start, all_parts[last].end
            here = said_by(instruction[start : end + 1], lexicon)
            is_nearest = 0 < max(shared) <= sum(shared[first : last + 1])
            features = of_change | in_common(here, said) | place_of(first, last, len(all_parts))
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
