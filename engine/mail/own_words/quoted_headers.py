"""What stands above a mail quoted as a whole: header blocks and banners.

Outlook and its kin copy "From: / Sent: / To: / Subject:", Lotus Notes a name and a date over
"To: / cc: / Subject:", and many write "-----Original Message-----" or "Forwarded message".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from engine.mail.own_words.header_words import (
    FIELD_OF_LABEL,
    FORWARD_START,
    FORWARDED,
    ORIGINAL,
    folded,
)

_LABEL = re.compile(r"^[\s*_|]{0,40}([^:：<>@*]{1,20}?)[\s*\u00a0]{0,4}[:：]\*?")
# The labels of a language that is not in the list: a word or three, a colon and a value.
_ANY_LABEL = re.compile(r"^[\s*]{0,4}[^\W\d_][^\d:：<>@*/!?]{0,24}?\s?\*?[:：]\*?\s+\S")
_MOMENT = re.compile(
    r"(?:(?:19|20)\d\d|\d{1,2}[./-]\d{1,2}[./-]\d\d).{0,40}\b\d{1,2}[:.]\d\d|\d{1,2}:\d\d.{0,40}20\d\d"
)
_NAMED_ADDRESS = re.compile(r"\w.{0,80}[<\[(](?:mailto:)?[^\s<>@]{1,64}@[^\s<>@]{1,200}[>\])]")

_BESIDE_LABEL = "*_|" + "".join(filter(str.isspace, map(chr, range(0x3001))))
_RULE = "-–—_=*~•>━─"
_THREE = frozenset(character * 3 for character in _RULE)
_RULED = re.compile(rf"^[{_RULE}]{{2,}}\s{{0,20}}(?=[^{_RULE}\s])")
_FORWARD_START = re.compile(
    r"(?:begin )?forwarded (?:message|text|by|mail|e-?mail|from)\b|end forwarded"
    r"|begin (?:include|included) message|videresendt"
)

_NOTES_DATE = re.compile(r"\b\d{1,4}[./-]\d{1,2}[./-]\d{2,4}\b")
_ONLY_DATE = re.compile(r"^[\d\s:./,-]*(?:[ap]\.?m\.?)?(?:\s?(?:[A-Z]{2,4}|on))?$", re.IGNORECASE)
_NOTES_FILLER = re.compile(r"^(?:sent by|please respond to|extension)\b", re.IGNORECASE)
_FLAT = re.compile(r"\S\s{1,9}To:.{1,900}\s{2}cc:.{0,900}\s{2}Subject:")
_LONGEST_FLAT = 2000  # letters
_GROUPWISE = re.compile(r"^>>>\s?\S.{2,120}\d[/.-]\d.{0,40}>>>$")
# Help desks put it over all that was said before.
_REPLY_MARKER = re.compile(
    r"(?:reply|response|write|type|respond|comment|antwort\w*|répon\w+|respond\w+|rispond\w+)\b.{0,30}"
    r"\b(?:above this (?:line|e-?mail)|(?:über|oberhalb) dieser (?:zeile|linie)"
    r"|au-dessus de cette ligne|por encima de esta línea|sopra questa (?:riga|linea))\b"
)
_RULER = re.compile(r"^(?:[-–—_=*~#\s]{2,}|—)$")

BLOCK_REACH = 60
"""Lines a header block may span; its lists of recipients can be long."""
_MOST_LABELS = 10
_MOST_MH = 4  # lines
_BARE_REACH = 24  # lines
_TO_REACH = 6  # lines by which a "To" of its own stands below the sender's name
_LONGEST_LABEL = 20  # letters


def is_ruler(line: str) -> bool:
    """Whether the line draws a rule: dashes, underscores, asterisks and nothing else."""
    return len(line) <= 400 and bool(_RULER.match(line)) and bool(line.strip())


def is_forward_banner(line: str) -> bool:
    """ "---------- Forwarded message ---------", "Begin forwarded message:"."""
    text = line[:200].strip(" \t*")
    if text[:1].isalnum():
        return text[-1:] in ":：" and folded(text.rstrip(":： \t")) in FORWARD_START
    phrase = _ruled_phrase(text)
    return phrase in FORWARDED or bool(_FORWARD_START.match(phrase))


def is_original_banner(line: str) -> bool:
    """ "-----Original Message-----"."""
    text = line[:200].strip(" \t")
    return not text[:1].isalnum() and _ruled_phrase(text) in ORIGINAL


def opens_with_rule(line: str) -> bool:
    """Whether the line can be a banner or ruled: its first sign draws rules."""
    return line.lstrip(" \t")[:1] in _RULE


def is_ruled(line: str) -> bool:
    """Whether rules of three or more stand at both ends of a phrase: "----- Words -----"."""
    text = line[:200].strip(" \t*")
    return text[:3] in _THREE and text[-3:] in _THREE and 0 < len(_ruled_phrase(text)) <= 60


def _ruled_phrase(text: str) -> str:
    """The words behind a rule, "" when the line does not start with one."""
    found = _RULED.match(text)
    return folded(text[found.end() :].rstrip(_RULE + " \t:：")) if found else ""


def is_reply_marker(line: str) -> bool:
    """ "##- Please type your reply above this line -##"."""
    return bool(_REPLY_MARKER.search(line[:120].lower()))


def is_groupwise_banner(line: str) -> bool:
    """ ">>> Ann Lee 12/11/00 03:54PM >>>", over a mail that is not marked otherwise."""
    return line.startswith(">>>") and bool(_GROUPWISE.match(line[:200].rstrip()))


def is_flat_header(line: str) -> bool:
    """A header of Notes on a single line: name, date, "To: … cc: … Subject: …"."""
    if "ubject:" not in line or len(line) > _LONGEST_FLAT:
        return False
    return bool(_FLAT.search(line)) and bool(_NOTES_DATE.search(line))


def header_field(line: str) -> str | None:
    """Which header a line names: from, date, to, cc, subject or other; None when it names none."""
    label, colon, _ = line[:80].replace("：", ":").partition(":")
    if not colon or len(label.strip(_BESIDE_LABEL)) > _LONGEST_LABEL:
        return None
    found = _LABEL.match(label + colon)
    return FIELD_OF_LABEL.get(folded(found.group(1))) if found else None


def label_lines_end(fields: Sequence[str | None], start: int) -> int:
    """The line after the labelled lines that stand together from `start` on."""
    end = start
    while end < len(fields) and fields[end]:
        end += 1
    return end


def mh_header_end(lines: Sequence[str], fields: Sequence[str | None], start: int) -> int:
    """The line after what MH copies over a reply, or `start`: date, sender, Message-ID, indented.

    The reply stands below it, with or without quotes.
    """
    if lines[start][:1] != " " or fields[start] != "date":
        return start
    end = label_lines_end(fields[start : start + _MOST_MH], 0) + start
    return end if lines[end - 1].lstrip().startswith("Message-ID:") else start


def header_block(
    lines: Sequence[str], fields: Sequence[str | None], start: int
) -> tuple[int, int] | None:
    """(first line, line after the last) of the header block around line `start`, or None.

    The block of Lotus Notes starts above its first header, with a name and a date.
    """
    if fields[start] in (None, "cc", "other"):
        return None
    seen, end = _fields_from(lines, fields, start)
    if fields[start] == "to":
        if not seen & {"cc", "subject"}:
            return None
        top = _notes_top(lines, start)
        if top is None and "@" in lines[start] and "subject" in seen:
            top = start
        return (top, end) if top is not None else None
    known = seen & {"from", "date", "to", "subject"}
    if fields[start] == "subject" and not {"from", "date"} <= known:
        return None
    if fields[start] == "from":
        enough = (
            len(known) >= 3 and (_any_digit(lines[start:end]) or _any_address(lines, start, end))
        ) or (
            len(known) == 2
            and ("@" in lines[start] or ("date" in known and _any_digit(lines[start:end])))
        )
    else:
        enough = (
            len(known) >= 2 and bool(known & {"from", "to"}) and _any_address(lines, start, end)
        )
    return (_letterhead_top(lines, start), end) if enough else None


def _letterhead_top(lines: Sequence[str], start: int) -> int:
    """Notes can put the sender's company above the headers, indented by a tab as they are."""
    above = start - 2
    letterhead = (
        above >= 0
        and lines[start][:1] == lines[above][:1] == "\t"
        and lines[above].strip()
        and not lines[start - 1].strip()
    )
    return above if letterhead else start


