"""Find what a mail program puts above a quoted mail, with named rules that are tried in order.

Below a header block, the rest is the answered mail, with quotes of its own; below a banner or an
attribution line, the reply may continue between quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.mail.own_words.attributions import attribution_length, may_end_within
from engine.mail.own_words.notes_headers import (
    is_one_line_header,
    lines_with_only_label,
    next_to_line,
    separate_labels_end,
)
from engine.mail.own_words.quoted_headers import (
    header_block,
    header_field,
    labelled_lines_end,
    may_start_unknown_block,
    unknown_block_end,
)
from engine.mail.own_words.sentence_ends import STOPS
from engine.mail.own_words.separators import (
    is_between_rulers,
    is_groupwise_banner,
    is_original_banner,
    is_reply_marker,
    is_ruler,
    starts_with_ruler,
)

LineKind = Literal["own", "quote", "header", "answered", "forwarded"]
"""own: written by the writer. quote: with a quote mark. header: attribution lines, header blocks,
banners. answered: the answered mail, quoted as a whole. forwarded: below a forward's banner."""

_HEADER_CHARACTER = re.compile(r"[\d:：@<]")
_ASCII_HEADER_CHARACTER = re.compile(r"[0-9:@<]")  # found faster
_COLONS = (":", "：")
_MAX_LINES_ABOVE = 6  # lines from the top in which a mail still starts
_MAX_GREETING_WORDS = 4
_LONGEST_LEAD_IN = 120


@dataclass(frozen=True)
class MailLines:
    """Lines of a mail and what the rules need to know about each.

    quoted: whether each has a quote mark. fields: the header field that each starts with, or None.
    to_lines: the indices of lines that are only "To".
    """

    lines: Sequence[str]
    quoted: Sequence[bool]
    fields: Sequence[str | None]
    to_lines: Sequence[int]


def analyse_lines(lines: Sequence[str], quoted: Sequence[bool]) -> MailLines:
    """Return the lines with what the rules need to know about each."""
    fields = [
        header_field(line)
        if not is_quoted and (":" in line or "：" in line or line[:1] == "|")
        else None
        for line, is_quoted in zip(lines, quoted, strict=True)
    ]
    return MailLines(lines, quoted, fields, lines_with_only_label(lines, "to", quoted))


@dataclass(frozen=True)
class Header:
    """The lines from `start` to before `end`. covers_rest: all lines below are quoted."""

    start: int
    end: int
    covers_rest: bool = False


@dataclass(frozen=True)
class HeaderRule:
    """A rule for one form of header.

    name: what it recognises. example: lines that start with it. find: returns the header at a
    line, given the kinds of the lines above.
    """

    name: str
    example: str
    find: Callable[[MailLines, Sequence[LineKind], int], Header | None]


def find_header(mail: MailLines, kinds: Sequence[LineKind], index: int) -> Header | None:
    """Return the header that starts at a line, by the first rule that finds one."""
    for rule in HEADERS:
        header = rule.find(mail, kinds, index)
        if header is not None:
            return header
    return None


def may_be_header(mail: MailLines, index: int) -> bool:
    """Return whether a header can start at a line: a quick check before the rules.

    A header has a ruler, a digit, an address, a colon, or the last word of an attribution line
    above a quote.
    """
    if True in mail.quoted[index + 1 : index + 3]:
        return True
    lines, line = mail.lines, mail.lines[index]
    if not line.lstrip(" \t*")[:1].isalnum():
        if line[:1] == ">" or starts_with_ruler(line) or is_reply_marker(line):
            return True
    elif _ASCII_HEADER_CHARACTER.search(line) is None and (
        line.isascii() or _HEADER_CHARACTER.search(line) is None
    ):
        return index + 1 < len(lines) and lines[index + 1].startswith("<")
    return (
        mail.fields[index] is not None
        or may_end_within(lines, index)
        or is_one_line_header(line)
        or may_start_unknown_block(lines, index)
        or next_to_line(mail.to_lines, index) is not None
    )


def _special_line(mail: MailLines, kinds: Sequence[LineKind], index: int) -> Header | None:
    line = mail.lines[index]
    is_marker = not line[:1].isalnum() and (is_groupwise_banner(line) or is_reply_marker(line))
    if is_marker or is_one_line_header(line):
        return Header(index, index + 1, True)
    if is_ruler(line) and index + 1 < len(mail.lines) and is_reply_marker(mail.lines[index + 1]):
        return Header(index, index + 2, True)
    return None


def _banner(mail: MailLines, kinds: Sequence[LineKind], index: int) -> Header | None:
    lines, line = mail.lines, mail.lines[index]
    if not starts_with_ruler(line):
        return None
    following = next_text(lines, index + 1)
    block = None
    if following is not None and mail.fields[following]:
        block = header_block(lines, mail.fields, following)
    above_quote = following is not None and mail.quoted[following]
    is_ruled = following is not None and is_between_rulers(line)
    if not is_original_banner(line) and not (is_ruled and (above_quote or block)):
        return None
    if following is None:
        return Header(index, index + 1)
    end = block[1] if block else max(index + 1, labelled_lines_end(mail.fields, following))
    return Header(index, end)


