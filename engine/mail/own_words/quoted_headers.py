"""Recognise the header blocks that mail programs put above a quoted mail.

Outlook and similar programs copy "From: / Sent: / To: / Subject:", and MH copies date, sender and
Message-ID; Lotus Notes (notes_headers.py) puts a name and a date above "To: / cc: / Subject:".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.bare_contacts import last_nonblank
from engine.mail.own_words.header_words import FIELD_OF_LABEL, normalise
from engine.mail.own_words.notes_headers import letterhead_above, name_line_above
from engine.mail.own_words.separators import is_between_rulers, is_ruler
from engine.words import words

_LABEL = re.compile(r"^[\s*_|]{0,40}([^:：<>@*]{1,20}?)[\s*\u00a0]{0,4}[:：]\*?")
# NetEase and Foxmail write the header as a table: "| From | Ann Lee<ann@example.org> |".
_TABLE_LABEL = re.compile(r"^\|\s*([^|\s][^|]{0,19}?)\s*[:：]?\s*\|")
# A label in a language that is not in the lists: one to three words, a colon and a value.
_ANY_LABEL = re.compile(r"^[\s*]{0,4}[^\W\d_][^\d:：<>@*/!?]{0,24}?\s?\*?[:：]\*?\s+\S")
_DATE_AND_TIME = re.compile(
    r"(?:(?:19|20)\d\d|\d{1,2}[./-]\d{1,2}[./-]\d\d).{0,40}\b\d{1,2}[:.]\d\d|\d{1,2}:\d\d.{0,40}20\d\d"
)
_NOT_MAIL = frozenset(words("headers.not_mail"))
_LINK_OR_HASH = re.compile(r"^\s*(?:https?://\S+|[0-9a-f]{6,64})\s*$")
_NAME_AND_ADDRESS = re.compile(r"\w.{0,80}[<\[(](?:mailto:)?[^\s<>@]{1,64}@[^\s<>@]{1,200}[>\])]")
_AROUND_LABEL = "*_|" + "".join(filter(str.isspace, map(chr, range(0x3001))))

_LONGEST_BLOCK = 60  # lines; lists of recipients can be long
_LONGEST_LABEL = 20
_LONGEST_UNKNOWN_BLOCK = 10  # lines
_LONGEST_MH_HEADER = 4  # lines
_MAX_BLANK_LINES = 2  # between two fields
_MAX_WRAPPED_RECIPIENTS, _MAX_WRAPPED = 40, 2  # lines over which a field may be wrapped


def header_field(line: str) -> str | None:
    """Return the field a line starts with: from, date, to, cc, subject, other; or None."""
    if line[:1] == "|" and (cell := _TABLE_LABEL.match(line[:80])):
        return FIELD_OF_LABEL.get(normalise(cell.group(1)))
    label, colon, _ = line[:80].replace("：", ":").partition(":")
    if not colon or len(label.strip(_AROUND_LABEL)) > _LONGEST_LABEL:
        return None
    found = _LABEL.match(label + colon)
    return FIELD_OF_LABEL.get(normalise(found.group(1))) if found else None


def labelled_lines_end(fields: Sequence[str | None], start: int) -> int:
    """Return the end of the consecutive labelled lines from `start` on."""
    end = start
    while end < len(fields) and fields[end]:
        end += 1
    return end


def mh_header_end(lines: Sequence[str], fields: Sequence[str | None], start: int) -> int:
    """Return the end of what MH copies above a reply: date, sender, Message-ID; else `start`.

    These lines are indented; the reply is below them, with or without quotes.
    """
    if lines[start][:1] != " " or fields[start] != "date":
        return start
    end = labelled_lines_end(fields[start : start + _LONGEST_MH_HEADER], 0) + start
    return end if lines[end - 1].lstrip().startswith("Message-ID:") else start


def header_block(
    lines: Sequence[str], fields: Sequence[str | None], start: int
) -> tuple[int, int] | None:
    """Return the start and end of the header block around line `start`, or None.

    A block of Lotus Notes starts above its first labelled line, with a name and a date.
    """
    if fields[start] in (None, "cc", "other"):
        return None
    seen, end = _collect_fields(lines, fields, start)
    if fields[start] == "to":
        if not seen & {"cc", "subject"}:
            return None
        top = name_line_above(lines, start)
        has_address = "@" in lines[start] and "subject" in seen
        if top is None and has_address and not _is_introduced(lines, start):
            top = start
        return (top, end) if top is not None else None
    known = seen & {"from", "date", "to", "subject"}
    if fields[start] == "subject" and not {"from", "date"} <= known:
        return None
    has_digit = _any_digit(lines[start:end])
    has_address = _any_address(lines[start:end])
    if fields[start] == "from":
        # Without an address or a subject, only the date of a program tells it from a travel plan.
        has_full_date = any(_DATE_AND_TIME.search(line[:200]) for line in lines[start:end])
        is_person = not _value(lines[start])[:1].isdigit()  # "From: 3 May" is a plan
        has_few = "subject" in known and has_digit and is_person
        is_dated = "date" in known and has_full_date and _is_full_name(_value(lines[start]))
        is_block = (len(known) >= 3 and (has_address or has_few or is_dated)) or (
            len(known) == 2 and ("@" in lines[start] or is_dated)
        )
    else:
        is_block = len(known) >= 2 and bool(known & {"from", "to"}) and has_address
    return (letterhead_above(lines, start), end) if is_block else None


def _is_full_name(value: str) -> bool:
    """Return whether a sender may be a person, who has two names; of a town there is one."""
    words = value.split()
    return len(words) > 1 and not any(map(str.isdigit, value)) and words[-1][0] not in "(["


def _value(line: str) -> str:
    return line.replace("：", ":").partition(":")[2].strip(" \t*")


def _is_introduced(lines: Sequence[str], start: int) -> bool:
    """Return whether the text above ends in a colon: below "Write this:" it is the writer's."""
    above = last_nonblank(lines, start)
    return above >= 0 and lines[above].strip().endswith((":", "："))


