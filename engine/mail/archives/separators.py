"""Recognise the separator lines of an mbox: "From ", a sender and a date, in all forms in use.

A line with an English date or a lone address is a separator if a header line follows. The other
forms also occur in sentences: nothing but "From " (Thunderbird), ISO dates, dates in other
languages. They are separators if what follows must be a mail's header.
"""

from __future__ import annotations

import re

LOOKAHEAD = 4096
"""Bytes to look at: a separator, and enough of the next lines to recognise a header."""

_ENGLISH_DATE = rb"[A-Z][a-z]{2},?[ ]+(?:[A-Z][a-z]{2}[ ]+\d{1,2}|\d{1,2}[ ]+[A-Z][a-z]{2})\b"
_DATE = re.compile(_ENGLISH_DATE + rb"[^\r\n]*")
_CERTAIN = re.compile(
    rb"From (?:[^\r\n]{0,500}?"
    + _ENGLISH_DATE
    + rb"[^\r\n]{0,80}\d\d:\d\d[^\r\n]{0,80}|[^\s@]+@\S+[ \t]*)\r?\n(?="
    rb">?[!-9;-~]{1,80}:|>?From |\r?\n[!-9;-~]{1,80}:)"
)
_LINE = re.compile(rb"From(?:[ \t]([^\r\n]{0,600}))?\r?\n")
_SENDER = re.compile(
    rb"(?:-|\"[^\"]{0,300}\"|MAILER-DAEMON|[^\s@]+@[^\s@]+|\S+ \S{1,4} \S+\.[A-Za-z]{2,20})(?=\s|$)"
)
_YEAR_OR_DAY = re.compile(
    rb"(?<!\d)(?:(?:19|20)\d\d(?:[01]\d[0-3]\d)?(?!\d)|\d{1,2}[./-](?:\d{1,2}|[A-Za-z]{3})[./-]\d\d(?!\d))"
)
_LONGEST_DATE = 100  # bytes
_DIGIT = re.compile(rb"\d")
_TIME = re.compile(rb"(?<!\d)\d{1,2}[:.]\d\d(?!\d)")
# The date that git writes into the separators of all its patches.
_PATCH = re.compile(rb"From [^\s@]{1,80} Mon Sep 17 00:00:00 2001\r?\n")

_KNOWN_FIELD = re.compile(
    rb"(?i)(?:>?From [^\n]*\n)?\s*(?:from|to|subject|date|received|message-id|return-path"
    rb"|x-[!-9;-~]+|delivered-to|mime-version|content-[a-z-]+|status|reply-to|cc|sender)[ \t]*:"
)
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:([^\n]*)(?:\n[ \t]+[^\s][^\n]*)*\n?")
# Fields that nobody writes by hand, and those that people do, with values only programs write.
_PROGRAMS_FIELD = re.compile(
    rb"(?i)(?:message-id|received|mime-version|return-path|delivered-to|content-[a-z-]+"
    rb"|x-[!-9;-~]+|dkim-signature|in-reply-to|references):"
    rb"|(?:from|to|cc|reply-to|sender):[^\n]*(?:[^\s<]@[^\s>]|<[^\s>]*>|=\?| at \S+\.)"
    rb"|date:[^\n]*\d{4}[^\n]*\d:\d\d"
)
_MIN_FIELDS = 2


def is_separator(data: bytes | bytearray, at: int, blank_above: bool) -> bool:
    """Return whether the line at `at` is a separator of an mbox. It may be one of a patch, too.

    blank_above: whether the line above is blank, as most programs write it.
    """
    if found := _CERTAIN.match(data, at):
        next_line = data.find(b"\n", at) + 1
        return blank_above or _KNOWN_FIELD.match(data, next_line, at + LOOKAHEAD) is not None
    found = _LINE.match(data, at)
    return (
        found is not None
        and _may_be_separator(found[1] or b"")
        and is_header(data, found.end(), at + LOOKAHEAD)
    )


def is_of_patch(data: bytes | bytearray, at: int) -> bool:
    """Return whether the separator at `at` is that of a patch by `git format-patch`."""
    return _PATCH.match(data, at) is not None


def separator_date(line: bytes) -> bytes | None:
    """Return the date in a separator line; None if it has none."""
    if found := _DATE.search(line):
        return found[0]
    found = _LINE.match(line)
    rest = (found[1] or b"").strip() if found else b""
    if sender := _SENDER.match(rest):
        rest = rest[sender.end() :].strip()
    return rest if _YEAR_OR_DAY.search(rest) else None


def _may_be_separator(rest: bytes) -> bool:
    """Return whether what follows "From " is a sender, a date, both or nothing."""
    rest = rest.strip()
    sender = _SENDER.match(rest)
    after = rest[sender.end() :] if sender else rest
    if not after.strip():
        return True
    if after.endswith((b":", b",", b";")):
        return False
    if sender:
        return len(after) <= _LONGEST_DATE and _DIGIT.search(after) is not None
    return _YEAR_OR_DAY.search(after) is not None and _TIME.search(after) is not None


def is_header(data: bytes | bytearray, start: int, end: int) -> bool:
    """Return whether a mail's header starts at `start`: several fields, one of them a program's."""
    fields, is_programs = 0, False
    while found := _FIELD.match(data, start, end):
        fields += 1
        is_programs = is_programs or _PROGRAMS_FIELD.match(found[0]) is not None
        if is_programs and fields >= _MIN_FIELDS:
            return True
        start = found.end()
    # A long field, or a mail that is cut off, may be all there is.
    return is_programs and start >= min(end, len(data))
