"""Which words of a draft stand the same in a past mail that it was shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_MIN_WORDS = 4  # Shorter runs are anybody's English: "I am looking".


@dataclass(frozen=True)
class Span:
    """Letters text[start:end] of a draft, which stand in sources[source] too."""

    start: int
    end: int
    source: int


def borrowed_spans(text: str, sources: Sequence[str]) -> list[Span]:
    """The runs of at least four words that `text` shares with a source, in order, none overlapping.

    Letter case and what stands between words do not count. Each run is as long as it can be; of
    two sources that hold it, the first is named. Time grows linearly but for repetitive sources.
    """
    words = list(_WORD.finditer(text))
    said = [word[0].casefold() for word in words]
    written = [[word.casefold() for word in _WORD.findall(source)] for source in sources]
    places: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for number, source in enumerate(written):
        for at in range(len(source) - _MIN_WORDS + 1):
            places.setdefault(tuple(source[at : at + _MIN_WORDS]), []).append((number, at))
    spans: list[Span] = []
    here = 0
    while here < len(said):
        length, number = 0, 0
        for candidate, at in places.get(tuple(said[here : here + _MIN_WORDS]), ()):
            shared = _shared(said, here, written[candidate], at)
            if shared > length:
                length, number = shared, candidate
        if length:
            spans.append(Span(words[here].start(), words[here + length - 1].end(), number))
        here += max(length, 1)
    return spans


def _shared(said: Sequence[str], here: int, source: Sequence[str], at: int) -> int:
    """How many words are the same from two places on."""
    length = 0
    while (
        here + length < len(said)
        and at + length < len(source)
        and said[here + length] == source[at + length]
    ):
        length += 1
    return length
