"""A clause to the reader in the way of its language, and the words around it."""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon
from engine.direct_speech.romance import dropped, spoken
from engine.direct_speech.romance.elision import elided
from engine.direct_speech.romance.reader import Reader
from engine.direct_speech.romance.told import Told
from engine.direct_speech.wording import sentence


def to_reader(
    text: str,
    reader: Reader,
    brief: Brief,
    *,
    may_ask: bool = False,
    is_told: bool = True,
    is_clause: bool = True,
) -> Told | None:
    """Return a clause to the reader; None where it is unclear who is meant.

    may_ask, is_told, is_clause: as in `dropped.to_reader`.
    """
    if brief.words.words("direct.infinitives"):
        return dropped.to_reader(
            text, reader, brief, may_ask=may_ask, is_told=is_told, is_clause=is_clause
        )
    return spoken.to_reader(text, reader, brief, is_clause=is_clause)


def says(key: str, reader: Reader, words: Lexicon) -> str:
    """Return how an order is said to the reader, '' if there is no such order."""
    formal = words.pairs("direct.says_formal") if reader.is_formal else {}
    return formal.get(key, words.pairs("direct.says").get(key, ""))


def written(text: str, words: Lexicon) -> str:
    """Return a text as a sentence, with the apostrophes of its language."""
    text = text if words.words("direct.infinitives") else elided(text)
    return sentence(re.sub(r"\s+(?=[.,])", "", text))
