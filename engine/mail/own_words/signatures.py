"""Find where a signature starts. The closing ("Best regards,\\nSam") counts as own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from engine.mail.own_words.bare_contacts import last_nonblank, signs_with_first_name
from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.contact import EMAIL, contact_points
from engine.mail.own_words.contact_blocks import (
    LONGEST_SIGNATURE,
    closing_end,
    contact_block_start,
    repeated_name_start,
)
from engine.mail.own_words.contact_lines import (
    NAME,
    fits_contact_block,
    is_name,
    starts_with_name,
)
from engine.mail.own_words.delimited_text import DELIMITER, QUOTATION_MARKS
from engine.mail.own_words.endings import has_sentence
from engine.mail.own_words.separators import is_ruler

_LONGEST_KNOWN_SIGNATURE = 60  # lines
_LONGEST_MOTTO, _LONGEST_MOTTO_TEXT = 5, 300  # lines and characters
_LONG_RULER = 15  # characters
_SHORTEST_RULER = 3
_SOURCE = re.compile(r"(?:^|[.!?\"'”»] )[-–—~]{1,2} ?[^\W\d_]")
_LONGEST_BELOW_RULER = 10  # lines
_LONGEST_WITH_NAME = 8  # lines, if only the first looks like a signature's
_LONGEST_DELIMITED = 4 * LONGEST_SIGNATURE  # lines below "-- ", whatever they look like


def signature_start(lines: Sequence[str], signature: str | None = None) -> int:
    """Return the line where the signature starts; len(lines) if there is none.

    signature: the one that the mail program appends, if known; a closing and a name at its top
    count as own words.
    """
    end = len(lines)
    if signature:
        end = _known_signature_start(lines, signature)
    end = min(end, _delimiter_start(lines, end))
    end = min(end, _ruler_start(lines, end))
    start = contact_block_start(lines, end)
    return repeated_name_start(lines, end) if start == end else start


@lru_cache(maxsize=16)  # called for each run of lines between quotes
def _signature_lines(signature: str) -> list[str]:
    lines = [" ".join(line.split()) for line in signature.splitlines() if line.strip()]
    lines = lines[1:] if lines and DELIMITER.match(lines[0]) else lines
    return lines[:_LONGEST_KNOWN_SIGNATURE]


def _known_signature_start(lines: Sequence[str], signature: str) -> int:
    wanted = _signature_lines(signature)
    if not wanted:
        return len(lines)
    indices = [index for index, line in enumerate(lines) if line.strip()]
    texts = [" ".join(lines[index].split()) for index in indices]
    for first in range(len(texts) - len(wanted), -1, -1):
        if texts[first] == wanted[0] and texts[first : first + len(wanted)] == wanted:
            start = indices[first]
            if is_closing(lines[start]):
                return closing_end(lines, start + 1, len(lines))
            return start
    return len(lines)


def _delimiter_start(lines: Sequence[str], end: int) -> int:
    """Return the line "-- " (RFC 3676, 4.3), or "--" above what looks like a signature."""
    start, below, delimiters, is_like_signature = end, 0, 0, True
    for index in range(end - 1, -1, -1):
        line = lines[index]
        if DELIMITER.match(line[:20]):
            has_name = (
                below <= _LONGEST_WITH_NAME
                and index + 1 < end
                and _may_start_signature(lines[index + 1])
            )
            has_motto = below <= _LONGEST_MOTTO and _is_motto(lines[index + 1 : index + below + 2])
            delimiters += 1
            if (
                line.lstrip() == "-- "
                or has_name
                or has_motto
                or (is_like_signature and below <= LONGEST_SIGNATURE)
            ):
                start = index
        elif line.strip():
            below += 1
            is_like_signature = is_like_signature and (fits_contact_block(line) or is_closing(line))
        if below > _LONGEST_DELIMITED or delimiters > LONGEST_SIGNATURE:
            break
    return start


def _is_motto(lines: Sequence[str]) -> bool:
    """Return whether the text below a "--" without its space is one short paragraph.

    lines: as many as have text there, and one more.
    """
    texts = [line.strip() for line in lines]
    texts = texts if texts and texts[-1] else texts[:-1]
    return (
        bool(texts)
        and all(text and "://" not in text for text in texts)
        and sum(map(len, texts)) <= _LONGEST_MOTTO_TEXT
    )


def _ruler_start(lines: Sequence[str], end: int) -> int:
    """Return the line of a long ruler above a name and a number or address, else `end`."""
    start, below = end, 0
    for index in range(end - 1, -1, -1):
        line = lines[index]
        if below > _LONGEST_BELOW_RULER:
            break
        if not line.strip():
            continue
        below += 1
        if not is_ruler(line) or index + 1 >= end or len(line.strip()) < _SHORTEST_RULER:
            continue
        block = lines[index + 1 : index + 5]
        if index and _is_sign_off(lines, index - 1) and _is_saying(lines[index + 1 : end]):
            start = index
            continue
        is_long_ruler = len(line) >= _LONG_RULER
        above = lines[max(last_nonblank(lines, index), 0)].strip()
        if not is_long_ruler and not _repeats_name(above, block[0]):
            continue
        if not starts_with_name(block[0]) or _has_sentence_apart(lines[index + 1 : end]):
            continue
        is_apart = not index or not lines[index - 1].strip()
        if (is_apart and any(map(contact_points, block))) or _repeats_name(above, block[0]):
            start = index
    return start


def _is_sign_off(lines: Sequence[str], index: int) -> bool:
    """Return whether a line is a first name below a blank line or a closing."""
    return signs_with_first_name(lines[index].strip(), lines[index - 1] if index else "")


def _is_saying(lines: Sequence[str]) -> bool:
    """Return whether the lines are one short paragraph in quotation marks, or with its source."""
    texts = [line.strip() for line in lines]
    while texts and (not texts[-1] or is_ruler(texts[-1])):
        texts.pop()
    if not texts or not all(texts) or len(texts) > _LONGEST_MOTTO:
        return False
    has_source = _SOURCE.search(texts[-1]) is not None
    return sum(map(len, texts)) <= _LONGEST_MOTTO_TEXT and (
        texts[0][0] in QUOTATION_MARKS or has_source
    )


def _has_sentence_apart(block: Sequence[str]) -> bool:
    """Return whether a paragraph below the first one, and not below a ruler, has a sentence."""
    paragraphs = "\n".join(block).split("\n\n")[1:]
    return any(
        has_sentence(lines)
        for lines in (text.strip("\n").split("\n") for text in paragraphs)
        if not any(map(is_ruler, lines))
    )


def _repeats_name(above: str, line: str) -> bool:
    """Return whether a line starts with the name that the writer signed with above a ruler."""
    names, full = above.lower().split(), line.lower().split()
    return 0 < len(names) <= 3 and is_name(above) and len(full) >= 2 and names[0] == full[0]


def _may_start_signature(line: str) -> bool:
    """Return whether a line is a full name, an address or a closing."""
    text = line[:200].strip()
    return bool(text) and (
        (" " in text and bool(NAME.match(text))) or bool(EMAIL.search(text)) or is_closing(text)
    )
