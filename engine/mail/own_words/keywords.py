"""A quick keyword search that decides whether a slow regular expression has to run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Keywords:
    """Keywords in lower case. ascii: those that can occur in an ASCII text."""

    all: tuple[str, ...]
    ascii: tuple[str, ...]


def keywords(words: Iterable[str]) -> Keywords:
    """Return the words without those that contain another one of them."""
    unique = tuple(dict.fromkeys(words))
    shortest = tuple(
        word for word in unique if not any(other in word for other in unique if other != word)
    )
    return Keywords(shortest, tuple(filter(str.isascii, shortest)))


def contains_any(lowered: str, searched: Keywords) -> bool:
    """Return whether a text in lower case contains one of the keywords."""
    for keyword in searched.ascii if lowered.isascii() else searched.all:
        # A plain loop, because every mail is searched and a generator takes twice the time.
        if keyword in lowered:
            return True
    return False
