"""A cheap look for the words that a long expression needs, so that most texts are spared it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Hints:
    """Pieces of words in lower case; in_ascii: those of them that a text in ASCII can hold."""

    all: tuple[str, ...]
    in_ascii: tuple[str, ...]


def hints(words: Iterable[str]) -> Hints:
    """The words, but for those that hold another one of them."""
    known = tuple(dict.fromkeys(words))
    least = tuple(
        word for word in known if not any(other in word for other in known if other != word)
    )
    return Hints(least, tuple(filter(str.isascii, least)))


def holds_any(lowered: str, looked_for: Hints) -> bool:
    """Whether one of the hints is in a text in lower case."""
    for hint in looked_for.in_ascii if lowered.isascii() else looked_for.all:
        # Asked of every mail; a generator takes twice the time.
        if hint in lowered:
            return True
    return False
