"""Recognise the header blocks that Lotus Notes puts above a quoted mail.

They have a name and a date above "To:", all fields on one line, or each label on its own line.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import compress
from operator import not_

from engine.mail.own_words.bare_contacts import last_nonblank
from engine.mail.own_words.header_words import FIELD_OF_LABEL, normalise

_DATE = re.compile(r"\b\d{1,4}[./-]\d{1,2}[./-]\d{2,4}\b")
_ONLY_DATE = re.compile(r"^[\d\s:./,-]*(?:[ap]\.?m\.?)?(?:\s?(?:[A-Z]{2,4}|on))?$", re.IGNORECASE)
_BETWEEN_NAME_AND_DATE = re.compile(r"^(?:sent by|please respond to|extension)\b", re.IGNORECASE)
_ON_ONE_LINE = re.compile(r"\S\s{1,9}To:.{1,900}\s{2}cc:.{0,900}\s{2}Subject:")
# "From: Ann Lee <ann@example.org> Sent: Monday, 3 May 2021 10:00 To: Bo Subject: lake"
_LABELS_ON_ONE_LINE = re.compile(r"(?:^|\s)\W{0,2}([^\W\d_][^\s:：]{1,14})\s?[:：](?=\s)")
_TIME = re.compile(r"\d[:.]\d\d")
_SUMMARY = re.compile(r"^\s{0,4}\S.{1,80}?\s?-{2,3}\s?\d{1,4}[./-]\d\d?[./-]\d{2,4} .{4,20}-{2,3}")
_LONGEST_ONE_LINE = 2000
_LABELS_REACH = 24  # lines of a block with each label on its own line
_TO_REACH = 6  # lines from the sender's name to a "To" on its own line
_DATE_REACH = 8  # lines from "To:" up to the date
_SUMMARY_REACH = 3  # lines from the header up to the summary
_NAME_REACH = 4  # lines from the date up to the name
_LONGEST_NAME = 120
_SHORTEST_TEXT = 50  # characters of a line that is text rather than part of a header


def is_one_line_header(line: str) -> bool:
    """Return whether a line is a whole header: name, date, "To: … cc: … Subject: …"."""
    if len(line) > _LONGEST_ONE_LINE:
        return False
    if "ubject:" in line and _ON_ONE_LINE.search(line) and _DATE.search(line):
        return True
    if (
        "@" not in line
        or FIELD_OF_LABEL.get(normalise(re.split("[:：]", line, maxsplit=1)[0])) != "from"
    ):
        return False
    fields = [FIELD_OF_LABEL.get(label.lower()) for label in _LABELS_ON_ONE_LINE.findall(line)]
    known = [field for field in fields if field not in (None, "cc", "other")]
    return known == ["from", "date", "to", "subject"] and _TIME.search(line) is not None


def separate_labels_end(lines: Sequence[str], start: int, to_lines: Sequence[int]) -> int:
    """Return the end of a block with its labels on lines of their own; `start` if there is none.

    It is a name and a date above "To", addresses below it, then "Subject" and the subject.
    to_lines: the lines that are only "To".
    """
    to = next_to_line(to_lines, start)
    if to is None or not any(_DATE.search(line[:200]) for line in lines[start : start + 3]):
        return start
    subjects = lines_with_only_label(lines[to + 1 : start + _LABELS_REACH], "subject")
    if not subjects:
        return start
    below = to + 1 + subjects[0] + 1
    return below + 1 if below < len(lines) and lines[below].strip() else below


def lines_with_only_label(
    lines: Sequence[str], field: str, quoted: Sequence[bool] = ()
) -> list[int]:
    """Return the indices of the lines that are only a label of a header field.

    quoted: which lines have a quote mark, if known; none of these is one.
    """
    unquoted = compress(lines, map(not_, quoted)) if quoted else lines
    if FIELD_OF_LABEL.keys().isdisjoint(map(str.lower, map(str.strip, unquoted))):
        return []  # quick, as most mails have none
    return [
        index
        for index, line in enumerate(lines)
        if FIELD_OF_LABEL.get(normalise(line[:40])) == field
    ]


def next_to_line(to_lines: Sequence[int], start: int) -> int | None:
    """Return the first of `to_lines` within a few lines below `start`, or None."""
    place = bisect_right(to_lines, start)
    if place < len(to_lines) and to_lines[place] <= start + _TO_REACH:
        return to_lines[place]
    return None


def name_line_above(lines: Sequence[str], start: int) -> int | None:
    """Return the line with the sender's name above "To:", with a date between them, or None."""
    index = start - 1
    while index >= 0 and start - index <= _DATE_REACH:
        text = lines[index][:300].strip()
        if text and _DATE.search(text):
            break
        is_header = (
            _ONLY_DATE.match(text)
            or _BETWEEN_NAME_AND_DATE.match(text)
            or len(text) < _SHORTEST_TEXT
        )
        if text and not is_header:
            return None
        index -= 1
    else:
        return None
    if index < 0:
        return None
    top = index
    # If the date has a line of its own, the name is on the lines above.
    while top > 0 and (
        _ONLY_DATE.match(lines[top].strip())
        or _BETWEEN_NAME_AND_DATE.match(lines[top].strip())
        or lines[top].strip().startswith(("<", "on "))
    ):
        above = lines[top - 1].strip()
        if not above or len(above) > _LONGEST_NAME:
            break
        top -= 1
        if index - top >= _NAME_REACH:
            break
    return top


def summary_above(lines: Sequence[str], start: int) -> int:
    """Return the line "Ann Lee---05.01.2024 10:00:00---Shall we" above a header, else `start`."""
    index = last_nonblank(lines, start)
    is_near = index >= 0 and start - index <= _SUMMARY_REACH
    return index if is_near and _SUMMARY.match(lines[index][:300]) else start


def letterhead_above(lines: Sequence[str], start: int) -> int:
    """Return the line of the sender's company above a header indented by a tab, else `start`."""
    above = start - 2
    is_letterhead = (
        above >= 0
        and lines[start][:1] == lines[above][:1] == "\t"
        and lines[above].strip()
        and not lines[start - 1].strip()
    )
    return above if is_letterhead else start
