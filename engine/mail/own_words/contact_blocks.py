"""Where a block of name, title, company, number and address stands at the end of a text.

Told by its form: short lines that are no sentences, one of them a number or an address, below a
name, a closing or a rule. The closing and the name that belongs to it stay above.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.closings import holds_name, is_closing
from engine.mail.own_words.contact import (
    LINK,
    contact_strength,
    is_phone,
    names_role,
    pieces,
)
from engine.mail.own_words.contact_lines import (
    in_block,
    is_name,
    is_sentence,
    may_close,
    opens_with_name,
)
from engine.mail.own_words.quoted_headers import is_ruler

LONGEST_SIGNATURE = 16
"""Lines; a longer block is text."""

_LONGEST_NOTICE = 3  # lines
_STRONG = 3  # of a number or an address, and something more
_MOST_NUMBERED = 2  # rows of a signature in two columns that end in a number

_SIGN_OFF = re.compile(r"^[-–—~]{1,2} ?[^\W\d_][\w'’.-]{1,20}$")


def contact_block_start(lines: Sequence[str], end: int) -> int:
    """Where a block of name, title, company, phone and address at the very end starts."""
    bottom = _last_text(lines, end) + 1
    while bottom > 0 and is_ruler(lines[bottom - 1]):
        bottom = _last_text(lines, bottom - 1) + 1
    top, signed_off = bottom, False
    for index in range(bottom - 1, max(bottom - LONGEST_SIGNATURE - 4, 0) - 1, -1):
        line = lines[index]
        if not line.strip():
            if lines[index + 1].strip() and not _joins_block(lines, index):
                break
        elif is_closing(line) or _closes(lines, index, bottom):
            name_end = after_name(lines, index + 1, bottom)
            signed_off = name_end > index + 1
            top = name_end if signed_off else top
            break
        elif is_ruler(line):
            top = index
            break
        elif in_block(line) or _is_held(lines, index, bottom) or _is_handle(lines, index, bottom):
            top = index
        else:
            break
    if not signed_off and top and lines[_last_text(lines, top)].rstrip().endswith((":", "：")):
        return end  # "You can reach Ann here:", and what follows is what was to be told
    block = [line.strip() for line in lines[top:bottom] if line.strip()]
    if not block or len(block) > LONGEST_SIGNATURE or _is_list(block):
        return end
    strength = sum(contact_strength(line) for line in block) + (
        " " in block[0] and is_name(block[0])
    )
    if signed_off:
        return top if strength >= 1 else end
    if _SIGN_OFF.match(block[0]):
        return top + 1 if strength >= 1 else end
    return _named_start(lines, top, bottom, strength) if strength >= 2 else end


def block_above_notice(lines: Sequence[str], end: int) -> int:
    """Where a contact block starts that has one short paragraph below it, else `end`."""
    bottom = top = _last_text(lines, end)
    while top > 0 and lines[top - 1].strip() and bottom - top < _LONGEST_NOTICE:
        top -= 1
    if top <= 0 or lines[top - 1].strip():
        return end
    start = contact_block_start(lines, top)
    strength = sum(contact_strength(line) for line in lines[start:top])
    return start if start < top and strength >= _STRONG else end


def _is_list(block: Sequence[str]) -> bool:
    """Whether the lines name several people or things, each with its number beside it."""
    rows = [parts for parts in map(pieces, block) if len(parts) == 2 and is_phone(parts[1])]
    return len(rows) > _MOST_NUMBERED


def _is_held(lines: Sequence[str], index: int, bottom: int) -> bool:
    """Whether a line stands in a contact block though nothing in it says so.

    A title in a language that is not in the lists, a motto: below a name at the head of the same
    paragraph, above a number or an address, and no sentence.
    """
    text = lines[index].strip()
    if len(text) > 90 or len(text.split()) > 14 or text.endswith((":", "：")):
        return False
    if is_sentence(text) and text[0] not in "\"'“„«»‘":
        return False
    top = index
    while top > 0 and index - top < LONGEST_SIGNATURE and lines[top - 1].strip():
        if is_closing(lines[top - 1]) or is_ruler(lines[top - 1]):
            break
        top -= 1
    head = lines[top : min(top + 2, index)]
    if not any(map(opens_with_name, head)) and not _is_signed(lines, top):
        return False
    below = index + 1
    while below < bottom and lines[below].strip():
        if contact_strength(lines[below]):
            return True
        below += 1
    return len(head) == 2 and any(contact_strength(line) >= 2 for line in lines[top:index])


def _is_handle(lines: Sequence[str], index: int, bottom: int) -> bool:
    """Whether a line is a nickname: in an address further down, not in the name right below."""
    text = lines[index].strip()
    below = lines[index + 1 : min(bottom, index + LONGEST_SIGNATURE)]
    return (
        text.isalpha()
        and text.islower()
        and bool(below)
        and text not in below[0].lower()
        and any(f"{text}@" in line for line in below)
    )


def _is_signed(lines: Sequence[str], start: int) -> bool:
    """Whether a closing with its name is the last thing above `start`."""
    last = _last_text(lines, start)
    return last > 0 and (
        is_closing(lines[last - 1]) or holds_name(lines[last]) or _closes(lines, last - 1, start)
    )


def _closes(lines: Sequence[str], index: int, bottom: int) -> bool:
    """Return whether a paragraph's first line is a closing in words that are not in the lists.

    A phrase in small letters, or one with a comma behind it, over a name.
    """
    first = not index or not lines[index - 1].strip()
    if not first or index + 1 >= bottom or not opens_with_name(lines[index + 1]):
        return False
    return may_close(lines[index].strip())


def _joins_block(lines: Sequence[str], blank: int) -> bool:
    """Whether the paragraph above a blank line can be the upper part of a contact block."""
    bottom = _last_text(lines, blank) + 1
    top = bottom
    while top > 0 and lines[top - 1].strip() and bottom - top <= LONGEST_SIGNATURE:
        top -= 1
    paragraph = lines[top:bottom]
    if any(is_closing(line) for line in paragraph[-2:]) or any(map(is_ruler, paragraph[-1:])):
        return True
    if len(paragraph) == 2 and _closes(lines, top, bottom):
        return True
    if not paragraph or not all(in_block(line) for line in paragraph):
        return False
    if len(paragraph) == 1 and is_closing(lines[_last_text(lines, top)]) and top > 0:
        return True
    # A full name, and under it perhaps a title in a language that is not in the lists.
    if len(paragraph) <= 2 and " " in paragraph[0].strip() and opens_with_name(paragraph[0]):
        return True
    return any(contact_strength(line) and not LINK.search(line[:200]) for line in paragraph)


def _named_start(lines: Sequence[str], top: int, bottom: int, strength: int) -> int:
    """The start of a block without a closing above it: it must open with a name or a ruler.

    A first name alone on the line above the rest is how the writer signs: it stays.
    """
    end = len(lines)
    while top < bottom and not lines[top].strip():
        top += 1
    first = lines[top].strip()
    if top == 0 and strength < 4:
        return end
    if is_ruler(first):
        return top
    above = lines[top - 1].strip() if top else ""
    if above and strength < 4 and len(above.split()) > 2:
        return end
    if _is_handle(lines, top, bottom):
        return top
    if len(first.split()) == 1 and first.isalpha() and not names_role(first):
        return top + 1
    return top if any(map(opens_with_name, lines[top : top + 3])) else end


def after_name(lines: Sequence[str], start: int, end: int) -> int:
    """The line after the name that belongs to the closing phrase above `start`, else `start`."""
    if holds_name(lines[start - 1]):
        return start
    index = start
    while index < end and not lines[index].strip():
        index += 1
    belongs = index - start <= 1 and (
        index == start or not lines[start - 1].rstrip().endswith((".", "!"))
    )
    return index + 1 if index < end and belongs and is_name(lines[index]) else start


def _last_text(lines: Sequence[str], end: int) -> int:
    while end > 0 and not lines[end - 1].strip():
        end -= 1
    return end - 1
