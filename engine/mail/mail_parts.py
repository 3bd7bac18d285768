"""Split a mail into greeting, sentences and closing, and put it together with fewer sentences."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_ITEM = r"[^\S\n]*(?:[-*•]|\d{1,2}[.)])\s"
# What separates two sentences: also a blank line and the start of a list item, but not "P.S." or
# the number of an item or a day.
_GAP = re.compile(
    r"(?<=[.!?…])(?<!\b\w\.)(?<!\b\d\d\.)\s+|(?<=[。！？])\s*|\s*\n\s*\n\s*"
    rf"|\s*\n(?={_ITEM})"
)
_ITEM_OR_LABEL = re.compile(rf"{_ITEM}|\s*[\w#]+:\s+\S*\d")
_ADDRESS = re.compile(r"\S@\S|://")  # "It is ann@example.org" is no greeting.
_ENDS = (".", "?", "…", "。", "？")
# Words per line; "Dear Professor Anna Lindqvist" and "With kind regards".
_MAX_GREETING_WORDS, _MAX_CLOSING_WORDS = 4, 3


@dataclass(frozen=True)
class MailParts:
    """greeting, closing: '' where there is none. sentences: those between them.

    gaps: the white space before, between and after the sentences, so one more than those.
    """

    greeting: str
    sentences: tuple[str, ...]
    gaps: tuple[str, ...]
    closing: str

    def keep(self, indices: Collection[int]) -> str:
        """The mail with only the sentences at `indices`, at least one of them.

        Where sentences are left out, the widest gap around them stays, which keeps paragraphs.
        """
        text, gaps = self.greeting, [self.gaps[0]]
        for index, (sentence, gap) in enumerate(zip(self.sentences, self.gaps[1:], strict=True)):
            if index in indices:
                text += _widest(gaps) + sentence
                gaps = []
            gaps.append(gap)
        return (text + _widest(gaps) + self.closing).strip()


def split_mail(body: str) -> MailParts:
    """Split a body, in any language, by its lines.

    A short first line that does not end a sentence is the greeting, and short last lines are the
    closing. Questions, list items, and the continuation of a longer line are neither.
    """
    body = body.strip()
    lines = body.splitlines(keepends=True)
    first, last = 0, len(lines)
    if len(lines) > 1 and _may_greet(lines[0]):
        first = 1
    while _says_more(lines, first, last - 1) and _may_close(*lines[last - 2 : last]):
        last -= 1
    greeting, closing = "".join(lines[:first]).rstrip(), "".join(lines[last:]).lstrip()
    middle = body[len(greeting) : len(body) - len(closing)]
    start, stop = len(middle) - len(middle.lstrip()), len(middle.rstrip())
    sentences, gaps = [], [middle[:start]]
    for gap in _GAP.finditer(middle, start, stop):
        if start < gap.start() and gap.end() < stop:
            sentences.append(middle[start : gap.start()])
            gaps.append(gap[0])
            start = gap.end()
    sentences.append(middle[start:stop])
    gaps.append(middle[max(start, stop) :])
    return MailParts(greeting, tuple(sentences), tuple(gaps), closing)


def _may_greet(line: str) -> bool:
    is_said = line.rstrip().endswith(_ENDS) or (
        _ADDRESS.search(line) and not line.rstrip().endswith(",")
    )
    return len(line.split()) <= _MAX_GREETING_WORDS and not is_said


def _may_close(above: str, line: str) -> bool:
    if _is_short(line) and not _says_something(line):
        return _is_short(above) or not above.rstrip()[-1:].isalnum()
    return False


def _says_more(lines: Sequence[str], first: int, last: int) -> bool:
    """Whether lines say anything, without a colon at their end, below which no closing stands."""
    written = (lines[n].strip() for n in range(last - 1, first - 1, -1))
    lowest = next(filter(None, written), "")
    return bool(lowest) and not lowest.endswith(":")


def _says_something(line: str) -> bool:
    """Whether a line is a question, an item, a link or "RC: 105", which no closing is."""
    return line.rstrip().endswith("?") or "://" in line or _ITEM_OR_LABEL.match(line) is not None


def _widest(gaps: Sequence[str]) -> str:
    return max(gaps, key=lambda gap: gap.count("\n"))


def _is_short(line: str) -> bool:
    return len(line.split()) <= _MAX_CLOSING_WORDS