def may_start_unknown_block(lines: Sequence[str], start: int) -> bool:
    """Return whether `unknown_block_end` can find a block: colons in two lines, no text above."""
    if start + 1 >= len(lines) or (start and lines[start - 1][:1].isalnum()):
        return False
    first, second = lines[start], lines[start + 1]
    return (":" in first or "：" in first) and (":" in second or "：" in second)


def unknown_block_end(lines: Sequence[str], start: int) -> int:
    """Return the end of a header block in a language not in the lists; `start` if there is none.

    Three or more labelled lines with nothing else around them, one with a name and an address in
    brackets and another one with date and time.
    """
    if ":" not in lines[start][:40] and "：" not in lines[start][:40]:
        return start
    if start and _is_text(lines[start - 1]):
        return start
    end = start
    limit = min(start + _LONGEST_UNKNOWN_BLOCK, len(lines))
    while end < limit and _ANY_LABEL.match(lines[end][:80]):
        end += 1
    ends_paragraph = end == len(lines) or not lines[end].strip()
    block = [line[:400] for line in lines[start:end]]
    dates = [index for index, line in enumerate(block) if _DATE_AND_TIME.search(line)]
    addresses = [index for index, line in enumerate(block) if _NAME_AND_ADDRESS.search(line)]
    is_block = ends_paragraph and len(block) >= 3 and dates and set(addresses) - set(dates)
    return end if is_block and not any(map(_is_no_mail_field, block)) else start


def _is_no_mail_field(line: str) -> bool:
    """Return whether a labelled line is from a list of changes or a form, and from no mail."""
    label, _, value = line.replace("：", ":").partition(":")
    return normalise(label) in _NOT_MAIL or bool(_LINK_OR_HASH.match(value))


def _is_text(line: str) -> bool:
    return bool(line.strip()) and not is_ruler(line) and not is_between_rulers(line)


def _any_digit(lines: Sequence[str]) -> bool:
    return any(character.isdigit() for line in lines for character in line[:200])


def _any_address(lines: Sequence[str]) -> bool:
    return any("@" in line[:400] for line in lines)


def _collect_fields(
    lines: Sequence[str], fields: Sequence[str | None], start: int
) -> tuple[set[str], int]:
    """Return the header fields from `start` on, and the end of the last one."""
    seen: set[str] = set()
    end, blanks, wrapped, current = start, 0, 0, ""
    for index in range(start, min(start + _LONGEST_BLOCK, len(lines))):
        field = fields[index]
        if field:
            if field == "from" and "from" in seen:
                break
            seen.add(field)
            current, blanks, wrapped, end = field, 0, 0, index + 1
        elif not lines[index].strip():
            blanks += 1
            if blanks > _MAX_BLANK_LINES:
                break
        elif blanks:
            break
        else:
            wrapped += 1
            is_recipients = current in ("to", "cc")
            if wrapped > (_MAX_WRAPPED_RECIPIENTS if is_recipients else _MAX_WRAPPED):
                break
            # A sender is wrapped over one more line at most; the rest may be the mail itself.
            if is_recipients or (wrapped <= 1 and current == "from"):
                end = index + 1
    return seen, end
