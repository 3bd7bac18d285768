"""Whether one mail is a copy or a later version of another.

Texts are compared by their shingles, here overlapping runs of five letters (Broder, On the
resemblance and containment of documents, SEQUENCES 1997): a changed name or date leaves most of
them as they are.
"""

from __future__ import annotations

import re

_SHINGLE = 5
_RESEMBLANCE = 0.7  # Share of common shingles among those of both texts.
_CONTAINMENT = 0.85  # The same among the shorter text's, when the longer adds to it ...
_ENOUGH = 60  # ... and the shorter has so many; "Thanks, Ann" is in many mails.


def shingles(text: str) -> frozenset[str]:
    """All runs of five letters of a text, case, marks and white space aside."""
    plain = " ".join(re.findall(r"\w+", text.casefold()))
    return frozenset([plain[i : i + _SHINGLE] for i in range(max(1, len(plain) - _SHINGLE + 1))])


def are_near_copies(first: frozenset[str], second: frozenset[str]) -> bool:
    """Whether the texts of two sets of shingles are the same, or versions of each other."""
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) < _RESEMBLANCE * len(longer) and len(shorter) < _ENOUGH:
        return False
    common = len(shorter & longer)
    if common >= _RESEMBLANCE * (len(shorter) + len(longer) - common):
        return True
    return len(shorter) >= _ENOUGH and common >= _CONTAINMENT * len(shorter)
