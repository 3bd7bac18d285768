"""Find the text that Zoom, Teams, Webex or Google Meet puts below an invitation, in any language.

It has a link to a meeting, a number or code to enter, and otherwise only labels, phone numbers and
lines that name the service.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.bare_contacts import last_nonblank
from engine.mail.own_words.contact import is_phone
from engine.mail.own_words.contact_lines import is_sentence
from engine.mail.own_words.separators import is_ruler

_MEETING_LINK = re.compile(
    r"(?:zoom(?:gov)?\.(?:us|com)/(?:[jsw]|my|meeting)/|meet\.google\.com/[a-z]|webex\.com/\S*(?:meet|j\.php)"
    r"|teams\.(?:microsoft|live)\.com/(?:l/meetup-join|meet)|gotomeet(?:ing)?\.\w+/|meet\.jit\.si/"
    r"|whereby\.com/|bluejeans\.com/|chime\.aws/|join\.skype\.com/)",
    re.IGNORECASE,
)
_SERVICE = re.compile(
    r"\b(?:zoom|webex|google meet|(?:microsoft )?teams|gotomeeting|jitsi|whereby|bluejeans|chime"
    r"|skype)\b",
    re.IGNORECASE,
)
# A line that ends in a number or code to enter.
_ACCESS = re.compile(r"[:：)]\s*(?=[\w#* -]*\d)[\w#*-]{3,}(?: [\d#*]{2,})*\s*$")
_LABEL = re.compile(r"[^\W\d_][^:：]{1,40}[:：] ?\S")
_FULL_NAME = re.compile(r"[^\W\d_a-z][\w.'-]+ [^\W\d_a-z]")
_TIME_AND_ZONE = re.compile(r"\d{1,2}:\d\d[^|]{0,12}\|[^|]{2,60}(?:\||$)")
_DASHED = re.compile(r"^-- .{3,100} --$")
_LONGEST_LINE, _LONGEST_BLOCK = 200, 60
_MAX_WORDS, _MAX_SHORT_WORDS = 12, 5
_LONG_RULER = 60  # characters
_MIN_NUMBERS = 2  # to enter, of a meeting without a link


def meeting_block_start(lines: Sequence[str], end: int) -> int:
    """Return where a meeting's block at the end of `lines[:end]` starts, else `end`."""
    bottom = last_nonblank(lines, end) + 1
    searched = lines[max(bottom - _LONGEST_BLOCK, 0) : bottom]
    ruler = _ruler_of_meeting(searched)
    if ruler is not None:
        return bottom - len(searched) + ruler
    if not any(map(_has_meeting_link, searched)):
        return end
    top = start = bottom
    while top > bottom - len(searched):
        paragraph_end = last_nonblank(lines, top) + 1
        top = paragraph_end
        while top > 0 and lines[top - 1].strip():
            top -= 1
        paragraph = [line.strip() for line in lines[top:paragraph_end]]
        if not paragraph or not all(map(_is_line_of_meeting, paragraph)):
            if start < bottom and any(map(_SERVICE.search, paragraph)):
                start = _dashed_line_above(lines, bottom - len(searched), top, start)
            break
        if any(map(_names_meeting, paragraph)):
            start = top  # what is above, such as a name, may be the writer's
    block = lines[start:bottom]
    has_link = any(map(_has_meeting_link, block))
    has_access = any(map(_ACCESS.search, map(str.strip, block)))
    above = lines[last_nonblank(lines, start)].rstrip() if start else ""
    return start if has_link and has_access and above and above[-1] not in ":：" else end


def _ruler_of_meeting(block: Sequence[str]) -> int | None:
    """Return the long ruler above a service's name and several numbers to enter, or None.

    The links of such a block are lost where it was HTML.
    """
    for at, line in enumerate(block[:-1]):
        if len(line.strip()) > _LONG_RULER and is_ruler(line) and _SERVICE.search(block[at + 1]):
            below = [text.strip() for text in block[at + 1 :]]
            numbers = sum(_ACCESS.search(text) is not None for text in below)
            is_short = all(len(text.split()) <= _MAX_WORDS for text in below)
            return at if numbers >= _MIN_NUMBERS and is_short else None
    return None


def _dashed_line_above(lines: Sequence[str], first: int, end: int, start: int) -> int:
    """Return the line "-- Do not delete … --", which Webex puts above its block, else `start`."""
    above = range(end - 1, first - 1, -1)
    return next((at for at in above if _DASHED.fullmatch(lines[at].strip())), start)


def _has_meeting_link(line: str) -> bool:
    return "/" in line and _MEETING_LINK.search(line[:_LONGEST_LINE]) is not None


def _names_meeting(line: str) -> bool:
    return any(pattern.search(line) for pattern in (_SERVICE, _MEETING_LINK, _DASHED))


def _is_line_of_meeting(line: str) -> bool:
    words = len(line.split())
    if is_ruler(line) or _has_meeting_link(line) or _DASHED.fullmatch(line):
        return words <= _MAX_WORDS
    if line.startswith("+") or is_phone(line) or _TIME_AND_ZONE.match(line):
        return True
    if _SERVICE.search(line) and words <= _MAX_WORDS:
        return not is_sentence(line) or _FULL_NAME.match(line) is not None
    if is_sentence(line):
        return False
    return _LABEL.match(line) is not None or words <= _MAX_SHORT_WORDS
