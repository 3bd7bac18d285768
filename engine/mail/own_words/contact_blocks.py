"""Find the contact block at the end of a text: name, job title, company, phone number, address.

It is recognised by its form: short lines that are not sentences, one of them a number or an
address, below a name, a closing or a ruler. The closing and its name are not part of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.bare_contacts import (
    are_contacts,
    is_bare_contact,
    is_linked_name,
    is_only_link,
    last_nonblank,
    last_paragraph,
)
from engine.mail.own_words.closings import is_closing, is_closing_with_name
from engine.mail.own_words.companies import names_company
from engine.mail.own_words.contact import (
    EXTENSION,
    LINK,
    contact_points,
    has_title_or_organisation,
    is_phone,
    names_organisation,
    names_role,
)
from engine.mail.own_words.contact_lines import (
    NAME,
    fits_contact_block,
    is_first_name,
    is_like_closing,
    is_name,
    is_role,
    is_sentence,
    is_title_case,
    is_unfinished,
    starts_with_name,
)
from engine.mail.own_words.contact_lists import (
    MAX_BLANK_LINES,
    count_addresses,
    goes_on_above,
    is_phone_list,
)
from engine.mail.own_words.sentence_ends import STOPS
from engine.mail.own_words.separators import is_ruler

LONGEST_SIGNATURE = 16
"""Lines; a longer block is text."""

_LONGEST_NOTICE = 3  # lines
_LONGEST_REPEATED = 6  # lines
_MAX_OFFICES = 2  # postal addresses in a signature; more are a list
# Points (see contact_points) that make lines a contact block, by what is above them.
_POINTS_BELOW_CLOSING = 1
_POINTS_BELOW_NAME = 2
_POINTS_ABOVE_NOTICE = 3  # a number or an address, and something more
_POINTS_WITHOUT_CONTEXT = 4  # the block is the whole text, or follows text without a blank line
_LONGEST_UNKNOWN_LINE, _MAX_UNKNOWN_WORDS = 90, 14  # of a motto or a title not in the lists
_AFTER_GREETING = ",!:，！：、"
_MAX_NAME_WORDS = 3  # of a name that is glued to the text above it
_MAX_ROLE_LINES = 3
_DASH_AND_NAME = re.compile(r"^[-–—~]{1,2} ?[^\W\d_][\w'’.-]{1,20}$")


def contact_block_start(lines: Sequence[str], end: int) -> int:
    """Return where a contact block at the end of `lines[:end]` starts; `end` if there is none."""
    bottom = last_nonblank(lines, end) + 1
    while bottom > 0 and is_ruler(lines[bottom - 1]):
        bottom = last_nonblank(lines, bottom - 1) + 1
    top, is_below_closing = bottom, False
    below_links: int | None = None  # where the block starts without a paragraph of links above it
    highest = max(bottom - LONGEST_SIGNATURE - MAX_BLANK_LINES, 0)
    for index in range(bottom - 1, highest - 1, -1):
        line = lines[index]
        if not line.strip():
            if lines[index + 1].strip() and not _is_upper_part_above(lines, index):
                if not is_only_link(lines[last_nonblank(lines, index)]):
                    break
                below_links = top if below_links is None else below_links
        elif is_closing(line) or _is_unlisted_closing(lines, index, bottom):
            name_end = closing_end(lines, index + 1, bottom)
            is_below_closing = name_end > index + 1
            top = name_end if is_below_closing else top
            break
        elif is_ruler(line):
            top = top if _is_below_heading(lines, index) else index
            break
        elif (
            fits_contact_block(line)
            or _is_unknown_line_of_block(lines, index, bottom)
            or _is_user_name(lines, index, bottom)
        ):
            top = index
        else:
            break
    if below_links is not None and not is_below_closing:
        top = below_links
    above = lines[last_nonblank(lines, top)].rstrip() if top else ""
    if not is_below_closing and above.endswith((":", "：")):
        return end  # "You can reach Ann here:" introduces someone else's contact details
    block = [line.strip() for line in lines[top:bottom] if line.strip()]
    if not block or len(block) > LONGEST_SIGNATURE or is_phone_list(block):
        return end
    if len(block) > 1 and not is_below_closing and _is_signed_below(lines, top, bottom - 1):
        return end  # numbers, links or addresses that the mail is about
    if not is_below_closing and (
        goes_on_above(lines, top) or count_addresses(lines[top:bottom]) > _MAX_OFFICES
    ):
        return end
    points = sum(contact_points(line) for line in block)
    is_apart = is_below_closing and any(not line.strip() for line in lines[top - 1 : top + 1])
    if is_apart and not points and _is_phrase(block[0]):
        return end  # "Cake on Sunday", below the name and a blank line
    if not is_below_closing and all(map(names_organisation, block)):
        return end  # the company that the mail is about
    points += " " in block[0] and is_name(block[0]) and not names_company(block[0])
    if is_below_closing:
        only_roles = len(block) <= _MAX_ROLE_LINES and all(map(is_role, block))
        return top if points >= _POINTS_BELOW_CLOSING or only_roles else end
    if _DASH_AND_NAME.match(block[0]):
        return top + 1 if points >= _POINTS_BELOW_CLOSING else end
    if points < _POINTS_BELOW_NAME:
        if is_linked_name(block):
            return top + 1
        return top if _is_role_block(lines, top, bottom) else end
    return _start_without_closing(lines, top, bottom, points)


def _is_phrase(line: str) -> bool:
    """Return whether a line has words in lower case that no name has, and is no role."""
    lower_case = any(word[0].islower() for word in line.split()[1:])
    return lower_case and not (NAME.match(line) or is_role(line) or has_title_or_organisation(line))


def _is_below_heading(lines: Sequence[str], ruler: int) -> bool:
    """Return whether a ruler stands below a heading that has one above it, too."""
    return ruler > 1 and bool(lines[ruler - 1].strip()) and is_ruler(lines[ruler - 2])


def repeated_name_start(lines: Sequence[str], end: int) -> int:
    """Return where a last paragraph starts that repeats the name above it in full, else `end`.

    "Sam" and, below a blank line, "Sam Roe | Miller": who has signed signs no more.
    """
    paragraph = last_paragraph(lines, end, _LONGEST_REPEATED)
    if paragraph is None:
        return end
    above, top, bottom = paragraph
    signed = lines[above].strip(" ,.!")
    if not is_first_name(signed) or (lines[above - 1].strip() and not is_closing(lines[above - 1])):
        return end
    is_repeated = re.match(rf"{re.escape(signed)} [^\W\d_a-z]", lines[top].strip()) is not None
    return top if is_repeated and not any(map(is_sentence, lines[top:bottom])) else end


def contact_block_above_notice(lines: Sequence[str], end: int) -> int:
    """Return where a contact block with one short paragraph below it starts, else `end`."""
    bottom = top = last_nonblank(lines, end)
    while top > 0 and lines[top - 1].strip() and bottom - top < _LONGEST_NOTICE:
        top -= 1
    if top <= 0 or lines[top - 1].strip():
        return end
    start = contact_block_start(lines, top)
    points = sum(contact_points(line) for line in lines[start:top])
    return start if start < top and points >= _POINTS_ABOVE_NOTICE else end


def _is_unknown_line_of_block(lines: Sequence[str], index: int, bottom: int) -> bool:
    """Return whether a line that could be anything is part of a contact block.

    It is a motto, or a job title in a language that is not in the lists: not a sentence, in the
    same paragraph as a name at its top, and above a number or an address.
    """
    text = lines[index].strip()
    if len(text) > _LONGEST_UNKNOWN_LINE or len(text.split()) > _MAX_UNKNOWN_WORDS:
        return False
    if text.endswith((":", "：")) or (is_sentence(text) and text[0] not in "\"'“„«»‘"):
        return False
    top = index
    while top > 0 and index - top < LONGEST_SIGNATURE and lines[top - 1].strip():
        if is_closing(lines[top - 1]) or is_ruler(lines[top - 1]):
            break
        top -= 1
    first_lines = lines[top : min(top + 2, index)]
    if not any(map(starts_with_name, first_lines)) and not _is_below_signed_closing(lines, top):
        return False
    below = index + 1
    while below < bottom and lines[below].strip():
        if contact_points(lines[below]):
            return True
        below += 1
    return len(first_lines) == 2 and any(contact_points(line) >= 2 for line in lines[top:index])


def _is_user_name(lines: Sequence[str], index: int, bottom: int) -> bool:
    """Return whether a line is a user name: part of an address below, not of the name below it."""
    text = lines[index].strip()
    below = lines[index + 1 : min(bottom, index + LONGEST_SIGNATURE)]
    return (
        text.isalpha()
        and text.islower()
        and bool(below)
        and text not in below[0].lower()
        and any(f"{text}@" in line for line in below)
    )


def _is_below_signed_closing(lines: Sequence[str], start: int) -> bool:
    """Return whether the last thing above `start` is a closing with a name."""
    last = last_nonblank(lines, start)
    return last > 0 and (
        is_closing(lines[last - 1])
        or is_closing_with_name(lines[last])
        or _is_unlisted_closing(lines, last - 1, start)
    )


def _is_unlisted_closing(lines: Sequence[str], index: int, bottom: int) -> bool:
    """Return whether a paragraph's first line is a closing that is not in the lists.

    It is a phrase in lower case, or one with a comma at the end, above a name.
    """
    is_first = not index or not lines[index - 1].strip()
    if not is_first or index + 1 >= bottom or not starts_with_name(lines[index + 1]):
        return False
    return is_like_closing(lines[index].strip())


def _is_upper_part_above(lines: Sequence[str], blank: int) -> bool:
    """Return whether the paragraph above a blank line can be the top of a contact block."""
    bottom = last_nonblank(lines, blank) + 1
    top = bottom
    while top > 0 and lines[top - 1].strip() and bottom - top <= LONGEST_SIGNATURE:
        top -= 1
    paragraph = lines[top:bottom]
    if any(is_closing(line) for line in paragraph[-2:]) or any(map(is_ruler, paragraph[-1:])):
        return True
    if len(paragraph) == 2 and _is_unlisted_closing(lines, top, bottom):
        return True
    if not paragraph or not all(fits_contact_block(line) for line in paragraph):
        return False
    if len(paragraph) == 1 and is_closing(lines[last_nonblank(lines, top)]) and top > 0:
        return True
    # A full name, and perhaps a job title that is not in the lists.
    if len(paragraph) <= 2 and " " in paragraph[0].strip() and starts_with_name(paragraph[0]):
        return True
    return any(contact_points(line) and not LINK.search(line[:200]) for line in paragraph)


def _start_without_closing(lines: Sequence[str], top: int, bottom: int, points: int) -> int:
    """Return the start of a block that has no closing above it; len(lines) if it is not one.

    It must start with a name or a ruler. A first name on a line of its own is the writer's own
    way to sign, and not part of the block.
    """
    end = len(lines)
    while top < bottom and not lines[top].strip():
        top += 1
    first = lines[top].strip()
    last = last_nonblank(lines, top)
    if last < 0 and (points < _POINTS_WITHOUT_CONTEXT or first[-1] in _AFTER_GREETING):
        return end
    if is_ruler(first):
        return top
    above = lines[top - 1].strip() if top else ""
    if above and above[-1].islower() and lines[bottom - 1].rstrip().endswith("."):
        return end  # a sentence that goes on over names and numbers
    if above.endswith(STOPS) and _is_first_name_and_number(lines[top:bottom]):
        return top + 1
    if above and points < _POINTS_WITHOUT_CONTEXT and len(above.split()) > 2:
        below = lines[top + 1].strip() if top + 1 < bottom else ""
        is_signed = _is_full_name(first) and bool(is_phone(below) or EXTENSION.match(below))
        return top if is_signed and not is_unfinished(above) else end
    if _is_user_name(lines, top, bottom):
        return top
    if above and first[0].islower():
        return end  # the line above goes on here
    if len(first.split()) == 1 and first.isalpha() and not has_title_or_organisation(first):
        return top + 1
    if any(map(starts_with_name, lines[top : top + 3])):
        return top
    block = [line for line in lines[top:bottom] if line.strip()]
    is_bare = all(map(is_bare_contact, block)) or are_contacts(block)
    is_apart = not above and last >= 0 and lines[last].rstrip().endswith(STOPS)
    return top if is_bare and is_apart else end


def _is_first_name_and_number(block: Sequence[str]) -> bool:
    """Return whether the lines are a first name, and a telephone number below it."""
    name, *below = (line.strip() for line in block)
    return is_first_name(name) and len(below) == 1 and is_phone(below[0])


def _is_signed_below(lines: Sequence[str], top: int, last: int) -> bool:
    """Return whether the last line is the writer's first name, below lines without a name."""
    above = last_nonblank(lines, last)
    return (
        top <= above < last - 1
        and is_first_name(lines[last].strip())
        and all(contact_points(line) for line in lines[top : above + 1] if line.strip())
        and not any(map(_starts_like_signature, lines[top : above + 1]))
    )


