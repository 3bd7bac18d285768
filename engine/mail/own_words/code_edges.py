"""Find where blocks of pasted code begin and end, what stands beside them, and closings below."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.code_line_rules import is_prose, is_row, is_sentence, is_strong, is_weak
from engine.mail.own_words.code_paragraphs import (
    HEAD_RULER,
    continues_code,
    count_words,
    paragraph_end,
)
from engine.mail.own_words.code_signs import count_signs

LineRange = tuple[int, int]
"""The first line of a block, and the line behind its last one, counted from 0."""

NAME = re.compile(r"[^\W\d_]{2,20}(?: [^\W\d_.]{1,20}\.?){0,2}")
"""A name that ends a mail."""

_MAX_BLANK = 2  # lines between two parts of a block
_MIN_LINES = 3  # of a block below which anything but sentences is output
_LONGEST_GAP = 30  # lines
_MIN_LINES_A_SENTENCE = 4  # of output
_HAS_SIGN = re.compile(r"[\d{}\[\]()<>=/\\|_#]")
_FIRST_LINE = re.compile(
    r"\[[\w .-]+\]|[a-z_.][\w.-]*(?: \w+)?|[@<.\[-].{0,80}|[-=*]{10,}"
    r"|[A-Z%#/]{2,}(?: +[A-Z%#/-]{2,}){2,}"
)
_HEAD = re.compile(r"[A-Z]\w+ [\w.*-]+")  # of indented settings: "Host mill"
_LABEL = re.compile(r"[a-z_.][\w.$-]*:")
_SHORT_LABEL = re.compile(r"\s*[a-z]{1,8}: ")
_SOURCE_LINE = re.compile(r"\s*\d+ ?[|│]")
_FILE = re.compile(r"\S*\w\.\w{1,5}$")
# What programs say of a failure, in the same paragraph as its number or the command
_FAILURE = re.compile(
    r"\b(?:no|not found|invalid|fail(?:s|ed|ure)?|errors?|unable|cannot|could not|denied|exists?"
    r"|missing|unknown|unexpected|unresolved|undefined|aborted|refused|deprecated)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:I|I['’]\w+|me|my|we|our|you|your|it|this|that|then|and|but|so|he|she|they|please|why"
    r"|what|any|there)\b",
    re.IGNORECASE,
)
_MAX_WORDS_BESIDE = 3  # of a sentence with one of a machine
_OF_CODE = re.compile(r"^[A-Z]{4,}$|\d.*[A-Z]\w*.*(?<!:)$")
_LABELLED = re.compile(r"\s+\S|(?:[a-z][\w -]{1,20}|Error|Warning|Fatal|Exception|Hint): +\S")


def mark_edges(lines: Sequence[str], marked: list[bool]) -> None:
    """Mark what is between and beside marked blocks, and unmark closings below them."""
    _fill_gaps(lines, marked)
    _extend_in_paragraphs(lines, marked)
    _mark_beside(lines, marked)
    _leave_closing(lines, marked)


def _fill_gaps(lines: Sequence[str], marked: list[bool]) -> None:
    """Mark what stands between two blocks, if it is output rather than sentences."""
    blocks = list(marked_ranges(lines, marked))
    for (top, end), (start, _) in pairwise(blocks):
        gap = [line for line in lines[end:start] if line]
        output = sum(1 for line in gap if is_weak(line) or not is_prose(line))
        label = lines[end - 1].partition(" ")[0]
        if label.endswith(":") and all(line.startswith(f"{label} ") for line in lines[end:start]):
            marked[end:start] = [True] * (start - end)
        if end - top == 1 and _FILE.search(lines[top]) and _SOURCE_LINE.match(lines[start]):
            marked[end:start] = [True] * (start - end)  # what a compiler says of a line
        if (
            len(gap) <= _LONGEST_GAP
            and 2 * output >= len(gap)
            and any(_HAS_SIGN.search(line) for line in gap)
            and _MIN_LINES_A_SENTENCE * sum(map(_is_said, gap)) <= len(gap)
        ):
            marked[end:start] = [True] * (start - end)


def _extend_in_paragraphs(lines: Sequence[str], marked: list[bool]) -> None:
    """Mark what is above and below a block without a blank line: output is seldom of one shape."""
    for start, end in list(marked_ranges(lines, marked)):
        first, last = start, end
        while first and _may_start_code(lines, first - 1):
            first -= 1
        if end - start < _MIN_LINES:
            while last < len(lines) and _continues(lines[last], lines[end - 1]):
                last += 1
        else:
            while last < len(lines) and lines[last] and not marked[last]:
                if is_closing(lines[last]):
                    break
                last += 1
        if _MIN_LINES_A_SENTENCE * sum(map(_is_said, lines[end:last])) > last - end:
            last = end
        marked[first:last] = [True] * (last - first)


def _is_said(line: str) -> bool:
    """Return whether a line beside code is a sentence of the writer's rather than a program's."""
    if not is_sentence(line) or _SHORT_LABEL.match(line):
        return False
    machine, words = count_words(line)
    if machine and words <= _MAX_WORDS_BESIDE * machine:
        return False
    return _FAILURE.search(line) is None or _PERSON.search(line) is not None


def _continues(line: str, above: str) -> bool:
    """Return whether a line below a short block is indented, has a label, or words of machines."""
    if not line or (_is_said(line) and not is_row(line)):
        return False
    if is_sentence(line):
        return _SHORT_LABEL.match(line) is None or _SHORT_LABEL.match(above) is not None
    return _LABELLED.match(line) is not None or count_words(line)[0] > 0 or is_weak(line)


def _mark_beside(lines: Sequence[str], marked: list[bool]) -> None:
    """Mark paragraphs beside a block that are code by fewer signs than one alone would need."""
    start = 0
    while start < len(lines):
        end = paragraph_end(lines, start)
        near = range(max(start - _MAX_BLANK - 1, 0), min(end + _MAX_BLANK + 1, len(lines)))
        if end > start and any(marked[at] for at in near) and not any(marked[start:end]):
            paragraph = lines[start:end]
            has_heads = any(map(HEAD_RULER.fullmatch, paragraph))
            if has_heads or continues_code(paragraph):
                marked[start:end] = [True] * (end - start)
        start = end + 1


def _leave_closing(lines: Sequence[str], marked: list[bool]) -> None:
    """Unmark the writer's closing, and the name at the end of the mail, below a block."""
    for start, end in list(marked_ranges(lines, marked)):
        last = end
        if next_written(lines, end) is None and _is_name(lines[last - 1]):
            last -= 1
        if last > start and is_closing(lines[last - 1]):
            last -= 1
        marked[last:end] = [False] * (end - last)