def opens_labels(lines: Sequence[str], start: int) -> bool:
    """Whether `foreign_block_end` may find one: colons in two lines, and no text above."""
    return (
        all(":" in line or "：" in line for line in lines[start : start + 2])
        and not (start and lines[start - 1][:1].isalnum())
        and start + 1 < len(lines)
    )


def foreign_block_end(lines: Sequence[str], start: int) -> int:
    """The line after a header block in a language not in the lists; `start` when there is none.

    Three or more labelled lines that stand alone, one with a name and its address in brackets
    and one with date and time.
    """
    if ":" not in lines[start][:40] and "：" not in lines[start][:40]:
        return start
    if start and _is_text(lines[start - 1]):
        return start
    end = start
    while end < min(start + _MOST_LABELS, len(lines)) and _ANY_LABEL.match(lines[end][:80]):
        end += 1
    alone = end == len(lines) or not lines[end].strip()
    block = [line[:400] for line in lines[start:end]]
    dates = [index for index, line in enumerate(block) if _MOMENT.search(line)]
    addresses = [index for index, line in enumerate(block) if _NAMED_ADDRESS.search(line)]
    enough = alone and len(block) >= 3 and dates and set(addresses) - set(dates)
    return end if enough else start


def bare_block_end(lines: Sequence[str], start: int, tos: Sequence[int]) -> int:
    """The line after a header block of Notes whose labels stand on lines of their own, or `start`.

    A name and a date above "To", addresses below it, then "Subject" and what it is. tos: the lines
    that are nothing but "To".
    """
    to = to_below(tos, start)
    if to is None or not any(_NOTES_DATE.search(line[:200]) for line in lines[start : start + 3]):
        return start
    subjects = bare_labels(lines[to + 1 : start + _BARE_REACH], "subject")
    if not subjects:
        return start
    below = to + 1 + subjects[0] + 1
    return below + 1 if below < len(lines) and lines[below].strip() else below


