"""Which of several standalone instructions that a model wrote is meant: what they lose and keep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING

from engine.checking.facts import Fact, find_facts
from engine.checking.lexicon import Lexicon
from engine.fitted_weights import read_weights, weighed
from engine.follow_ups.cues import without_interjections

if TYPE_CHECKING:
    from engine.mail_base.line_model import Proposal

WEIGHTS = Path(__file__).with_name("choosing.toml")
"""Of the features, fitted by `python -m training.rewriter_weights`."""


def best(
    proposals: Sequence[Proposal], instruction: str, follow_up: str, lexicon: Lexicon
) -> Proposal:
    """Return the proposal that is likeliest meant."""
    weights = read_weights(WEIGHTS)
    found = features(proposals, instruction, follow_up, lexicon)
    scores = [weighed(one, weights) for one in found]
    return proposals[scores.index(max(scores))]


def features(
    proposals: Sequence[Proposal], instruction: str, follow_up: str, lexicon: Lexicon
) -> list[dict[str, float]]:
    """Return what tells of each proposal how likely it is meant: name -> value."""
    return [
        {
            **_of_text(one, instruction, follow_up, lexicon),
            "consensus": _consensus(one, proposals),
        }
        for one in proposals
    ]


def _consensus(one: Proposal, proposals: Sequence[Proposal]) -> float:
    """Return how alike a proposal is to the others, which may be the same, from 0 to 1."""
    words = one.text.lower().split()
    others = (other.text.lower().split() for other in proposals if other is not one)
    alike = [SequenceMatcher(None, words, other, autojunk=False).ratio() for other in others]
    return sum(alike) / len(alike) if alike else 1.0


def _of_text(one: Proposal, instruction: str, follow_up: str, lexicon: Lexicon) -> dict[str, float]:
    change = without_interjections(follow_up, lexicon)
    held, told, made = (_stems(text, lexicon) for text in (instruction, change, one.text))
    new = told - held
    facts = [find_facts(text, lexicon.language) for text in (instruction, change, one.text)]
    before, asked, after = ({fact.text.lower(): fact for fact in found} for found in facts)
    kinds = {fact.kind for fact in asked.values()}
    lost = [fact for text, fact in before.items() if text not in after]
    fresh = [text for text in asked if text not in before]
    counts = [len(lexicon.find_words(text)) for text in (instruction, follow_up, one.text)]
    tail = change.strip().rstrip(".!").lower()
    return {
        "likelihood": one.log_likelihood,
        "whole_likelihood": one.log_likelihood * counts[2] / 10,
        "told": len(told & made) / max(1, len(told)),
        "new": len(new & made) / max(1, len(new)),
        "kept": len(held & made) / max(1, len(held)),
        "made_up": float(len(made - held - told)),
        "lost_facts": float(sum(fact.kind not in kinds for fact in lost)),
        "missing_facts": float(sum(text not in after for text in fresh)),
        "old_facts": float(_stay(before, after, asked)),
        "put_behind": float(one.text.strip().rstrip(".!").lower().endswith(tail) and counts[1] > 2),
        "shorter": max(0.0, 1 - counts[2] / max(1, counts[0])),
        "longer": max(0.0, math.log(counts[2] / max(1, counts[0]) + 1e-6)),
        "same": float(one.text.strip().lower() == instruction.strip().lower()),
        "question": float(("?" in one.text) != ("?" in instruction)),
    }


def _stay(before: Mapping[str, Fact], after: Mapping[str, Fact], asked: Mapping[str, Fact]) -> int:
    """Return how many facts stay beside the new one of their kind, of which there was one."""
    kinds = [fact.kind for text, fact in asked.items() if text not in before]
    only = [
        text
        for text, fact in before.items()
        if fact.kind in kinds and sum(one.kind == fact.kind for one in before.values()) == 1
    ]
    return sum(text in after for text in only)


def _stems(text: str, lexicon: Lexicon) -> set[str]:
    little = lexicon.words("function_words.list")
    found = (word.lower().removesuffix("'s") for word in lexicon.find_words(text))
    return {lexicon.stem(word) for word in found if word not in little}
