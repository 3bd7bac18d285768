"""Which lines of a mail are quoted, and the mail that it answers as far as its quotes tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.attributions import own_part_of_shared_line
from engine.mail.own_words.banners import banner_end
from engine.mail.own_words.header_rules import (
    Mark,
    header_at,
    may_be_header,
    next_text,
    read_lines,
)
from engine.mail.own_words.quote_marks import (
    claim_prefixed,
    is_quoted,
    next_of,
    openly_quoted,
    quote_marks,
    without_mark,
)
from engine.mail.own_words.quoted_headers import is_forward_banner, mh_header_end

LONGEST_TEXT = 200_000
"""Characters of a body that are read; nobody writes more, and what follows is logs."""

# Of what is quoted within a quote nothing is kept: the ends of a run of lines tell what it is.
_DEEP = r"\n> ?>[^\n]*"
_DEEP_RUN = re.compile(rf"({_DEEP}{_DEEP}{_DEEP})(?:{_DEEP})+(?={_DEEP}{_DEEP}{_DEEP})")
_HEADER_REACH = 500  # lines; no header is longer
_HEADER_START = 8  # lines that tell whether there can be one


def mark_lines(lines: Sequence[str]) -> list[Mark]:
    """What each line is; the list is as long as `lines`. Time grows linearly with them."""
    quoted = quote_marks(lines)
    text = read_lines(lines, quoted)
    marks = _by_marks(quoted)
    forward = len(lines)  # where a forward with marks starts
    index = next_of(quoted, False, 0)
    while index < len(lines):
        line = lines[index]
        if not line.strip() or not may_be_header(text, index):
            index = next_of(quoted, False, index + 1)
            continue
        end = mh_header_end(lines, text.fields, index)
        if end > index:
            marks[index:end] = ["header"] * (end - index)
            index = next_of(quoted, False, end)
            continue
        if is_forward_banner(line):
            following = next_text(lines, index + 1)
            if following is None or not quoted[following]:
                marks[index:] = ["forwarded"] * (len(lines) - index)
                break
            # Apple Mail marks each line of it, and the writer may go on below.
            marks[index:following] = ["header"] * (following - index)
            forward = min(forward, following)
            index = next_of(quoted, False, following)
            continue
        header = header_at(text, marks, index)
        if header is None:
            index = next_of(quoted, False, index + 1)
            continue
        for position in range(header.start, header.end):
            marks[position] = "header"
        following = next_text(lines, header.end)
        if following is not None and not (header.covers_rest or quoted[following]):
            claim_prefixed(lines, following, quoted)
            marks[following:] = _by_marks(quoted[following:])
        if header.covers_rest or following is None or not quoted[following]:
            marks[header.end :] = ["answered"] * (len(lines) - header.end)
            break
        index = next_of(quoted, False, header.end)
    marks[forward:] = ["forwarded" if mark == "quote" else mark for mark in marks[forward:]]
    return marks


def quoted_mail(body: str) -> str | None:
    """The newest mail that `body` answers, as far as it is quoted in it, or None.

    One level of ">" is taken off; its attribution line and what it quotes itself are left out.
    A forwarded mail is not one that is answered.
    """
    lines = _DEEP_RUN.sub(r"\1", body[:LONGEST_TEXT]).splitlines()
    marks = mark_lines(lines)
    if "quote" in marks:
        inner = _unquoted(lines, marks)
    elif "answered" in marks:
        inner = lines[marks.index("answered") :]
    else:
        return None
    inner = _without_leading_header(inner)
    deeper = mark_lines(inner)
    kept = [line for line, mark in zip(inner, deeper, strict=True) if mark == "own"]
    text = "\n".join(line.rstrip() for line in kept[banner_end(kept) :]).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", text) or None


def split_shared_lines(lines: Sequence[str]) -> list[str]:
    """The same lines, but an attribution that follows words on its line gets a line of its own."""
    split: list[str] = []
    for line in lines:
        own = None if is_quoted(line) else own_part_of_shared_line(line)
        if own is None:
            split.append(line)
        else:
            split += [own, line[len(own) :].strip(" -")]
    return split


def _by_marks(quoted: Sequence[bool]) -> list[Mark]:
    return ["quote" if is_quoted else "own" for is_quoted in quoted]


def _unquoted(lines: Sequence[str], marks: Sequence[Mark]) -> list[str]:
    """The quoted lines, one level taken off, with a blank line where the writer cut in."""
    inner: list[str] = []
    gap = False
    for line, mark in zip(lines, marks, strict=True):
        if mark == "quote":
            if gap and inner:
                inner.append("")
            gap = False
            inner.append(line[2:] if line[:2] == "> " else without_mark(line))
        elif line.strip():
            gap = True
    return inner


def _without_leading_header(lines: list[str]) -> list[str]:
    """The lines below an attribution or header block that stands at their very top."""
    start = next_text(lines, 0)
    if start is None:
        return lines
    head = lines[start : start + _HEADER_REACH]
    near = head[:_HEADER_START]
    if not is_quoted(near[0]) and not may_be_header(read_lines(near, openly_quoted(near)), 0):
        return lines
    header = header_at(read_lines(head, openly_quoted(head)), ["own"] * len(head), 0)
    return lines[start + (header.end if header else 0) :]
