"""How far a draft says what the instruction says in direct speech."""

from __future__ import annotations

from itertools import pairwise

from engine.checking.lexicon import WORD, straight


def agreement(direct: str, draft: str) -> float:
    """Return the share of the pairs of neighbouring words of `direct` that a draft has, too.

    Pairs tell "you can't" from "I can't". 0 without any.
    """
    wanted = _pairs(direct)
    return len(wanted & _pairs(draft)) / len(wanted) if wanted else 0.0


def _pairs(text: str) -> set[tuple[str, str]]:
    return set(pairwise(word.lower() for word in WORD.findall(straight(text))))