def _labelled_block(mail: MailLines, kinds: Sequence[LineKind], index: int) -> Header | None:
    block = header_block(mail.lines, mail.fields, index) if mail.fields[index] else None
    if block is None:
        return None
    # Hotmail and others put it above a quote with quote marks, and the reply below.
    return Header(*block, not _starts_mail(mail.lines, mail.quoted, *block))


def _unknown_block(mail: MailLines, kinds: Sequence[LineKind], index: int) -> Header | None:
    lines, top = mail.lines, index
    if starts_with_ruler(lines[index]) and is_between_rulers(lines[index]):
        following = next_text(lines, index + 1)
        top = index if following is None else following
    end = unknown_block_end(lines, top)
    return Header(index, end, True) if end > top else None


def _separate_labels(mail: MailLines, kinds: Sequence[LineKind], index: int) -> Header | None:
    end = separate_labels_end(mail.lines, index, mail.to_lines)
    return Header(index, end, True) if end > index else None


def _attribution(mail: MailLines, kinds: Sequence[LineKind], index: int) -> Header | None:
    above = mail.lines[index - 1].rstrip() if index else ""
    after_break = not above or above.endswith(STOPS) or kinds[index - 1] != "own"
    length = attribution_length(
        mail.lines, index, quoted=mail.quoted, fields=mail.fields, after_break=after_break
    )
    return Header(index, index + length) if length else None


def _lead_in(mail: MailLines, kinds: Sequence[LineKind], index: int) -> Header | None:
    line = mail.lines[index]
    if line.rstrip()[-1:] not in _COLONS or len(line) > _LONGEST_LEAD_IN:
        return None
    if not _names_person_or_date(line):
        return None
    starts = _starts_mail(mail.lines, mail.quoted, index, index + 1)
    return Header(index, index + 1) if starts else None


HEADERS = (
    HeaderRule(
        "GroupWise's banner, a help desk's reply marker, or a header on one line",
        '>>> "Ann Lee" <ann@example.org> 03/05/21 10:00 AM >>>\nShall we?',
        _special_line,
    ),
    HeaderRule(
        "a banner between rulers, with or without a header block below it",
        "-----Original Message-----\nFrom: Ann Lee\nSent: Monday\nTo: Bo\n\nShall we?",
        _banner,
    ),
    HeaderRule(
        "a header block",
        "From: Ann Lee\nSent: Monday, May 3, 2021 10:00\nTo: Bo\nSubject: lake\n\nShall we?",
        _labelled_block,
    ),
    HeaderRule(
        "a header block in a language that is not in the lists",
        "Mbua: Ann Lee <ann@example.org>\nAra: 3/5/2021 10:00\nOgua: Bo <bo@example.org>\n"
        "Mbae: lake\n\nShall we?",
        _unknown_block,
    ),
    HeaderRule(
        "Lotus Notes: a name and a date above labels on lines of their own",
        "Ann Lee\n05/03/2021 10:00\nTo\nBo Moor\nSubject\nlake\n\nShall we?",
        _separate_labels,
    ),
    HeaderRule(
        "an attribution line",
        "On Monday, May 3, 2021 at 10:00 Ann Lee <ann@example.org> wrote:\n> Shall we?",
        _attribution,
    ),
    HeaderRule(
        "the mail's first line, in any language, that names a person or a date above a quote",
        "Ko te 3 o Mei i mea a Ann:\n> Shall we?",
        _lead_in,
    ),
)


def _names_person_or_date(line: str) -> bool:
    """Return whether a line has a digit or, beyond a greeting's length, a capitalised word."""
    _, *words = line.split() or [""]
    return any(map(str.isdigit, line)) or (
        len(words) >= _MAX_GREETING_WORDS and not all(word[0].islower() for word in words)
    )


def _starts_mail(lines: Sequence[str], quoted: Sequence[bool], start: int, end: int) -> bool:
    """Return whether only a greeting is above the lines, and a quote with marks below them."""
    if start > _MAX_LINES_ABOVE:
        return False
    above = [line.split() for line in lines[:start] if line.strip()]
    following = next_text(lines, end)
    is_greeting = (
        len(above) == 1 and len(above[0]) <= _MAX_GREETING_WORDS and above[0][-1][-1] in ",!，！،:"
    )
    return (not above or is_greeting) and following is not None and quoted[following]


def next_text(lines: Sequence[str], index: int) -> int | None:
    """Return the index of the first line from `index` on that is not blank, or None."""
    for ahead in range(index, len(lines)):
        if lines[ahead].strip():
            return ahead
    return None
