"""Repair quotes whose lines a mail program wrapped, so that parts of them have no quote mark."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_QUOTE_MARKS = re.compile(r"^[\s>]{0,60}")
_WRAP_WIDTH = 66  # characters at which programs wrap, the smallest that occurs
_SHORTEST_FULL_LINE = 58  # characters of a wrapped line that is not a paragraph's last
_COUNTING_DIFFERENCE = 5  # characters by which programs differ in counting a line's width
_LONGEST_END = 12  # lines of one wrapped paragraph without marks
_MAX_UNSURE_END = 3  # lines, where the paragraph is not evenly filled
_MAX_LEFT_OVER_WORDS = 3
_LONG_LINE = 50  # characters of a quoted line that is likely wrapped
_LONGEST_READ = 400  # characters of a line


def mark_wrapped_ends(lines: Sequence[str], quoted: list[bool]) -> None:
    """Mark the ends of quoted lines that a later program wrapped without a new ">"."""
    index = 1
    while index < len(lines):
        if quoted[index]:
            index = next_index(quoted, False, index + 1)
            continue
        if not quoted[index - 1]:
            index = next_index(quoted, True, index + 1) + 1
            continue
        if not lines[index].strip():
            index += 1
            continue
        end = index
        while (
            end < len(lines)
            and end - index <= _LONGEST_END
            and not quoted[end]
            and lines[end].strip()
        ):
            end += 1
        is_enclosed = end < len(lines) and quoted[end]
        if _starts_own_paragraph(lines, quoted, index, end, is_enclosed):
            quoted[index - 1] = False
        elif end - index <= _LONGEST_END and _is_wrapped_end(lines, index, end, is_enclosed):
            quoted[index:end] = [True] * (end - index)
        index = max(end, index + 1)


def mark_first_lines(lines: Sequence[str], quoted: list[bool]) -> None:
    """Mark a quoted paragraph's first line that lacks the mark, as Gmail writes it."""
    below = 0
    while (below := next_index(quoted, True, next_index(quoted, False, below))) < len(lines):
        index, line = below - 1, lines[below - 1]
        if len(line) < _SHORTEST_FULL_LINE or (index and lines[index - 1].strip()):
            continue
        rest = _QUOTE_MARKS.sub("", lines[below][:_LONGEST_READ])
        if (
            rest[:1].islower()
            and line.rstrip()[-1:].isalnum()
            and _exceeds_width(line, rest, _WRAP_WIDTH)
        ):
            quoted[index] = True


def next_index(quoted: Sequence[bool], wanted: bool, start: int) -> int:
    """Return the first index from `start` on with the wanted value; len(quoted) if none has."""
    try:
        return quoted.index(wanted, start)
    except ValueError:
        return len(quoted)


def _is_wrapped_end(lines: Sequence[str], start: int, end: int, is_enclosed: bool) -> bool:
    """Return whether lines without a mark continue the quoted line above them.

    is_enclosed: a quoted line follows them.
    """
    above = lines[start - 1][:_LONGEST_READ].rstrip()
    first = lines[start][:_LONGEST_READ].strip()
    is_overlong = _exceeds_width(above, first, _WRAP_WIDTH - 1)
    is_unfinished = not above.endswith((".", "?", "!", ":", ">")) and len(above) > 3
    continues = not first[0].isupper()
    if not is_enclosed:
        return end - start <= _MAX_UNSURE_END and is_unfinished and is_overlong and continues
    if end - start >= 2 and (is_unfinished or is_overlong) and _is_filled(lines[start - 1 : end]):
        return True
    if end - start > _MAX_UNSURE_END:
        return False
    if (is_unfinished and (is_overlong or continues)) or not first[0].isalnum():
        return True
    if end - start == 1 and _is_inside_sentence(above, first, lines[end]):
        return True
    # A word or two that did not fit the width of the quoted lines around them.
    below = lines[end][:_LONGEST_READ].rstrip()
    is_left_over = (
        end - start == 1
        and len(first.split()) <= _MAX_LEFT_OVER_WORDS
        and len(below) < len(above)
        and not above.endswith(("?", "!", ":"))
    )
    return (continues and len(above) >= _LONG_LINE) or (
        is_left_over and is_overlong and first[-1].isalnum()
    )


def _is_inside_sentence(above: str, line: str, below: str) -> bool:
    """Return whether a line without a mark continues in the nested quote below it."""
    rest = below[:_LONGEST_READ].lstrip("> ")
    is_nested = all(text.replace(" ", "")[:2] == ">>" for text in (above, below))
    return is_nested and rest[:1].islower() and line[-1] not in ".?!:"


def _starts_own_paragraph(
    lines: Sequence[str], quoted: Sequence[bool], start: int, end: int, is_enclosed: bool
) -> bool:
    """Return whether the marked line above `start` is the first of the writer's own paragraph.

    Gmail puts the mark on a paragraph's first line if the quote above ends in an empty line.
    """
    above = lines[start - 1].rstrip()
    return (
        not is_enclosed
        and end - start >= 2
        and start >= 2
        and quoted[start - 2]
        and not lines[start - 2].strip(" >")
        and above.startswith("> ")
        and lines[start][:1].islower()
        and above[-1].isalnum()
        and _is_filled(lines[start - 1 : end])
    )


def _is_filled(lines: Sequence[str]) -> bool:
    """Return whether the lines are one paragraph wrapped at one width."""
    texts = [line[:_LONGEST_READ].strip() for line in lines]
    width = max(map(len, texts)) - _COUNTING_DIFFERENCE
    return len(texts[0]) >= _SHORTEST_FULL_LINE and all(
        _exceeds_width(above, below, width) for above, below in pairwise(texts)
    )


def _exceeds_width(above: str, below: str, width: int) -> bool:
    """Return whether a line would be too long with the next line's first word."""
    return len(above) + 1 + len(below.split(" ", 1)[0]) > width
