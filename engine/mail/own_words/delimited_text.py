"""Keep a letter that its writer put below the delimiter of signatures, "-- "."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.contact_lines import NAME, fits_contact_block
from engine.mail.own_words.endings import has_sentence

DELIMITER = re.compile(r"^ ?(?:--|__)[ \t]*$")

_GREETING_STOPS = ",!，！、،"
_MAX_GREETING_WORDS, _LONGEST_GREETING = 5, 50
_LONGEST_SIGNATURE = 12  # lines above the greeting
_MIN_WORDS = 6  # of a sentence without a greeting
_MAX_NAME_WORDS = 2
_QUOTATION_MARKS = "\"'“”„«»‘’‚「『*"


def without_upper_signature(lines: Sequence[str]) -> list[str]:
    """Return the lines without delimiters, and signatures, that have a letter below them.

    It starts with a greeting, or is sentences with the writer's name at their end.
    """
    kept = list(lines)
    for index in reversed(range(len(lines))):
        if DELIMITER.match(lines[index][:20]):
            start = _letter_start(kept, index)
            if start is not None:
                del kept[index:start]
    return kept


def _letter_start(lines: Sequence[str], delimiter: int) -> int | None:
    """Return where a letter below a delimiter starts; None if there is a signature alone."""
    for index in range(delimiter + 1, min(delimiter + 2 + _LONGEST_SIGNATURE, len(lines))):
        if _is_greeting(lines, index):
            return index
        if lines[index].strip() and not fits_contact_block(lines[index]):
            break
    is_apart = delimiter + 1 < len(lines) and not lines[delimiter + 1].strip()
    is_first = not any(map(str.strip, lines[:delimiter]))
    return delimiter + 1 if (is_apart or is_first) and _is_signed(lines[delimiter + 1 :]) else None


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
    below = _paragraphs(lines[index + 1 :])
    return bool(below) and not fits_contact_block(below[0][0]) and _is_sentence(below[0], 1)


def _is_signed(lines: Sequence[str]) -> bool:
    """Return whether the first paragraph is a sentence, and the last a name or a closing."""
    first, *others = _paragraphs(lines) or [[]]
    if not others or not _is_sentence(first, _MIN_WORDS):
        return False
    last = others[-1]
    is_name = len(last[-1].split()) <= _MAX_NAME_WORDS and NAME.match(last[-1]) is not None
    return len(last) <= 2 and (is_closing(last[-1]) or (is_name and _is_alone(last)))


def _is_alone(paragraph: Sequence[str]) -> bool:
    return len(paragraph) == 1 or is_closing(paragraph[0])


def _is_sentence(paragraph: Sequence[str], least: int) -> bool:
    text = " ".join(paragraph).strip()
    return (
        text[:1] not in _QUOTATION_MARKS and len(text.split()) >= least and has_sentence(paragraph)
    )


def _paragraphs(lines: Sequence[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for line in lines:
        if line.strip() and not DELIMITER.match(line[:20]):
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [paragraph for paragraph in found if paragraph]
