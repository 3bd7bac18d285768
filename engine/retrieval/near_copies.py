"""Recognise near copies: texts that are copies or later versions of each other.

Texts are compared by their shingles, here overlapping runs of five characters (Broder, On the
resemblance and containment of documents, SEQUENCES 1997). A changed name or date changes few of
them.
"""

from __future__ import annotations

import re

_SHINGLE = 5  # characters
_MIN_RESEMBLANCE = 0.7  # Share of common shingles among those of both texts.
_MIN_CONTAINMENT = 0.85  # Share of the shorter text's shingles that the longer one has, too.
_MIN_SHINGLES = 60  # For containment to count: "Thanks, Ann" is in many mails.


def shingles(text: str) -> frozenset[str]:
    """Return all runs of five characters of a text, without letter case and punctuation."""
    plain = " ".join(re.findall(r"\w+", text.casefold()))
    return frozenset([plain[i : i + _SHINGLE] for i in range(max(1, len(plain) - _SHINGLE + 1))])


def are_near_copies(first: frozenset[str], second: frozenset[str]) -> bool:
    """Return whether two texts, given by their shingles, are near copies."""
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) < _MIN_RESEMBLANCE * len(longer) and len(shorter) < _MIN_SHINGLES:
        return False
    common = len(shorter & longer)
    if common >= _MIN_RESEMBLANCE * (len(shorter) + len(longer) - common):
        return True
    return len(shorter) >= _MIN_SHINGLES and common >= _MIN_CONTAINMENT * len(shorter)
