"""Where a signature starts. The closing ("Best regards,\\nSam") is the writer's voice and stays."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.closings import is_closing
from engine.mail.contact import EMAIL, contact_strength
from engine.mail.contact_blocks import (
    LONGEST_SIGNATURE,
    NAME,
    after_name,
    contact_block_start,
    in_block,
    opens_with_name,
)
from engine.mail.quoted_headers import is_ruler

_DELIMITER = re.compile(r"^ ?(?:--|__)[ \t]*$")
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


def _given_start(lines: Sequence[str], signature: str) -> int:
    wanted = [" ".join(line.split()) for line in signature.splitlines() if line.strip()]
    if wanted and _DELIMITER.match(wanted[0]):
        wanted = wanted[1:]
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
    start, below, like_signature = end, 0, True
    for index in range(end - 1, -1, -1):
        line = lines[index]
        if _DELIMITER.match(line[:20]):
            named = below <= _FEW and index + 1 < end and _names_writer(lines[index + 1])
            motto = _is_motto(lines[index + 1 : end])
            if (
                line.lstrip() == "-- "
                or named
                or motto
                or (like_signature and below <= LONGEST_SIGNATURE)
            ):
                start = index
        elif line.strip():
            below += 1
            like_signature = like_signature and in_block(line)
            if below > 4 * LONGEST_SIGNATURE:
                break
    return start


def _is_motto(lines: Sequence[str]) -> bool:
    """Whether all that stands below a "--" that lost its space is one short paragraph."""
    texts = [line.strip() for line in lines[: _LONGEST_MOTTO + 4]]
    while texts and not texts[-1]:
        texts.pop()
    return (
        0 < len(texts) <= _LONGEST_MOTTO
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
    """Whether a signature can open with the line: a full name, or a name with an address."""
    text = line[:200].strip()
    return bool(text) and ((" " in text and bool(NAME.match(text))) or bool(EMAIL.search(text)))