def bare_labels(lines: Sequence[str], field: str) -> list[int]:
    """The lines that are nothing but a label for that header; most mails have none."""
    if FIELD_OF_LABEL.keys().isdisjoint(map(str.lower, map(str.strip, lines))):
        return []
    return [
        index for index, line in enumerate(lines) if FIELD_OF_LABEL.get(folded(line[:40])) == field
    ]


def to_below(tos: Sequence[int], start: int) -> int | None:
    """The first "To" of its own within a few lines below `start`, as `bare_block_end` needs it."""
    place = bisect_right(tos, start)
    return tos[place] if place < len(tos) and tos[place] <= start + _TO_REACH else None


def _is_text(line: str) -> bool:
    return bool(line.strip()) and not is_ruler(line) and not is_ruled(line)


def _any_digit(lines: Sequence[str]) -> bool:
    return any(character.isdigit() for line in lines for character in line[:200])


def _any_address(lines: Sequence[str], start: int, end: int) -> bool:
    return any("@" in line[:400] for line in lines[start:end])


def _fields_from(
    lines: Sequence[str], fields: Sequence[str | None], start: int
) -> tuple[set[str], int]:
    """The headers named from `start` on, and the line after the last of them."""
    seen: set[str] = set()
    end, blanks, wrapped, current = start, 0, 0, ""
    for index in range(start, min(start + BLOCK_REACH, len(lines))):
        field = fields[index]
        if field:
            if field == "from" and "from" in seen:
                break
            seen.add(field)
            current, blanks, wrapped, end = field, 0, 0, index + 1
        elif not lines[index].strip():
            blanks += 1
            if blanks > 2:
                break
        elif blanks:
            break
        else:
            wrapped += 1
            if wrapped > (40 if current in ("to", "cc") else 2):
                break
            if current in ("to", "cc") or wrapped <= 1:
                # A subject or sender wraps by a line at most; what follows is the mail itself.
                end = index + 1 if current in ("to", "cc", "from") else end
    return seen, end


def _notes_top(lines: Sequence[str], start: int) -> int | None:
    """The line with the sender's name over "To:", when a date stands between, else None."""
    index = start - 1
    while index >= 0 and start - index <= 8:
        text = lines[index][:300].strip()
        if text and _NOTES_DATE.search(text):
            break
        if text and not (_ONLY_DATE.match(text) or _NOTES_FILLER.match(text) or len(text) < 50):
            return None
        index -= 1
    else:
        return None
    if index < 0:
        return None
    top = index
    # The name stands on the lines above when the date has a line for itself.
    while top > 0 and (
        _ONLY_DATE.match(lines[top].strip())
        or _NOTES_FILLER.match(lines[top].strip())
        or lines[top].strip().startswith(("<", "on "))
    ):
        above = lines[top - 1].strip()
        if not above or len(above) > 120:
            break
        top -= 1
        if index - top >= 4:
            break
    return top
