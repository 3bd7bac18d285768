"""Recognise contact details that stand alone: an address, a number or a link on a line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.contact import EMAIL, LINK, is_phone, is_postal
from engine.mail.own_words.contact_lines import NAME

STOPS = (".", "!", "?", "…", "。", "！", "？")
_LONGEST_LINE = 300
_EXTENSION_MARK = re.compile(r"[x#.]\s?-?\d|\d-\d")
_NAME_AND_NUMBER = re.compile(
    r"^\s*([^\W\d_a-z][\w'’-]{0,15}\.?(?: [^\W\d_a-z][\w'’-]{0,15})?)"
    r"(?:\s{2,}|\t|,? (?=[x#]))(?:[x#]|ext\.?|tel\.?)?[ -]?\d[\d ().-]{2,14}\d\.?\s*$"
)


def sender_line(lines: Sequence[str]) -> int | None:
    """Return the last line if it is only an address, as Foxmail writes it above a quote."""
    last = last_nonblank(lines, len(lines))
    if last < 1 or not EMAIL.fullmatch(lines[last].strip()) or lines[last - 1].strip():
        return None
    above = last_nonblank(lines, last)
    text = lines[above].strip() if above >= 0 else ""
    is_apart = last - above > 2 or text.endswith(STOPS) or _is_sign_off(lines, above)
    return last if text and is_apart and not text.endswith((":", "：", ",")) else None


def _is_sign_off(lines: Sequence[str], index: int) -> bool:
    """Return whether a line is a name alone between blank lines."""
    text = lines[index].strip()
    return len(text.split()) <= 2 and bool(NAME.match(text)) and not lines[index - 1].strip()


def without_number(lines: Sequence[str]) -> list[str]:
    """Return the lines with the extension below the text taken off a name: "HB   7-9046."."""
    kept = list(lines)
    last = last_nonblank(lines, len(lines))
    above = last_nonblank(lines, last) if last > 0 else -1
    if above >= 0 and last - above > 1 and lines[above].rstrip().endswith(STOPS):
        found = _NAME_AND_NUMBER.match(lines[last][:_LONGEST_LINE])
        is_extension = found and (found.group(1).isupper() or _EXTENSION_MARK.search(lines[last]))
        if found and is_extension and not is_postal(lines[last]):
            kept[last] = found.group(1)
    return kept


def is_bare_contact(line: str) -> bool:
    """Return whether a line is an e-mail address or a phone number and nothing else."""
    text = line.strip()
    return bool(EMAIL.fullmatch(text)) or (is_phone(text) and not any(map(str.isalpha, text)))


def is_only_link(line: str) -> bool:
    """Return whether a line is a link, with one word before it at most: "Blog https://…"."""
    text = line[:_LONGEST_LINE].strip()
    return bool(LINK.search(text)) and len(LINK.sub("", text).split()) <= 2


def last_nonblank(lines: Sequence[str], end: int) -> int:
    """Return the last line with text above `end`; -1 if there is none."""
    while end > 0 and not lines[end - 1].strip():
        end -= 1
    return end - 1
