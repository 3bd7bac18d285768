"""Where a signature starts. The closing ("Best regards,\\nSam") is the writer's voice and stays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.contact import EMAIL, contact_strength
from engine.mail.own_words.contact_blocks import (
    LONGEST_SIGNATURE,
    after_name,
    contact_block_start,
)
from engine.mail.own_words.contact_lines import NAME, in_block, opens_with_name
from engine.mail.own_words.quoted_headers import is_ruler

_DELIMITER = re.compile(r"^ ?(?:--|__)[ \t]*$")
_LONGEST_GIVEN = 60  # lines
_LONGEST_MOTTO = 5  # lines
_MOTTO_LETTERS = 300
_LONG_RULE = 20  # letters
_MOST_BELOW_RULE = 10  # lines
_FEW = 8  # lines, where only the first looks like a signature's


def signature_start(lines: Sequence[str], signature: str | None = None) -> int:
    """The line where the signature of `lines` starts; len(lines) when there is none.

    `signature` is the one known to the mail program; a closing and a name at its head still count
    as the writer's words.
    """
    end = len(lines)
    if signature:
        end = _given_start(lines, signature)
    end = min(end, _delimited_start(lines, end))
    end = min(end, _ruled_start(lines, end))
    return contact_block_start(lines, end)


@lru_cache(maxsize=16)  # asked of each stretch between quotes
def _signature_lines(signature: str) -> list[str]:
    lines = [" ".join(line.split()) for line in signature.splitlines() if line.strip()]
    lines = lines[1:] if lines and _DELIMITER.match(lines[0]) else lines
    return lines[:_LONGEST_GIVEN]


def _given_start(lines: Sequence[str], signature: str) -> int:
    wanted = _signature_lines(signature)
    if not wanted:
        return len(lines)
    places = [index for index, line in enumerate(lines) if line.strip()]
    texts = [" ".join(lines[index].split()) for index in places]
    for first in range(len(texts) - len(wanted), -1, -1):
        if texts[first] == wanted[0] and texts[first : first + len(wanted)] == wanted:
            start = places[first]
            if is_closing(lines[start]):
                return after_name(lines, start + 1, len(lines))
            return start
    return len(lines)


def _delimited_start(lines: Sequence[str], end: int) -> int:
    """The line "-- " (RFC 3676, 4.3), or without its space over what looks like a signature."""
    start, below, delimiters, like_signature = end, 0, 0, True
    for index in range(end - 1, -1, -1):
        line = lines[index]
        if _DELIMITER.match(line[:20]):
            named = below <= _FEW and index + 1 < end and _names_writer(lines[index + 1])
            motto = below <= _LONGEST_MOTTO and _is_motto(lines[index + 1 : index + below + 2])
            delimiters += 1
            if (
                line.lstrip() == "-- "
                or named
                or motto
                or (like_signature and below <= LONGEST_SIGNATURE)
            ):
                start = index
        elif line.strip():
            below += 1
            like_signature = like_signature and (in_block(line) or is_closing(line))
        if below > 4 * LONGEST_SIGNATURE or delimiters > LONGEST_SIGNATURE:
            break
    return start


def _is_motto(lines: Sequence[str]) -> bool:
    """Whether all that stands below a "--" that lost its space is one short paragraph.

    `lines`: as many as hold text there, and one more.
    """
    texts = [line.strip() for line in lines]
    texts = texts if texts and texts[-1] else texts[:-1]
    return (
        bool(texts)
        and all(text and "://" not in text for text in texts)
        and sum(map(len, texts)) <= _MOTTO_LETTERS
    )


def _ruled_start(lines: Sequence[str], end: int) -> int:
    """A long rule over a name with a number or an address, and a motto below a second rule."""
    start, below = end, 0
    for index in range(end - 1, -1, -1):
        line = lines[index]
        if below > _MOST_BELOW_RULE:
            break
        if not line.strip():
            continue
        below += 1
        ruled = len(line) >= _LONG_RULE and is_ruler(line)
        if ruled and index + 1 < end and not (index and lines[index - 1].strip()):
            block = lines[index + 1 : index + 5]
            if opens_with_name(block[0]) and any(map(contact_strength, block)):
                start = index
    return start


def _names_writer(line: str) -> bool:
    """Whether a signature can open with the line: a full name or an address, or a closing."""
    text = line[:200].strip()
    return bool(text) and (
        (" " in text and bool(NAME.match(text))) or bool(EMAIL.search(text)) or is_closing(text)
    )
