"""Recognise the lines that separate a quoted mail from the reply: banners, rulers and markers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.header_words import FORWARD_START, FORWARDED, ORIGINAL, normalise

_RULER_CHARACTERS = "-–—_=*~•>━─"
_SHORTEST_RULERS = frozenset(character * 3 for character in _RULER_CHARACTERS)
_RULER_START = re.compile(rf"^[{_RULER_CHARACTERS}]{{2,}}\s{{0,20}}(?=[^{_RULER_CHARACTERS}\s])")
_RULER = re.compile(r"^(?:[-–—_=*~#\s]{2,}|—|\s*\+[-=]{8,}\+\s*)$")
_FORWARD_START = re.compile(
    r"(?:begin )?forwarded (?:message|text|by|mail|e-?mail|from)\b|end forwarded"
    r"|begin (?:include|included) message|videresendt"
)
_CUT_HERE = re.compile(r"^=+8<=+[^=].{2,60}?=+$")  # of The Bat!, in any language
_GROUPWISE = re.compile(r"^>>>\s?\S.{2,120}\d[/.-]\d.{0,40}>>>$")
_REPLY_MARKER = re.compile(
    r"(?:reply|response|write|type|respond|comment|antwort\w*|répon\w+|respond\w+|rispond\w+)\b.{0,30}"
    r"\b(?:above this (?:line|e-?mail)|(?:über|oberhalb) dieser (?:zeile|linie)"
    r"|au-dessus de cette ligne|por encima de esta línea|sopra questa (?:riga|linea))\b"
)
_ANNOUNCED_WITHIN = 3  # lines
_LONGEST_RULER, _LONGEST_BANNER, _LONGEST_PHRASE = 400, 200, 60


def is_ruler(line: str) -> bool:
    """Return whether a line has dashes, underscores, asterisks and the like and nothing else."""
    if line[:1].isalnum() or line[:1] == ">":  # most lines of a mail
        return False
    return len(line) <= _LONGEST_RULER and bool(_RULER.match(line)) and bool(line.strip())


def is_forward_banner(line: str) -> bool:
    """Recognise "---------- Forwarded message ---------" and "Begin forwarded message:"."""
    text = line[:_LONGEST_BANNER].strip(" \t*")
    if text[:1] == "=" and _CUT_HERE.match(text):
        return True
    if text[:1].isalnum():
        return text[-1:] in ":：" and normalise(text.rstrip(":： \t")) in FORWARD_START
    phrase = _phrase_after_ruler(text)
    return phrase in FORWARDED or bool(_FORWARD_START.match(phrase))


def announcement_above(lines: Sequence[str], start: int) -> int:
    """Return the line "This is a forwarded message" right above a header or a cut, else `start`."""
    above = start - 1
    while above > max(start - _ANNOUNCED_WITHIN, 0) and not lines[above].strip():
        above -= 1
    if above < 0 or normalise(lines[above][:_LONGEST_BANNER].strip(" \t*")) not in FORWARD_START:
        return start
    return above


def is_original_banner(line: str) -> bool:
    """Recognise "-----Original Message-----"."""
    text = line[:_LONGEST_BANNER].strip(" \t")
    return not text[:1].isalnum() and _phrase_after_ruler(text) in ORIGINAL


def starts_with_ruler(line: str) -> bool:
    """Return whether a line starts with a character that rulers are made of."""
    return line.lstrip(" \t")[:1] in _RULER_CHARACTERS


def is_between_rulers(line: str) -> bool:
    """Return whether a phrase has rulers at both ends: "----- Words -----"."""
    text = line[:_LONGEST_BANNER].strip(" \t*")
    return (
        text[:3] in _SHORTEST_RULERS
        and text[-3:] in _SHORTEST_RULERS
        and 0 < len(_phrase_after_ruler(text)) <= _LONGEST_PHRASE
    )


def is_reply_marker(line: str) -> bool:
    """Recognise help desks' "##- Please type your reply above this line -##"."""
    return bool(_REPLY_MARKER.search(line[:120].lower()))


def is_groupwise_banner(line: str) -> bool:
    """Recognise GroupWise's ">>> Ann Lee 12/11/00 03:54PM >>>", above a quote without marks."""
    return line.startswith(">>>") and bool(_GROUPWISE.match(line[:_LONGEST_BANNER].rstrip()))


def _phrase_after_ruler(text: str) -> str:
    """Return the normalised words after a ruler; "" if the line does not start with one."""
    found = _RULER_START.match(text)
    return normalise(text[found.end() :].rstrip(_RULER_CHARACTERS + " \t:：")) if found else ""
