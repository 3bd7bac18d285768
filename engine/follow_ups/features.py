"""What tells which rewrite is meant: what a change and a part of an instruction have in common.

"Make it Friday" shares its sort of fact with "I come on Monday", and no word with "bring the key".
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.checking.facts import find_facts
from engine.checking.lexicon import Lexicon
from engine.follow_ups.cues import content_stems
from engine.follow_ups.fact_sorts import sort_of
from engine.follow_ups.people import doer_of


@dataclass(frozen=True)
class Said:
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


def said_by(text: str, lexicon: Lexicon) -> Said:
    """Return what a text says."""
    words = lexicon.find_words(text)
    denials = lexicon.words("answers.no")
    return Said(
        words=tuple(words),
        stems=frozenset(map(lexicon.stem, words)),
        told=frozenset(content_stems(words, lexicon)),
        sorts=tuple(sort_of(fact) for fact in find_facts(text, lexicon.language) if fact.firm),
        denies=any(word.lower() in denials for word in words),
        asks=text.rstrip().endswith("?"),
        doer=doer_of(text, lexicon),
    )


def in_common(part: Said, change: Said) -> dict[str, float]:
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


def _opening(said: Said) -> list[str]:
    """Return the first words, such as "tell him"."""
    return [word.lower() for word in said.words[:2]]


def place_of(first: int, last: int, count: int) -> dict[str, float]:
    """Return where the parts from `first` to `last` stand, of `count`."""
    return {
        "parts": float(last - first),
        "first": float(first == 0),
        "last": float(last == count - 1),
        "whole": float(first == 0 and last == count - 1),
    }
