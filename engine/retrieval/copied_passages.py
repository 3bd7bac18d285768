"""Find the passages of a draft that are copied word for word from its sources."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_MIN_WORDS = 4  # Shorter passages, such as "I am looking", are common phrases.


@dataclass(frozen=True)
class Span:
    """A passage text[start:end] of a draft that is also in sources[source]."""

    start: int
    end: int
    source: int


def copied_passages(text: str, sources: Sequence[str]) -> list[Span]:
    """Return the passages of at least four words that `text` shares with a source, in order.

    They do not overlap, and each is as long as possible; if several sources have it, the first
    counts. Letter case and punctuation are ignored. Takes linear time unless sources repeat
    themselves.
    """
    words = list(_WORD.finditer(text))
    draft = [word[0].casefold() for word in words]
    source_words = [[word.casefold() for word in _WORD.findall(source)] for source in sources]
    positions: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for number, source in enumerate(source_words):
        for at in range(len(source) - _MIN_WORDS + 1):
            positions.setdefault(tuple(source[at : at + _MIN_WORDS]), []).append((number, at))
    spans: list[Span] = []
    start = 0
    while start < len(draft):
        length, source_number = 0, 0
        for number, at in positions.get(tuple(draft[start : start + _MIN_WORDS]), ()):
            common = _common_length(draft, start, source_words[number], at)
            if common > length:
                length, source_number = common, number
        if length:
            end = words[start + length - 1].end()
            spans.append(Span(words[start].start(), end, source_number))
        start += max(length, 1)
    return spans


def _common_length(draft: Sequence[str], start: int, source: Sequence[str], at: int) -> int:
    """Return how many words are the same from draft[start] and source[at] on."""
    length = 0
    while (
        start + length < len(draft)
        and at + length < len(source)
        and draft[start + length] == source[at + length]
    ):
        length += 1
    return length
