"""Tell contact blocks from lists of people and offices, which are what a mail is about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.bare_contacts import last_nonblank
from engine.mail.own_words.contact import contact_points, is_phone, is_postal, split_parts
from engine.mail.own_words.contact_lines import fits_contact_block

MAX_BLANK_LINES = 4
"""Blank lines within a contact block."""

_NAME_AND_NUMBER = re.compile(
    r"\s*([^\W\d_a-z][^\W\d_]{1,15})[ \t]*[:,–-]?[ \t]+(?=(?:\D*\d){7})\+?\(?\d[\d ()./-]{5,20}\s*$"
)
_LABEL = re.compile(
    r"(?:tel\w*|phone|ph|fax|mob\w*|cell\w*|office|work|home|direct|desk|pager|voice|main|fon|handy|gsm"
    r"|büro|privat|tél\w*|bureau|oficina|móvil|ufficio|cellulare|kantoor|mobiel|тел|моб|факс)$",
    re.IGNORECASE,
)
_MAX_PHONE_ROWS = 2  # rows of a signature in two columns that end in a phone number


def is_phone_list(block: Sequence[str]) -> bool:
    """Return whether the lines are a list of people or things, each with a phone number."""
    if len(block) > 1 and _are_people_with_numbers(block):
        return True
    rows = [parts for parts in map(split_parts, block) if len(parts) == 2 and is_phone(parts[1])]
    has_letterhead = len(split_parts(block[0])) == 1 and any(map(is_postal, (r[0] for r in rows)))
    return len(rows) > _MAX_PHONE_ROWS and not has_letterhead


def _are_people_with_numbers(block: Sequence[str]) -> bool:
    """Return whether each line is another first name and its number, without a label."""
    found = [_NAME_AND_NUMBER.match(line[:200]) for line in block]
    names = {match[1] for match in found if match}
    return len(names) == len(block) and not any(map(_LABEL.match, names))


def goes_on_above(lines: Sequence[str], top: int) -> bool:
    """Return whether the paragraph above a block could be part of it, too: then it is a list."""
    last = last_nonblank(lines, top)
    above = lines[last] if last >= 0 and top - last <= MAX_BLANK_LINES else ""
    is_like_block = contact_points(above) >= 2 and fits_contact_block(above)
    return is_like_block and not above.rstrip().endswith(".")


def count_addresses(lines: Sequence[str]) -> int:
    """Count the paragraphs with a line of a postal address."""
    count, is_counted = 0, False
    for line in lines:
        if not line.strip():
            is_counted = False
        elif not is_counted and is_postal(line[:200]):
            count, is_counted = count + 1, True
    return count