def _starts_like_signature(line: str) -> bool:
    text = line.strip()
    return is_ruler(line) or (" " in text and bool(NAME.match(text)))


def _is_role_block(lines: Sequence[str], top: int, bottom: int) -> bool:
    """Return whether a paragraph is a full name, a role and an organisation, without a number."""
    name, *others = (line.strip() for line in lines[top:bottom])
    name, _, role = name.partition(", ")
    others = [role, *others] if role else others
    above = last_nonblank(lines, top)
    return (
        0 <= above < top - 1
        and lines[above].rstrip().endswith(STOPS)
        and _is_full_name(name)
        and 1 <= len(others) <= _MAX_ROLE_LINES
        and all(map(is_title_case, others))
        and any(map(names_role, others))
    )


def _is_full_name(text: str) -> bool:
    return 1 < len(text.split()) <= _MAX_NAME_WORDS and bool(NAME.match(text))


def closing_end(lines: Sequence[str], start: int, end: int) -> int:
    """Return the end of the closing right above `start`, including the name below it."""
    if is_closing_with_name(lines[start - 1]):
        return start
    index = start
    while index < end and not lines[index].strip():
        index += 1
    is_near = index - start <= 1 or (
        index < min(end, start + MAX_BLANK_LINES)
        and " " in lines[index].strip()
        and bool(NAME.match(lines[index]))
    )
    belongs = is_near and (index == start or not lines[start - 1].rstrip().endswith((".", "!")))
    return index + 1 if index < end and belongs and is_name(lines[index]) else start
