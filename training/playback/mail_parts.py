"""A mail's greeting, sentences and closing, and the mail again with some sentences left out."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_ITEM = r"[^\S\n]*(?:[-*•]|\d{1,2}[.)])\s"
# Between two sentences; a blank line and the start of a list's item end one, too, and neither
# "P.S." nor the number of an item or a day does.
_GAP = re.compile(
    r"(?<=[.!?…])(?<!\b\w\.)(?<!\b\d\d\.)\s+|(?<=[。！？])\s*|\s*\n\s*\n\s*"
    rf"|\s*\n(?={_ITEM})"
)
_ENDS = (".", "?", "…", "。", "？")
_LONGEST_GREETING, _LONGEST_CLOSING = 4, 3  # Words of a line.


@dataclass(frozen=True)
class MailParts:
    """greeting and closing: '' where there is none. sentences: all between them.

    gaps: the white space before the first sentence, between them, and behind the last; one more
    than there are sentences.
    """

    greeting: str
    sentences: tuple[str, ...]
    gaps: tuple[str, ...]
    closing: str

    def keep(self, places: Collection[int]) -> str:
        """The mail with only the sentences at `places`, at least one of them.

        Where sentences went, the widest of the gaps that met there stays: paragraphs remain.
        """
        text, met = self.greeting, [self.gaps[0]]
        for place, (sentence, gap) in enumerate(zip(self.sentences, self.gaps[1:], strict=True)):
            if place in places:
                text += _widest(met) + sentence
                met = []
            met.append(gap)
        return (text + _widest(met) + self.closing).strip()


def split_mail(body: str) -> MailParts:
    """The parts of a body, in any language, by its lines.

    A short first line that ends no sentence is taken for the greeting and short last ones for the
    closing; a question, the item of a list, and the rest of the line above are neither.
    """
    body = body.strip()
    lines = body.splitlines(keepends=True)
    first, last = 0, len(lines)
    if len(lines) > 1 and _may_greet(lines[0]):
        first = 1
    while any(map(str.strip, lines[first : last - 1])) and _may_close(*lines[last - 2 : last]):
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
    return len(line.split()) <= _LONGEST_GREETING and not line.rstrip().endswith(_ENDS)


def _may_close(above: str, line: str) -> bool:
    if _is_short(line) and not line.rstrip().endswith("?") and not re.match(_ITEM, line):
        return _is_short(above) or not above.rstrip()[-1:].isalnum()
    return False


def _widest(gaps: Sequence[str]) -> str:
    return max(gaps, key=lambda gap: gap.count("\n"))


def _is_short(line: str) -> bool:
    return len(line.split()) <= _LONGEST_CLOSING
