"""A stream in mbox format -> one message after the other (RFC 4155 and its dialects; MMDF).

The splitter reads forward only, in pieces, so that it works inside gzip, zip and tar and its
memory is that of one message. A line is taken for a separator when it has a separator's date and
a header line follows it: unquoted `From ` lines in bodies (mboxcl, mboxcl2, careless exporters)
do not tear messages apart. Where Content-Length leads to a separator or to the end, it is
believed (mboxcl, mboxcl2).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from engine.mail.archives.streams import DAMAGE, Stream
from engine.mail.message.dates import SEPARATOR_DATE, read_date

LONGEST_MESSAGE = 16 * 1024 * 1024
"""Bytes kept of a message; of a longer one its beginning, which holds its text, and its end."""

_KEPT_END = 512 * 1024
_PIECE = 1024 * 1024
_LOOKAHEAD = 4096  # a separator, and enough of the line after it to know a header
_LONGEST_HEADER = 64 * 1024  # where Content-Length is looked for

_DATE = rb"[A-Z][a-z]{2},?[ ]+(?:[A-Z][a-z]{2}[ ]+\d{1,2}|\d{1,2}[ ]+[A-Z][a-z]{2})\b"
_STAMP = re.compile(_DATE + rb"[^\r\n]*")
# Fields below another line: an expression that begins with "\n" is found many times as fast.
_DATE_FIELD = re.compile(rb"\n(?i:Date):[ \t]*([^\r\n]{1,200})")
_HEADER = rb">?[!-9;-~]{1,80}:|>?From "
_SEPARATOR = re.compile(
    rb"From (?:[^\r\n]{0,500}?" + _DATE + rb"[^\r\n]{0,80}\d\d:\d\d[^\r\n]{0,80}|[^\s@]+@\S+[ \t]*)"
    rb"\r?\n(?=" + _HEADER + rb"|\r?\n[!-9;-~]{1,80}:)"
)
_KNOWN_HEADER = re.compile(
    rb"(?i)[^\n]*\n(?:>?From [^\n]*\n)?\s*(?:from|to|subject|date|received|message-id"
    rb"|return-path|x-[!-9;-~]+|delivered-to|mime-version|content-[a-z-]+|status|reply-to|cc"
    rb"|sender)[ \t]*:"
)
_QUOTED_FROM = re.compile(rb"(?m)^>(>*From )")
_HEADER_END = re.compile(rb"\n\r?\n")
_CONTENT_LENGTH = re.compile(rb"\n(?i:Content-Length):[ \t]*(\d{1,12})[ \t]*\r?(?=\n|\Z)")
_MMDF = b"\x01\x01\x01\x01"


def starts_mbox(head: bytes) -> bool:
    """Whether a file with these first bytes is an mbox, or MMDF."""
    start = _without_leading_blanks(head)
    return _SEPARATOR.match(start) is not None or start.startswith(_MMDF + b"\n")


def split_mbox(stream: Stream) -> Iterator[bytes]:
    """Yield each message without its separator line, `>From ` unquoted, but for its date.

    Of a message of more than LONGEST_MESSAGE bytes the middle is left out. What the stream raises
    is raised after the messages before it.
    """
    buffer = bytearray(_without_leading_blanks(stream.read(_PIECE)))
    if buffer.startswith(_MMDF):
        yield from _split_mmdf(buffer, stream)
        return
    begun, searched, ended = b"", 1, False
    damage: BaseException | None = None
    length: int | None = None  # where Content-Length lets the message end
    while buffer:
        if searched == 1 and not begun:
            length = _announced_end(buffer)
        start = _separator_at(buffer, length, ended) if length else None
        if start is None and length and not ended and length + _LOOKAHEAD > len(buffer):
            pass  # not all of it is here yet
        else:
            start = start or _find_separator(buffer, searched, ended)
            length = None
            if start is None and damage is not None:
                raise damage  # the last message breaks off
            if start is not None or ended:
                end = len(buffer) if start is None else start
                yield _message(begun + bytes(memoryview(buffer)[:end]))
                del buffer[:end]
                begun, searched = b"", 1
                continue
            # A "\nFrom " that was half in sight is looked for again.
            searched = max(1, len(buffer) - _LOOKAHEAD - len("\nFrom "))
        if len(buffer) > LONGEST_MESSAGE:
            begun = begun or bytes(memoryview(buffer)[: LONGEST_MESSAGE - _KEPT_END])
            surplus = max(0, min(searched - 1, len(buffer) - _KEPT_END))
            del buffer[:surplus]
            searched, length = max(1, searched - surplus), None
        piece = b""
        try:
            piece = stream.read(_PIECE)
        except DAMAGE as error:
            damage = error
        ended = not piece
        buffer += piece


def _announced_end(buffer: bytearray) -> int | None:
    """Where the message at the start of the buffer ends by its Content-Length."""
    blank = _HEADER_END.search(buffer, 0, _LONGEST_HEADER)
    named = _CONTENT_LENGTH.search(buffer, 0, blank.start() + 1) if blank else None
    if blank is None or named is None:
        return None
    end = blank.end() + int(named[1])
    return end if end < LONGEST_MESSAGE - _LOOKAHEAD else None


def _separator_at(buffer: bytearray, end: int, ended: bool) -> int | None:
    """Where a separator, or nothing, follows at `end`; the length may leave out a blank line."""
    for start in (end, end + 1, end + 2):
        if _SEPARATOR.match(buffer, start) and buffer[start - 1] == 0x0A:
            return start
    rest_is_blank = ended and not bytes(memoryview(buffer)[end:]).strip(b"\r\n")
    return len(buffer) if rest_is_blank and end <= len(buffer) else None


def _find_separator(buffer: bytearray, searched: int, ended: bool) -> int | None:
    """Where the next separator starts; None when there is none, or too near the end to tell."""
    last = len(buffer) if ended else len(buffer) - _LOOKAHEAD
    at = buffer.find(b"\nFrom ", searched - 1, last)
    while at >= 0:
        if _SEPARATOR.match(buffer, at + 1) and (
            # Most programs leave a blank line before it; where there is none, a mail must begin.
            buffer[at - 1 : at] == b"\n"
            or buffer[at - 2 : at] == b"\n\r"
            or _KNOWN_HEADER.match(buffer, at + 1, at + _LOOKAHEAD)
        ):
            return at + 1
        at = buffer.find(b"\nFrom ", at + 1, last)
    return None


def _split_mmdf(buffer: bytearray, stream: Stream) -> Iterator[bytes]:
    """Messages between lines of four control characters."""
    mark = _MMDF + b"\n"
    message, ended = bytearray(), False
    while buffer or not ended:
        at = buffer.find(mark)
        keep = at if at >= 0 else len(buffer) if ended else max(0, len(buffer) - len(mark))
        message += memoryview(buffer)[: min(keep, max(0, LONGEST_MESSAGE - len(message)))]
        del buffer[: keep + (len(mark) if at >= 0 else 0)]
        if at >= 0 or (ended and not buffer):
            if message.strip():
                yield bytes(message)
            message = bytearray()
            continue
        piece = stream.read(_PIECE)
        ended = not piece
        buffer += piece


def _message(data: bytes) -> bytes:
    start = data.find(b"\n") + 1
    body = data[start:]
    if b">From " in body:
        body = _QUOTED_FROM.sub(rb"\1", body)
    stamp = _STAMP.search(data, 0, start)
    if stamp is None or body[:1].isspace() or _is_dated(data, start):
        return body
    return SEPARATOR_DATE + b": " + stamp[0] + b"\n" + body


def _is_dated(data: bytes, start: int) -> bool:
    """Whether the message at `start`, below its separator, has a date that can be."""
    end = start + _LONGEST_HEADER
    blank = _HEADER_END.search(data, start, end)
    date = _DATE_FIELD.search(data, start - 1, blank.start() + 1 if blank else end)
    return date is not None and read_date(date[1].decode("latin-1"), time.time()) is not None


def _without_leading_blanks(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n \t")