def _is_name(line: str) -> bool:
    is_title = NAME.fullmatch(line) is not None and line.istitle()
    return is_title and not is_strong(line) and not count_signs(line)


def _may_start_code(lines: Sequence[str], index: int) -> bool:
    """Return whether a line right above code belongs to it, and is no lead-in or greeting."""
    line, above = lines[index], lines[index - 1] if index else ""
    if is_row(line) or (line and is_strong(line)):
        return True
    if not line or is_sentence(line):
        return False
    if count_words(line)[0]:
        return True
    if above and is_prose(above):
        return False  # the last words of a sentence
    if not above and lines[index + 1][:2] in ("  ", "\t") and _HEAD.fullmatch(line):
        return True
    is_apart_of_letter = not above or count_words(above)[0] > 0
    if is_apart_of_letter and not is_prose(line) and _OF_CODE.search(line):
        return True
    if line.strip("*_ ").endswith(":"):
        return _LABEL.fullmatch(line) is not None and lines[index + 1][:1] in (" ", "\t")
    return count_signs(line) > 0 or _FIRST_LINE.fullmatch(line) is not None


def next_written(lines: Sequence[str], index: int) -> int | None:
    """Return the next line from `index` on that is not blank; None if there is none."""
    return next((at for at in range(index, len(lines)) if lines[at]), None)


def marked_ranges(lines: Sequence[str], marked: Sequence[bool]) -> Iterable[LineRange]:
    """Yield the marked blocks; those with only blank lines between them are one."""
    start = end = -1
    for index, is_marked in enumerate(marked):
        if is_marked and lines[index]:
            if start >= 0 and any(lines[end:index]):
                yield start, end
                start = index
            start = index if start < 0 else start
            end = index + 1
    if start >= 0:
        yield start, end
