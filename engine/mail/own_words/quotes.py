"""Classify the lines of a mail as own or quoted, and extract the quoted mail."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.attributions import own_part_of_shared_line
from engine.mail.own_words.banners import banner_end
from engine.mail.own_words.header_rules import (
    LineKind,
    analyse_lines,
    find_header,
    may_be_header,
    next_text,
)
from engine.mail.own_words.header_words import FIELD_OF_LABEL
from engine.mail.own_words.notes_headers import summary_above
from engine.mail.own_words.quote_marks import (
    greater_than_marks,
    has_quote_mark,
    mark_same_prefix,
    narrow_marks,
    quote_marks,
    remove_quote_mark,
)
from engine.mail.own_words.quoted_headers import mh_header_end
from engine.mail.own_words.separators import (
    announcement_above,
    is_forward_banner,
    starts_with_ruler,
)
from engine.mail.own_words.wrapped_quotes import next_index

LONGEST_TEXT = 200_000
"""Characters of a body that are read. Nobody writes more; what follows is logs."""

# Quotes within quotes are dropped, so only the first and last three lines of a long one are read.
_NESTED = r"\n> ?>[^\n]*"
_LONG_NESTED_QUOTE = re.compile(
    rf"({_NESTED}{_NESTED}{_NESTED})(?:{_NESTED})+(?={_NESTED}{_NESTED}{_NESTED})"
)
_LONGEST_HEADER = 500  # lines
_LONGEST_LABEL = 80  # characters
_HEADER_START = 8  # lines that show whether there can be a header


def classify_lines(lines: Sequence[str]) -> list[LineKind]:
    """Return the kind of each line. Takes time linear in the lines."""
    quoted = quote_marks(lines)
    mail = analyse_lines(lines, quoted)
    kinds = _kinds_by_marks(quoted)
    forward = len(lines)  # where a forward with quote marks starts
    index = next_index(quoted, False, 0)
    while index < len(lines):
        line = lines[index]
        if not line.strip() or not may_be_header(mail, index):
            index = next_index(quoted, False, index + 1)
            continue
        end = mh_header_end(lines, mail.fields, index)
        if end > index:
            kinds[index:end] = ["header"] * (end - index)
            index = next_index(quoted, False, end)
            continue
        if is_forward_banner(line) and _announces_mail(lines, index):
            following = next_text(lines, index + 1)
            if following is None or not quoted[following]:
                start = announcement_above(lines, index)
                kinds[start:] = ["forwarded"] * (len(lines) - start)
                break
            # Apple Mail marks each line of a forward, so own text may follow below.
            kinds[index:following] = ["header"] * (following - index)
            forward = min(forward, following)
            index = next_index(quoted, False, following)
            continue
        header = find_header(mail, kinds, index)
        if header is None:
            index = next_index(quoted, False, index + 1)
            continue
        top = announcement_above(lines, summary_above(lines, header.start))
        for position in range(top, header.end):
            kinds[position] = "header"
        following = next_text(lines, header.end)
        if following is not None and not (header.covers_rest or quoted[following]):
            mark_same_prefix(lines, following, quoted)
            kinds[following:] = _kinds_by_marks(quoted[following:])
        if header.covers_rest or following is None or not quoted[following]:
            kinds[header.end :] = ["answered"] * (len(lines) - header.end)
            break
        index = next_index(quoted, False, header.end)
    kinds[forward:] = ["forwarded" if kind == "quote" else kind for kind in kinds[forward:]]
    return kinds


def _announces_mail(lines: Sequence[str], index: int) -> bool:
    """Return whether a mail follows a forward's banner; without a ruler it may be a sentence.

    A sentence goes on in the line right below it, which is no header.
    """
    following = next_text(lines, index + 1)
    if starts_with_ruler(line := lines[index]) or has_quote_mark(line) or following != index + 1:
        return True
    below = lines[following][:_LONGEST_LABEL].strip("*_ \t")
    label = re.split("[:：]", below, maxsplit=1)[0].strip("*_ \t").lower()
    return has_quote_mark(lines[following]) or label in FIELD_OF_LABEL


def quoted_mail(body: str) -> str | None:
    """Return the newest mail that `body` quotes, or None.

    One level of quote marks is removed; the attribution line and quotes within the quote are left
    out. A forwarded mail does not count as quoted.
    """
    lines = _LONG_NESTED_QUOTE.sub(r"\1", narrow_marks(body[:LONGEST_TEXT])).splitlines()
    kinds = classify_lines(lines)
    if "quote" in kinds:
        inner = _unquote(lines, kinds)
    elif "answered" in kinds:
        inner = lines[kinds.index("answered") :]
    else:
        return None
    inner = _remove_leading_header(inner)
    inner_kinds = classify_lines(inner)
    kept = [line for line, kind in zip(inner, inner_kinds, strict=True) if kind == "own"]
    text = "\n".join(line.rstrip() for line in kept[banner_end(kept) :]).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", text) or None


def split_shared_lines(lines: Sequence[str]) -> list[str]:
    """Split lines where an attribution line follows the writer's words on the same line."""
    split: list[str] = []
    for line in lines:
        own = None if has_quote_mark(line) else own_part_of_shared_line(line)
        if own is None:
            split.append(line)
        else:
            split += [own, line[len(own) :].strip(" -")]
    return split


def _kinds_by_marks(quoted: Sequence[bool]) -> list[LineKind]:
    return ["quote" if is_quoted else "own" for is_quoted in quoted]


def _unquote(lines: Sequence[str], kinds: Sequence[LineKind]) -> list[str]:
    """Return the quoted lines without one level of marks; a blank line replaces text between."""
    inner: list[str] = []
    has_gap = False
    for line, kind in zip(lines, kinds, strict=True):
        if kind == "quote":
            if has_gap and inner:
                inner.append("")
            has_gap = False
            inner.append(line[2:] if line[:2] == "> " else remove_quote_mark(line))
        elif line.strip():
            has_gap = True
    return inner


def _remove_leading_header(lines: list[str]) -> list[str]:
    """Return the lines below an attribution line or header block at the top."""
    start = next_text(lines, 0)
    if start is None:
        return lines
    top = lines[start : start + _LONGEST_HEADER]
    first = top[:_HEADER_START]
    first_mail = analyse_lines(first, greater_than_marks(first))
    if not has_quote_mark(first[0]) and not may_be_header(first_mail, 0):
        return lines
    mail = analyse_lines(top, greater_than_marks(top))
    header = find_header(mail, ["own"] * len(top), 0)
    return lines[start + (header.end if header else 0) :]
