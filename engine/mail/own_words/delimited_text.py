"""Keep a letter that its writer put below the delimiter of signatures, "-- "."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.contact_lines import NAME, fits_contact_block
from engine.mail.own_words.endings import LONGEST_LINE, LONGEST_PARAGRAPH, has_sentence

DELIMITER = re.compile(r"^ ?(?:--|__)[ \t]*$")
DELIMITER_STARTS = ("--", "__", " --", " __")

_GREETING_STOPS = ",!，！、،"
_MAX_GREETING_WORDS, _LONGEST_GREETING = 5, 50
_LONGEST_SIGNATURE = 12  # lines above the greeting
_MIN_WORDS = 6  # of a sentence without a greeting
_MAX_NAME_WORDS = 2
_MAX_LAST_LINES = 2  # a closing and a name
QUOTATION_MARKS = "\"'“”„«»‘’‚「『"


def without_upper_signature(lines: Sequence[str]) -> list[str]:
    """Return the lines without delimiters, and signatures, that have a letter below them.

    It starts with a greeting, or is sentences with the writer's name at their end. Takes time
    linear in the number of lines.
    """
    kept = list(lines)
    top = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    trailing = 0
    while trailing < len(lines) and _is_between_paragraphs(lines[-1 - trailing]):
        trailing += 1
    # Lines below a delimiter stay as they are, so their places are counted from the end.
    below = trailing  # of the first one with text
    greeting: int | None = None  # of the first greeting with nothing but a signature above it

    @cache
    def is_signed(place: int) -> bool:
        return _is_signed(kept, len(kept) - place, len(kept) - trailing)

    for index in reversed(range(len(lines))):
        line = lines[index]
        if DELIMITER.match(line[:20]):
            is_apart = index + 1 < len(kept) and not kept[index + 1].strip()
            start = None
            if greeting is not None and len(kept) - greeting - index <= _LONGEST_SIGNATURE + 1:
                start, below = len(kept) - greeting, greeting
            elif (is_apart or index == top) and is_signed(below):
                start = index + 1
            if start is not None:
                del kept[index:start]
        elif line.strip():
            below = len(kept) - index
            if _is_greeting(kept, index):
                greeting = below
            elif greeting is not None and not fits_contact_block(line):
                greeting = None
    return kept


def _is_greeting(lines: Sequence[str], index: int) -> bool:
    """Return whether a line addresses somebody, and a sentence follows at once."""
    text = lines[index].strip()
    if (
        not text
        or text[-1] not in _GREETING_STOPS
        or len(text) > _LONGEST_GREETING
        or len(text.split()) > _MAX_GREETING_WORDS
        or any(map(str.isdigit, text))
        or is_closing(text)
    ):
        return False
    start = index + 1
    while start < len(lines) and _is_between_paragraphs(lines[start]):
        start += 1
    below = _paragraph(lines, start)
    return bool(below) and not fits_contact_block(below[0]) and _is_sentence(below, 1)


def _is_signed(lines: Sequence[str], start: int, end: int) -> bool:
    """Return whether the first paragraph is a sentence, and the last a name or a closing."""
    first = _paragraph(lines, start)
    if start + len(first) >= end or not _is_sentence(first, _MIN_WORDS):
        return False
    above = end - 1
    while end - above <= _MAX_LAST_LINES and not _is_between_paragraphs(lines[above - 1]):
        above -= 1
    last = lines[above:end]
    is_name = len(last[-1].split()) <= _MAX_NAME_WORDS and NAME.match(last[-1]) is not None
    return len(last) <= _MAX_LAST_LINES and (is_closing(last[-1]) or (is_name and _is_alone(last)))


def _is_alone(paragraph: Sequence[str]) -> bool:
    return len(paragraph) == 1 or is_closing(paragraph[0])


def _is_sentence(paragraph: Sequence[str], least: int) -> bool:
    text = " ".join(paragraph).strip()
    return (
        text[:1] not in f"{QUOTATION_MARKS}*"
        and len(text.split()) >= least
        and has_sentence(paragraph)
    )


def _paragraph(lines: Sequence[str], start: int) -> list[str]:
    """Return the lines from `start` on to a blank line or a delimiter, as far as they are read."""
    end, length = start, 0
    while (
        end < len(lines) and length <= LONGEST_PARAGRAPH and not _is_between_paragraphs(lines[end])
    ):
        length += len(lines[end][:LONGEST_LINE].strip()) + 1
        end += 1
    return list(lines[start:end])


def _is_between_paragraphs(line: str) -> bool:
    return not line.strip() or DELIMITER.match(line[:20]) is not None
