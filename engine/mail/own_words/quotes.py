"""Which lines of a mail are quoted, and the mail that it answers as far as its quotes tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.mail.own_words.attributions import (
    attribution_length,
    may_end_near,
    own_part_of_shared_line,
)
from engine.mail.own_words.banners import banner_end
from engine.mail.own_words.quote_marks import (
    claim_prefixed,
    is_quoted,
    next_of,
    openly_quoted,
    quote_marks,
    without_mark,
)
from engine.mail.own_words.quoted_headers import (
    bare_block_end,
    bare_labels,
    foreign_block_end,
    header_block,
    header_field,
    is_flat_header,
    is_forward_banner,
    is_groupwise_banner,
    is_original_banner,
    is_reply_marker,
    is_ruled,
    label_lines_end,
    mh_header_end,
    opens_labels,
    opens_with_rule,
    to_below,
)

LONGEST_TEXT = 200_000
"""Characters of a body that are read; nobody writes more, and what follows is logs."""

# Of what is quoted within a quote nothing is kept: the ends of a run of lines tell what it is.
_DEEP = r"\n> ?>[^\n]*"
_DEEP_RUN = re.compile(rf"({_DEEP}{_DEEP}{_DEEP})(?:{_DEEP})+(?={_DEEP}{_DEEP}{_DEEP})")
_HEADER_SIGN = re.compile(r"[\d:：@<]")
_STOPS = (".", "!", "?", "…", "。", "！", "？")
_COLONS = (":", "：")
_FEW_LINES = 6
_GREETING_WORDS = 4
_LONGEST_LEAD = 120  # letters
_HEADER_REACH = 500  # lines; no header is longer
_HEADER_START = 8  # lines that tell whether there can be one

Mark = Literal["own", "quote", "header", "answered", "forwarded"]
"""own: the writer's. quote: starts with ">". header: attribution lines, header blocks, banners.
answered: quoted as a whole below a header. forwarded: below a forward's banner."""


def mark_lines(lines: Sequence[str]) -> list[Mark]:
    """What each line is; the list is as long as `lines`. Time grows linearly with them."""
    quoted = quote_marks(lines)
    text = _looked_at(lines, quoted)
    marks = _by_marks(quoted)
    forward = len(lines)  # where a forward with marks starts
    index = next_of(quoted, False, 0)
    while index < len(lines):
        line = lines[index]
        if not line.strip() or not _may_be_header(text, index):
            index = next_of(quoted, False, index + 1)
            continue
        end = mh_header_end(lines, text.fields, index)
        if end > index:
            marks[index:end] = ["header"] * (end - index)
            index = next_of(quoted, False, end)
            continue
        if is_forward_banner(line):
            following = _next_text(lines, index + 1)
            if following is None or not quoted[following]:
                marks[index:] = ["forwarded"] * (len(lines) - index)
                break
            # Apple Mail marks each line of it, and the writer may go on below.
            marks[index:following] = ["header"] * (following - index)
            forward = min(forward, following)
            index = next_of(quoted, False, following)
            continue
        top, end, whole = _header(text, marks, index)
        if end == index:
            index = next_of(quoted, False, index + 1)
            continue
        for position in range(top, end):
            marks[position] = "header"
        following = _next_text(lines, end)
        if following is not None and not (whole or quoted[following]):
            claim_prefixed(lines, following, quoted)
            marks[following:] = _by_marks(quoted[following:])
        if whole or following is None or not quoted[following]:
            marks[end:] = ["answered"] * (len(lines) - end)
            break
        index = next_of(quoted, False, end)
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


@dataclass(frozen=True)
class _Text:
    """Lines, and what is known of them: whether each is quoted, which header it names, if any.

    tos: the lines that are nothing but "To".
    """

    lines: Sequence[str]
    quoted: Sequence[bool]
    fields: Sequence[str | None]
    tos: Sequence[int]


def _looked_at(lines: Sequence[str], quoted: Sequence[bool]) -> _Text:
    fields = [
        header_field(line) if not is_quoted and (":" in line or "：" in line) else None
        for line, is_quoted in zip(lines, quoted, strict=True)
    ]
    return _Text(lines, quoted, fields, bare_labels(lines, "to"))


def _may_be_header(text: _Text, index: int) -> bool:
    """Whether a header can stand at a line: a cheap look that spares most lines the closer ones.

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


def _header(text: _Text, marks: Sequence[Mark], index: int) -> tuple[int, int, bool]:
    """(first line, line after the last, no reply below) of the header at `index`.

    The range is empty when there is none. Below a block of headers stands the whole answered mail,
    with quotes of its own; below a banner or an attribution the writer may go on between quotes.
    """
    lines, quoted, fields = text.lines, text.quoted, text.fields
    line = lines[index]
    marked = not line[:1].isalnum() and (is_groupwise_banner(line) or is_reply_marker(line))
    if marked or is_flat_header(line):
        return index, index + 1, True
    top = index
    if opens_with_rule(line):
        following = _next_text(lines, index + 1)
        ruled = following is not None and is_ruled(line)
        above_quote = following is not None and quoted[following]
        block = None
        if following is not None and fields[following]:
            block = header_block(lines, fields, following)
        if is_original_banner(line) or (ruled and (above_quote or block)):
            if following is not None:
                end = block[1] if block else max(index + 1, label_lines_end(fields, following))
                return index, end, False
            return index, index + 1, False
        top = following if ruled and following is not None else index
    block = header_block(lines, fields, index) if fields[index] else None
    if block:
        # Hotmail and others put it above a quote that is marked, and answered below.
        return *block, not _opens_mail(lines, quoted, block[0], block[1])
    end = foreign_block_end(lines, top)
    if end > top:
        return index, end, True
    end = bare_block_end(lines, index, text.tos)
    if end > index:
        return index, end, True
    above = lines[index - 1].rstrip() if index else ""
    after_break = not above or above.endswith(_STOPS) or marks[index - 1] != "own"
    length = attribution_length(lines, index, quoted=quoted, fields=fields, after_break=after_break)
    if not length and line.rstrip()[-1:] in _COLONS and len(line) <= _LONGEST_LEAD:
        length = int(_names_source(line) and _opens_mail(lines, quoted, index, index + 1))
    return index, index + length, False


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
    following = _next_text(lines, end)
    greets = len(above) == 1 and len(above[0]) <= _GREETING_WORDS and above[0][-1][-1] in ",!，！،:"
    return (not above or greets) and following is not None and quoted[following]


def _next_text(lines: Sequence[str], index: int) -> int | None:
    for ahead in range(index, len(lines)):
        if lines[ahead].strip():
            return ahead
    return None


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
    start = _next_text(lines, 0)
    if start is None:
        return lines
    head = lines[start : start + _HEADER_REACH]
    near = head[:_HEADER_START]
    if not is_quoted(near[0]) and not _may_be_header(_looked_at(near, openly_quoted(near)), 0):
        return lines
    _, end, _ = _header(_looked_at(head, openly_quoted(head)), ["own"] * len(head), 0)
    return lines[start + end :]
