"""A mail's body while a model writes it: no blank ends, and no going round in circles."""

from __future__ import annotations

import re
from collections.abc import Callable

_SHORT = 12  # Characters; greetings and the lines of a list may well come again.
_LONGEST_PHRASE = 40  # Words; longer ones that repeat come with line ends.
_WORD = re.compile(r"\S+")


class GrowingBody:
    """Collects the pieces of a body and shows each as soon as it is sure to stay.

    White space at the end waits until text follows it: it may be the end of the mail.
    """

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._raw = ""
        self._shown = 0
        self.loops = False

    def add(self, piece: str) -> None:
        """Take the next piece; `loops` tells afterwards whether the model goes round."""
        self._raw = (self._raw + piece).lstrip()
        body = self._raw.rstrip()
        if len(body) > self._shown:
            self._on_text(body[self._shown :])
            self._shown = len(body)
        if any(letter.isspace() for letter in piece):
            self.loops = loop_start(self._raw) is not None

    @property
    def text(self) -> str:
        """The body; a loop is cut off where it begins to repeat."""
        # The last line may have no line end; it counts as finished now.
        start = loop_start(self._raw + "\n")
        return self._raw[:start].strip()


def loop_start(text: str) -> int | None:
    """Where a text begins to go round in circles; None where it does not.

    Small models fall into repeating themselves. A line that comes for the third time is a loop,
    wherever it stands; a short one only three times in a row. So is a phrase within a line that
    comes three times in a row, of one or two words six times ("no, no, no" is nobody's mistake).
    The second time is where the loop begins.
    """
    places: dict[str, list[int]] = {}
    last, place = "", 0
    for line in text.splitlines(keepends=True):
        if (phrase := _phrase_again(line)) is not None:
            return place + phrase
        words = line.strip()
        if words and line.endswith("\n"):
            if len(words) <= _SHORT and words != last:
                places.pop(words, None)
            places.setdefault(words, []).append(place)
            if len(places[words]) == 3:
                return places[words][1]
            last = words
        place += len(line)
    return None


def _phrase_again(line: str) -> int | None:
    """Where in a line a phrase that keeps coming stands for the second time."""
    words = list(_WORD.finditer(line))
    said = [word[0] for word in words]
    for end in range(len(said) + 1):
        for size in range(1, min(_LONGEST_PHRASE, end // 3) + 1):
            times = 3 if size > 2 else 6
            phrase = said[end - size : end]
            if (
                end >= size * times
                and said[end - 2 * size] == phrase[0]
                and said[end - size * times : end] == phrase * times
                and any(map(str.isalpha, "".join(phrase)))
            ):
                return words[end - size * (times - 1)].start()
    return None
