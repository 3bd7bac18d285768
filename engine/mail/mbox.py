"""A stream in mbox format -> one message after the other (RFC 4155 and its dialects).

The splitter reads forward only, in pieces, so that it works inside gzip, zip and tar and its
memory is that of one message. A line is taken for a separator when it has a separator's date and
a header line follows it: unquoted `From ` lines in bodies (mboxcl, mboxcl2, careless exporters)
do not tear messages apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

LONGEST_MESSAGE = 50 * 1024 * 1024
_PIECE = 1024 * 1024
_LOOKAHEAD = 4096  # a separator, and enough of the line after it to know a header

_DATE = rb"[A-Z][a-z]{2},?[ ]+(?:[A-Z][a-z]{2}[ ]+\d{1,2}|\d{1,2}[ ]+[A-Z][a-z]{2})\b"
_HEADER = rb">?[!-9;-~]{1,80}:|>?From "
_SEPARATOR = re.compile(
    rb"From (?:[^\r\n]{0,500}?" + _DATE + rb"[^\r\n]{0,80}\d\d:\d\d[^\r\n]{0,80}|[^\s@]+@\S+[ \t]*)"
    rb"\r?\n(?=" + _HEADER + rb"|\r?\n[!-9;-~]{1,80}:)"
)
_QUOTED_FROM = re.compile(rb"(?m)^>(>*From )")


class Stream(Protocol):
    """What is read from: a binary stream that need not know how to seek."""

    def read(self, size: int = ..., /) -> bytes: ...


def starts_mbox(head: bytes) -> bool:
    """Whether a file with these first bytes is an mbox."""
    return _SEPARATOR.match(_without_leading_blanks(head)) is not None


def split_mbox(stream: Stream) -> Iterator[bytes | None]:
    """Yield each message without its separator line, `>From ` unquoted.

    A message of more than LONGEST_MESSAGE bytes is read past and yielded as None.
    """
    buffer = bytearray(_without_leading_blanks(stream.read(_PIECE)))
    searched, too_long, ended = 1, False, False
    while buffer:
        start = _find_separator(buffer, searched, ended)
        if start is not None:
            yield None if too_long else _message(bytes(buffer[:start]))
            del buffer[:start]
            searched, too_long = 1, False
            continue
        if ended:
            yield None if too_long else _message(bytes(buffer))
            return
        # A "\nFrom " that was half in sight is looked for again.
        searched = max(1, len(buffer) - _LOOKAHEAD - len("\nFrom "))
        if len(buffer) > LONGEST_MESSAGE:
            too_long = True
            del buffer[: searched - 1]
            searched = 1
        piece = stream.read(_PIECE)
        ended = not piece
        buffer += piece


def _find_separator(buffer: bytearray, searched: int, ended: bool) -> int | None:
    """Where the next separator starts; None when there is none, or too near the end to tell."""
    last = len(buffer) if ended else len(buffer) - _LOOKAHEAD
    at = buffer.find(b"\nFrom ", searched - 1, last)
    while at >= 0:
        if _SEPARATOR.match(buffer, at + 1):
            return at + 1
        at = buffer.find(b"\nFrom ", at + 1, last)
    return None


def _message(data: bytes) -> bytes:
    body = data.partition(b"\n")[2]
    return _QUOTED_FROM.sub(rb"\1", body) if b">From " in body else body


def _without_leading_blanks(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n \t")
