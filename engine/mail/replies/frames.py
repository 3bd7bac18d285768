"""Find what a program puts around a mail: fences, rulers, tags or quotation marks.

The writer of the mail decides what is between them, other frames and quotation marks included, but
nothing in front of the first mark. So a frame begins at the first mark of its kind and ends at the
last one, and among several the one that begins first is the program's.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

_FENCES = ("```", "~~~", '"""', "'''")
_RULERS = ("-", "=", "_", "*")
_TAGS = ("e-mail", "email", "message", "mail")

_LINES = [
    (re.compile(rf"(?m)^[ \t]*{mark}[^\n]*\n"), re.compile(rf"(?m)\n[ \t]*{mark}[ \t]*$"))
    for mark in _FENCES
]
_ROWS = [
    (
        re.compile(rf"(?m)^[ \t]*{re.escape(sign * 3)}[^\n]*\n"),
        re.compile(rf"(?m)^[ \t]*{re.escape(sign)}{{3,}}[ \t]*\n"),
        re.compile(rf"(?m)\n[ \t]*{re.escape(sign)}{{3,}}[ \t]*$"),
    )
    for sign in _RULERS
]
"""A ruler with or without words, one without, and one that may be the last."""

_WORD = re.compile(r"\w")

_AROUND = [
    (re.compile(f"<{tag}>", re.IGNORECASE), re.compile(f"</{tag}>", re.IGNORECASE)) for tag in _TAGS
]

_MARKS = "\"'`“”„«»"
_MARK = re.compile('["“”„«»]')
_FRAMING_MARK = re.compile(
    "(?:\\A|\n[^\\S\n]*|[:：]\\s*|[.!?…。！？]\\s+)(\"{1,3}|'{3}|`{3}|[“„«»])"
)
"""At the start of a line, or behind the end of a sentence or a colon."""

_OPENING_MARK = re.compile(r'(?<!\S)["“„](?=\S)')
_CLOSING_MARK = re.compile(r'(?<=\S)["”“](?=[\s.,;:!?)]|$)')
_LEAST_QUOTED_WORDS = 8
"""A shorter quote is a part of the instruction, such as a name or a phrase to use."""


class Frame(NamedTuple):
    """Where a frame starts, its content begins and stops, and it ends."""

    start: int
    begin: int
    stop: int
    end: int


def first_frame(text: str, limit: int) -> Frame | None:
    """Return the frame that begins first in a text, and before `limit`; None if none does.

    limit: where a mail begins that has another mark, such as a header; else the text's end.
    Each kind is searched for twice: one pattern for a whole passage would begin again at each mark,
    and take quadratic time.
    """
    found = (frame for frame in _framed(text) if frame.start < limit)
    # Three marks are one, if they begin where one would.
    first = min(found, key=lambda frame: (frame.start, -frame.begin), default=None)
    limit = first.start if first else limit
    passage = _passage(text, limit)
    return passage if passage and passage.start < limit else first


def _framed(text: str) -> Iterator[Frame]:
    kinds = [_between(text, *marks) for marks in (*_LINES, *_AROUND)]
    kinds += [_below_ruler(text, *marks) for marks in _ROWS]
    yield from filter(None, (*kinds, _in_framing_marks(text)))


def _between(text: str, above: re.Pattern[str], below: re.Pattern[str]) -> Frame | None:
    first = above.search(text)
    if first is None:
        return None
    for last in deque(below.finditer(text, first.end()), maxlen=1):
        if last.start() > first.end():
            return Frame(first.start(), first.end(), last.start(), last.end())
    return None


def _below_ruler(
    text: str, above: re.Pattern[str], alone: re.Pattern[str], below: re.Pattern[str]
) -> Frame | None:
    """Return what is between rulers; below an instruction, all that is below the first one.

    Programs that put a ruler between both put none at the end, and the mail may have some itself.
    """
    frame = _between(text, above, below)
    if frame is None and (ruler := alone.search(text)):
        frame = Frame(ruler.start(), ruler.end(), len(text), len(text))
        if not text[: ruler.start()].strip() or not _WORD.search(text, ruler.end()):
            return None
    if frame and text[: frame.start].strip() and text[frame.end :].strip():
        return Frame(frame.start, frame.begin, len(text), len(text))
    return frame


def _in_framing_marks(text: str) -> Frame | None:
    """Return what is in quotation marks that stand around a mail, not in a sentence.

    At most a line is behind them. A phrase is short, and on one line.
    """
    first = _FRAMING_MARK.search(text)
    if first is None:
        return None
    begin, stop = first.end(), text.rfind("\n", 0, len(text.rstrip())) + 1
    mark = _MARK if _MARK.match(first[1]) else re.compile(first[1])
    for last in deque(mark.finditer(text, max(begin, stop)), maxlen=1):
        content = text[begin : last.end()].rstrip(_MARKS)
        if "\n" in content.strip() or _is_long(content):
            return Frame(first.start(1), begin, begin + len(content), last.end())
    return None


def _passage(text: str, limit: int) -> Frame | None:
    """Return what is from the first passage in quotation marks, longer than a phrase, to the last.

    One that ends in front of `limit` is a phrase nevertheless. A mark that closes nothing belongs
    to the passage before, as an earlier one was that of inches.
    """
    opening = {found.start() for found in _OPENING_MARK.finditer(text)}
    closing = {found.start() for found in _CLOSING_MARK.finditer(text)}
    depth, start = 0, 0
    first, last = -1, -1
    for position in sorted(opening | closing):
        if position in opening:
            start = start if depth else position
            depth += 1
            continue
        last = position
        if depth == 1 and first < 0 and (position >= limit or limit == len(text)):
            first = start if _is_long(text[start:position]) else first
        depth = max(depth - 1, 0)
    return Frame(first, first + 1, last, last + 1) if first >= 0 else None


def _is_long(passage: str) -> bool:
    return len(passage.split()) >= _LEAST_QUOTED_WORDS
