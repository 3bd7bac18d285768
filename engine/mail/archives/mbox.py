"""Split a stream in mbox format (RFC 4155 and its dialects) or MMDF into messages.

The stream is read forward only, in chunks, so splitting works inside gzip, zip and tar and needs
memory for one message only. Unquoted `From ` lines in bodies (mboxcl, mboxcl2, careless exporters)
do not split a message: see separators.py. Nor do those inside a part of a multipart, such as an
attached mailbox, and those of patches, except in a file that starts with one. A Content-Length
(mboxcl, mboxcl2) is used if it leads to a separator or to the end.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from engine.mail.archives.separators import (
    LOOKAHEAD,
    is_header,
    is_of_patch,
    is_separator,
    separator_date,
)
from engine.mail.archives.streams import DAMAGE_ERRORS, Stream
from engine.mail.message.dates import SEPARATOR_DATE, read_date

LONGEST_MESSAGE = 16 * 1024 * 1024
"""Bytes kept of a message. A longer one keeps its beginning, which has its text, and its end."""

_KEPT_END = 512 * 1024  # bytes
_CHUNK = 1024 * 1024
_PART_LOOKAHEAD = 4 * 1024 * 1024  # bytes searched for the end of a multipart
_LONGEST_HEADER = 64 * 1024  # bytes searched for Content-Length

# A pattern that starts with "\n" is found many times faster than one that starts with "^".
_DATE_FIELD = re.compile(rb"\n(?i:Date):[ \t]*([^\r\n]{1,200})")
_QUOTED_FROM = re.compile(rb"(?m)^>(>*From )")
_HEADER_END = re.compile(rb"\n\r?\n")
_CONTENT_LENGTH = re.compile(rb"\n(?i:Content-Length):[ \t]*(\d{1,12})[ \t]*\r?(?=\n|\Z)")
_BOUNDARY = re.compile(
    rb"\n(?i:Content-Type):[ \t]*(?i:multipart)/[^\n]*(?:\n[ \t][^\n]*)*?"
    rb"(?i:boundary)[ \t]*=[ \t]*(?:\"([^\"\r\n]{1,200})\"|([^\s;\"]{1,200}))"
)
_MMDF_SEPARATOR = b"\x01\x01\x01\x01"


def starts_mbox(head: bytes) -> bool:
    """Return whether a file with these first bytes is an mbox or MMDF."""
    start = _strip_leading_blanks(head)
    return is_separator(start, 0, blank_above=True) or start.startswith(_MMDF_SEPARATOR + b"\n")


def split_mbox(stream: Stream) -> Iterator[bytes]:
    """Yield each message with `>From ` unquoted and without its separator line.

    A message without a usable date gets the separator's date as header SEPARATOR_DATE. A message
    longer than LONGEST_MESSAGE loses its middle. An error of the stream is raised after the
    complete messages before it.
    """
    buffer = bytearray(_strip_leading_blanks(stream.read(_CHUNK)))
    if buffer.startswith(_MMDF_SEPARATOR):
        yield from _split_mmdf(buffer, stream)
        return
    has_patches = is_of_patch(buffer, 0)
    kept_start = b""  # of a message that is too long; the buffer holds what follows
    searched = 1  # no separator starts before this position in the buffer
    at_end = False
    damage: BaseException | None = None
    expected_end: int | None = None  # by Content-Length
    while buffer:
        if searched == 1 and not kept_start:
            expected_end = _end_by_content_length(buffer)
        start = _separator_at(buffer, expected_end, at_end) if expected_end else None
        # With a Content-Length, wait until all of the message is in the buffer.
        is_complete = (
            start is not None
            or not expected_end
            or at_end
            or expected_end + LOOKAHEAD <= len(buffer)
        )
        if is_complete:
            if start is None:
                start, searched = _find_separator(buffer, kept_start, searched, at_end, has_patches)
            expected_end = None
            if start is None and damage is not None:
                raise damage  # the last message is cut off
            if start is not None or at_end:
                end = len(buffer) if start is None else start
                yield _clean_message(kept_start + bytes(memoryview(buffer)[:end]))
                del buffer[:end]
                kept_start, searched = b"", 1
                continue
        if len(buffer) > LONGEST_MESSAGE:
            kept_start = kept_start or bytes(memoryview(buffer)[: LONGEST_MESSAGE - _KEPT_END])
            surplus = max(0, min(searched - 1, len(buffer) - _KEPT_END))
            del buffer[:surplus]
            searched, expected_end = max(1, searched - surplus), None
        chunk = b""
        try:
            chunk = stream.read(_CHUNK)
        except DAMAGE_ERRORS as error:
            damage = error
        at_end = not chunk
        buffer += chunk


def _end_by_content_length(buffer: bytearray) -> int | None:
    """Return where the message at the start of the buffer ends by its Content-Length."""
    blank = _HEADER_END.search(buffer, 0, _LONGEST_HEADER)
    length = _CONTENT_LENGTH.search(buffer, 0, blank.start() + 1) if blank else None
    if blank is None or length is None:
        return None
    end = blank.end() + int(length[1])
    return end if end < LONGEST_MESSAGE - LOOKAHEAD else None


def _separator_at(buffer: bytearray, end: int, at_end: bool) -> int | None:
    """Return where the next message starts if a separator, or nothing, follows at `end`.

    Some programs do not count the blank line before the separator in Content-Length.
    """
    for start in (end, end + 1, end + 2):
        if buffer[start - 1 : start] == b"\n" and is_separator(buffer, start, blank_above=True):
            return start
    rest_is_blank = at_end and not bytes(memoryview(buffer)[end:]).strip(b"\r\n")
    return len(buffer) if rest_is_blank and end <= len(buffer) else None


def _find_separator(
    buffer: bytearray, kept_start: bytes, searched: int, at_end: bool, has_patches: bool
) -> tuple[int | None, int]:
    """Return where the next separator starts, or None, and where to search when there is more data.

    kept_start: the beginning of a message that is too long. has_patches: whether the separators of
    patches count.
    """
    last = len(buffer) if at_end else len(buffer) - LOOKAHEAD
    at = buffer.find(b"\nFrom", searched - 1, last)
    while at >= 0:
        start = at + 1
        # Most programs put a blank line before it.
        blank_above = buffer[at - 1 : at] == b"\n" or buffer[at - 2 : at] == b"\n\r"
        if is_separator(buffer, start, blank_above) and (
            has_patches or not is_of_patch(buffer, start)
        ):
            is_inside = _is_inside_part(buffer, kept_start or buffer, start, at_end)
            if is_inside is None:
                return None, start
            if not is_inside:
                return start, searched
        at = buffer.find(b"\nFrom", at + 1, last)
    # Search again for a "\nFrom" that may be cut in half at the buffer's end.
    return None, max(1, last - len("\nFrom"))


def _is_inside_part(
    buffer: bytearray, message: bytes | bytearray, start: int, at_end: bool
) -> bool | None:
    """Return whether `start` is between two boundaries of the message; None: more data is needed.

    The same boundary in the header of a later message is not this message's.
    """
    blank = _HEADER_END.search(message, 0, _LONGEST_HEADER)
    found = _BOUNDARY.search(message, 0, blank.start() if blank else 0)
    if found is None:
        return False
    boundary = found[1] or found[2]
    delimiter = b"\n--" + boundary
    if buffer.rfind(delimiter + b"--", 0, start) >= 0:
        return False
    searched_end = start + _PART_LOOKAHEAD
    end = buffer.find(delimiter, start, searched_end)
    if end < 0:
        return False if at_end or searched_end <= len(buffer) else None
    declared = re.compile(rb"(?i:boundary)[ \t]*=[ \t]*\"?" + re.escape(boundary))
    return declared.search(buffer, start, end) is None


def _split_mmdf(buffer: bytearray, stream: Stream) -> Iterator[bytes]:
    """Yield the messages between lines of four control characters."""
    separator = _MMDF_SEPARATOR + b"\n"
    message, at_end = bytearray(), False
    while buffer or not at_end:
        at = buffer.find(separator)
        size = at if at >= 0 else len(buffer) if at_end else max(0, len(buffer) - len(separator))
        message += memoryview(buffer)[: min(size, max(0, LONGEST_MESSAGE - len(message)))]
        del buffer[: size + (len(separator) if at >= 0 else 0)]
        if at >= 0 or (at_end and not buffer):
            if message.strip():
                yield bytes(message)
            message = bytearray()
            continue
        chunk = stream.read(_CHUNK)
        at_end = not chunk
        buffer += chunk


def _clean_message(data: bytes) -> bytes:
    """Take off the separator line and `>From ` quoting, and keep the separator's date if needed."""
    start = data.find(b"\n") + 1
    message = data[start:]
    if message[:1] in (b"\r", b"\n"):  # some programs leave a blank line below the separator
        written = message.lstrip(b"\r\n")
        if is_header(written, 0, LOOKAHEAD):
            start, message = start + len(message) - len(written), written
    if b">From " in message:
        message = _QUOTED_FROM.sub(rb"\1", message)
    if message[:1].isspace() or _has_date(data, start):
        return message
    date = separator_date(data[:start])
    return message if date is None else SEPARATOR_DATE + b": " + date + b"\n" + message


def _has_date(data: bytes, start: int) -> bool:
    """Return whether the message at `start` has a Date header with a possible date."""
    end = start + _LONGEST_HEADER
    blank = _HEADER_END.search(data, start, end)
    date = _DATE_FIELD.search(data, start - 1, blank.start() + 1 if blank else end)
    return date is not None and read_date(date[1].decode("latin-1"), time.time()) is not None


def _strip_leading_blanks(head: bytes) -> bytes:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n \t\0")
    # Some exporters put the mark of a quoted line before the first separator.
    is_quoted = start.startswith(b">From ") and is_separator(start, 1, blank_above=True)
    return start[1:] if is_quoted else start
