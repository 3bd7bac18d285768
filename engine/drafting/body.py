"""Clean up a mail's body while a model generates it: surrounding white space and repetitions."""

from __future__ import annotations

import re
from collections.abc import Callable

# Chosen by hand, and tested on what people write (tests/unit/drafting/test_body.py).
_SHORT_LINE = 12
"""Characters; shorter lines, like greetings or the lines of a list, may well occur again."""

_LINE_TIMES = 3
"""A line that occurs this often is a repetition."""

_PHRASE_TIMES = 3
"""The same for a phrase of three or more words in a row."""

_SHORT_PHRASE = 2
_SHORT_PHRASE_TIMES = 6
"""The same for a phrase of at most two words: "no, no, no" may be meant."""

_LONGEST_PHRASE = 40
"""Words; longer repeated phrases contain line ends, and are found as lines."""

_WORD = re.compile(r"\S+")

_DOUBLED = re.compile(rf"(?<!\S)([^\s.!?][^.!?\n]{{{_SHORT_LINE - 2},}}[.!?])(?:\s+\1)+(?!\S)")


class StreamedBody:
    """Collects the pieces of a body and passes on each part as soon as it is final.

    White space at the end is held back until text follows: it may be the end of the mail.
    """

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._raw = ""
        self._shown = 0
        self.repeats = False

    def add(self, piece: str) -> None:
        """Add the next piece; `repeats` says afterwards whether the model repeats itself."""
        self._raw = (self._raw + piece).lstrip()
        body = self._raw.rstrip()
        if len(body) > self._shown:
            self._on_text(body[self._shown :])
            self._shown = len(body)
        if any(letter.isspace() for letter in piece):
            self.repeats = repetition_start(self._raw) is not None

    @property
    def text(self) -> str:
        """Return the body, cut off where it starts to repeat itself."""
        # The last line may have no line end; it counts as complete now.
        start = repetition_start(self._raw + "\n")
        return self._raw[:start].strip()


def without_doubled_sentences(text: str) -> str:
    """Return a text without a sentence that stands twice in a row, word for word."""
    return _DOUBLED.sub(r"\1", text)


def repetition_start(text: str) -> int | None:
    """Return the index at which a text starts to repeat itself, or None.

    Small models tend to repeat themselves. A line is a repetition at its third occurrence, a short
    line only if these are in a row. So is a phrase within a line that occurs three times in a row,
    or six times if it has only one or two words. The index is that of the second occurrence.
    """
    starts: dict[str, list[int]] = {}
    last, start = "", 0
    for line in text.splitlines(keepends=True):
        if (phrase := _repeated_phrase(line)) is not None:
            return start + phrase
        words = line.strip()
        if words and line.endswith("\n"):
            if len(words) <= _SHORT_LINE and words != last:
                starts.pop(words, None)
            starts.setdefault(words, []).append(start)
            if len(starts[words]) == _LINE_TIMES:
                return starts[words][1]
            last = words
        start += len(line)
    return None


def _repeated_phrase(line: str) -> int | None:
    """Return the index of the second occurrence of a phrase that repeats within a line, or None."""
    matches = list(_WORD.finditer(line))
    words = [match[0] for match in matches]
    for end in range(len(words) + 1):
        for size in range(1, min(_LONGEST_PHRASE, end // _PHRASE_TIMES) + 1):
            times = _PHRASE_TIMES if size > _SHORT_PHRASE else _SHORT_PHRASE_TIMES
            phrase = words[end - size : end]
            if (
                end >= size * times
                and words[end - 2 * size] == phrase[0]
                and words[end - size * times : end] == phrase * times
                and any(map(str.isalpha, "".join(phrase)))
            ):
                return matches[end - size * (times - 1)].start()
    return None
