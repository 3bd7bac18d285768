"""What a mail program puts above a quoted mail, at a given line: named rules, tried in order.

Below a block of headers stands the whole answered mail, with quotes of its own; below a banner or
an attribution the writer may go on between quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.mail.own_words.attributions import attribution_length, may_end_near
from engine.mail.own_words.quoted_headers import (
    bare_block_end,
    bare_labels,
    foreign_block_end,
    header_block,
    header_field,
    is_flat_header,
    is_groupwise_banner,
    is_original_banner,
    is_reply_marker,
    is_ruled,
    label_lines_end,
    opens_labels,
    opens_with_rule,
    to_below,
)

Mark = Literal["own", "quote", "header", "answered", "forwarded"]
"""own: the writer's. quote: starts with ">". header: attribution lines, header blocks, banners.
answered: quoted as a whole below a header. forwarded: below a forward's banner."""

_HEADER_SIGN = re.compile(r"[\d:：@<]")
_STOPS = (".", "!", "?", "…", "。", "！", "？")
_COLONS = (":", "：")
_FEW_LINES = 6
_GREETING_WORDS = 4
_LONGEST_LEAD = 120  # letters


@dataclass(frozen=True)
class Lines:
    """Lines, and what is known of them: whether each is quoted, which header it names, if any.

    tos: the lines that are nothing but "To".
    """

    lines: Sequence[str]
    quoted: Sequence[bool]
    fields: Sequence[str | None]
    tos: Sequence[int]


def read_lines(lines: Sequence[str], quoted: Sequence[bool]) -> Lines:
    """Return the lines with what the rules need to know of each."""
    fields = [
        header_field(line) if not is_quoted and (":" in line or "：" in line) else None
        for line, is_quoted in zip(lines, quoted, strict=True)
    ]
    return Lines(lines, quoted, fields, bare_labels(lines, "to"))


@dataclass(frozen=True)
class Header:
    """Lines `start` to before `end`. covers_rest: all below is quoted, no reply follows."""

    start: int
    end: int
    covers_rest: bool = False


@dataclass(frozen=True)
class HeaderRule:
    """name: what it recognises. example: lines that begin with it. read: the header at a line."""

    name: str
    example: str
    read: Callable[[Lines, Sequence[Mark], int], Header | None]


def header_at(text: Lines, marks: Sequence[Mark], index: int) -> Header | None:
    """Return the header that starts at a line, by the first rule that recognises one."""
    for rule in HEADERS:
        header = rule.read(text, marks, index)
        if header is not None:
            return header
    return None


def may_be_header(text: Lines, index: int) -> bool:
    """Return whether a header can stand at a line: a quick check before the rules.

    A header has a rule, a digit, an address or a colon, or an attribution's last word over a quote.
    """
    if True in text.quoted[index + 1 : index + 3]:
        return True
    lines, line = text.lines, text.lines[index]
    if not line.lstrip(" \t*")[:1].isalnum():
        if line[:1] == ">" or opens_with_rule(line) or is_reply_marker(line):
            return True
    elif _HEADER_SIGN.search(line) is None:
        return index + 1 < len(lines) and lines[index + 1].startswith("<")
    return (
        text.fields[index] is not None
        or may_end_near(lines, index)
        or is_flat_header(line)
        or opens_labels(lines, index)
        or to_below(text.tos, index) is not None
    )


def _banner(text: Lines, marks: Sequence[Mark], index: int) -> Header | None:
    line = text.lines[index]
    marked = not line[:1].isalnum() and (is_groupwise_banner(line) or is_reply_marker(line))
    return Header(index, index + 1, True) if marked or is_flat_header(line) else None


def _ruled_banner(text: Lines, marks: Sequence[Mark], index: int) -> Header | None:
    lines, line = text.lines, text.lines[index]
    if not opens_with_rule(line):
        return None
    following = next_text(lines, index + 1)
    block = None
    if following is not None and text.fields[following]:
        block = header_block(lines, text.fields, following)
    above_quote = following is not None and text.quoted[following]
    ruled = following is not None and is_ruled(line)
    if not is_original_banner(line) and not (ruled and (above_quote or block)):
        return None
    if following is None:
        return Header(index, index + 1)
    end = block[1] if block else max(index + 1, label_lines_end(text.fields, following))
    return Header(index, end)


