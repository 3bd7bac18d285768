"""The models and the ways of drafting that an evaluation compares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.generators.loading import LoadedGenerator


@dataclass(frozen=True)
class Contender:
    """A model to evaluate.

    label: names it in the tables. model: its name, or that of the base. identity: what its weights
    are, as JSON can hold it; finished work is only used again for the same. open: loads it to write
    drafts. load: loads (model, tokenizer) for losses. trained_weights: how many weights were
    trained on the user's mails; 0 for a base. canary: the seed of the number that was planted among
    its training mails; None if none was.
    """

    label: str
    model: str
    method: str
    identity: Any
    open: Callable[[], LoadedGenerator]
    load: Callable[[], tuple[Any, Any]]
    trained_weights: int = 0
    canary: int | None = None


@dataclass(frozen=True)
class Way:
    """A way of drafting: with past mails or without, and how many drafts to choose from."""

    retrieval: bool
    best_of: int = 1


def row_label(contender: Contender, way: Way, usual: Way) -> str:
    """Name a row by its model and by how its way differs from the usual one."""
    parts = [contender.label]
    if way.retrieval != usual.retrieval:
        parts.append("past mails" if way.retrieval else "no past mails")
    if way.best_of != usual.best_of:
        parts.append(f"best of {way.best_of}")
    return ", ".join(parts)


def all_ways(past_mails: Sequence[bool], candidates: int) -> Sequence[Way]:
    """The ways that --compare compares, the usual one first.

    past_mails: with them, without, or both, the usual first. candidates: drafts to choose from; 1
    for no choice.
    """
    return [
        Way(with_past_mails, best_of)
        for with_past_mails in past_mails
        for best_of in sorted({1, candidates})
    ]
