"""Recognise contact details that stand alone: an address, a number or a link on a line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.closings import is_closing, is_closing_with_name
from engine.mail.own_words.contact import (
    EMAIL,
    LINK,
    contact_points,
    is_phone,
    is_postal,
    split_parts,
)
from engine.mail.own_words.contact_lines import NAME, is_first_name
from engine.mail.own_words.sentence_ends import STOPS

_LONGEST_LINE = 300
_EXTENSION_MARK = re.compile(r"[x#.]\s?-?\d|\d-\d")
_NAME_AND_NUMBER = re.compile(
    r"^\s*([^\W\d_a-z][\w'’-]{0,15}\.?(?: [^\W\d_a-z][\w'’-]{0,15})?)"
    r"(?:\s{2,}|\t|,? (?=[x#(])| (?=\d-\d{4}\.?\s*$))"
    r"\(?(?:[x#]|ext\.?|tel\.?)?[ -]?\d[\d ().-]{2,14}\d\)?\.?\s*$"
)
_NUMBER_BELOW = re.compile(
    r"^\s*(\S.{0,40}?)[ \t]*[,|–—-]?[ \t]+"
    r"(?:(?i:tel|ph|phone|fon|mobile?|mob|cell|fax|[tpmcwh])[.:]? ?)?"
    r"(\+?\(?\d[\d ()./-]{5,18}\d)\s*$"
)
_MIN_DIGITS = 7
_LONGEST_LABEL = 12  # letters of "mobile" or "(office)" beside a number


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


def without_phone(lines: Sequence[str]) -> list[str]:
    """Return the lines with the telephone number behind a first name or closing taken off.

    "Hanna - 020 7946 0123" and "Thanks, Hanna 020 7946 0123" are how the writer signs.
    """
    kept = list(lines)
    last = last_nonblank(lines, len(lines))
    if last < 1 or not (found := _NUMBER_BELOW.match(lines[last][:_LONGEST_LINE])):
        return kept
    signed = found.group(1)
    is_signed = not is_postal(lines[last]) and signs_with_first_name(signed, lines[last - 1])
    if sum(map(str.isdigit, found.group(2))) >= _MIN_DIGITS and (
        is_signed or is_closing_with_name(signed)
    ):
        kept[last] = signed
    return kept


def signs_with_first_name(text: str, above: str) -> bool:
    """Return whether a text is a first name, and the line above it blank or a closing."""
    return is_first_name(text) and (not above.strip() or is_closing(above))


def is_linked_name(block: Sequence[str]) -> bool:
    """Return whether the lines are a first name, and links alone that have it in them."""
    name, *links = block
    word = name.strip().lower()
    return (
        len(word) > 2
        and word.isalpha()
        and bool(links)
        and all(is_only_link(link) and word in link.lower() for link in links)
    )


def are_contacts(block: Sequence[str]) -> bool:
    """Return whether all lines are addresses, numbers or accounts, with a label at most.

    One line must have several of them. Links alone are none: they may be what the mail is about.
    """
    if len(block) == 1:
        parts = split_parts(block[0])
        return len(parts) > 1 and all(EMAIL.fullmatch(part) or is_phone(part) for part in parts)
    return all(map(_is_labelled, block)) and not all(map(is_only_link, block))


def _is_labelled(line: str) -> bool:
    text = line.strip()
    letters = sum(map(str.isalpha, EMAIL.sub("", LINK.sub("", text))))
    is_account = "@" in text or ":" in text
    return contact_points(text) > 0 and (
        is_only_link(text) or is_account or (is_phone(text) and letters <= _LONGEST_LABEL)
    )


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


def last_paragraph(lines: Sequence[str], end: int, longest: int) -> tuple[int, int, int] | None:
    """Return (the line with text above it, start, end) of the last paragraph of `lines[:end]`.

    None if it has more than `longest` lines, or nothing stands above it.
    """
    bottom = last_nonblank(lines, end) + 1
    top = bottom
    while top > 0 and lines[top - 1].strip() and bottom - top <= longest:
        top -= 1
    above = last_nonblank(lines, top)
    if above < 0 or above == top - 1 or bottom - top > longest:
        return None
    return above, top, bottom