def _labelled_block(text: Lines, marks: Sequence[Mark], index: int) -> Header | None:
    block = header_block(text.lines, text.fields, index) if text.fields[index] else None
    if block is None:
        return None
    # Hotmail and others put it above a quote that is marked, and answered below.
    return Header(*block, not _opens_mail(text.lines, text.quoted, *block))


def _unknown_labels(text: Lines, marks: Sequence[Mark], index: int) -> Header | None:
    lines, top = text.lines, index
    if opens_with_rule(lines[index]) and is_ruled(lines[index]):
        following = next_text(lines, index + 1)
        top = index if following is None else following
    end = foreign_block_end(lines, top)
    return Header(index, end, True) if end > top else None


def _bare_block(text: Lines, marks: Sequence[Mark], index: int) -> Header | None:
    end = bare_block_end(text.lines, index, text.tos)
    return Header(index, end, True) if end > index else None


def _attribution(text: Lines, marks: Sequence[Mark], index: int) -> Header | None:
    above = text.lines[index - 1].rstrip() if index else ""
    after_break = not above or above.endswith(_STOPS) or marks[index - 1] != "own"
    length = attribution_length(
        text.lines, index, quoted=text.quoted, fields=text.fields, after_break=after_break
    )
    return Header(index, index + length) if length else None


def _lead_in(text: Lines, marks: Sequence[Mark], index: int) -> Header | None:
    line = text.lines[index]
    if line.rstrip()[-1:] not in _COLONS or len(line) > _LONGEST_LEAD or not _names_source(line):
        return None
    opens = _opens_mail(text.lines, text.quoted, index, index + 1)
    return Header(index, index + 1) if opens else None


HEADERS = (
    HeaderRule(
        "a line of its own form: GroupWise, a help desk's reply marker, headers on one line",
        '>>> "Ann Lee" <ann@example.org> 03/05/21 10:00 AM >>>\nShall we?',
        _banner,
    ),
    HeaderRule(
        "a ruled banner, with or without headers below it",
        "-----Original Message-----\nFrom: Ann Lee\nSent: Monday\nTo: Bo\n\nShall we?",
        _ruled_banner,
    ),
    HeaderRule(
        "a block of labelled headers",
        "From: Ann Lee\nSent: Monday, May 3, 2021 10:00\nTo: Bo\nSubject: lake\n\nShall we?",
        _labelled_block,
    ),
    HeaderRule(
        "a block of headers with labels in a language that is not in the lists",
        "Mbua: Ann Lee <ann@example.org>\nAra: 3/5/2021 10:00\nOgua: Bo <bo@example.org>\n"
        "Mbae: lake\n\nShall we?",
        _unknown_labels,
    ),
    HeaderRule(
        "Lotus Notes: a name and a date above labels on lines of their own",
        "Ann Lee\n05/03/2021 10:00\nTo\nBo Moor\nSubject\nlake\n\nShall we?",
        _bare_block,
    ),
    HeaderRule(
        "an attribution line",
        "On Monday, May 3, 2021 at 10:00 Ann Lee <ann@example.org> wrote:\n> Shall we?",
        _attribution,
    ),
    HeaderRule(
        "a line in any language that names somebody or a date, first in the mail, over a quote",
        "Ko te 3 o Mei i mea a Ann:\n> Shall we?",
        _lead_in,
    ),
)


def _names_source(line: str) -> bool:
    """Whether a line over a quote, in whatever language, names a date or somebody.

    A shorter one can be a greeting: "Hola, Morgan:".
    """
    _, *words = line.split() or [""]
    return any(map(str.isdigit, line)) or (
        len(words) >= _GREETING_WORDS and not all(word[0].islower() for word in words)
    )


def _opens_mail(lines: Sequence[str], quoted: Sequence[bool], start: int, end: int) -> bool:
    """Whether the lines from `start` to `end` stand between a greeting and a marked quote."""
    if start > _FEW_LINES:
        return False
    above = [line.split() for line in lines[:start] if line.strip()]
    following = next_text(lines, end)
    greets = len(above) == 1 and len(above[0]) <= _GREETING_WORDS and above[0][-1][-1] in ",!，！،:"
    return (not above or greets) and following is not None and quoted[following]


def next_text(lines: Sequence[str], index: int) -> int | None:
    """Return the first line from `index` on that is not blank."""
    for ahead in range(index, len(lines)):
        if lines[ahead].strip():
            return ahead
    return None
