"""Parse the header fields of a message or a part (RFC 5322), and their parameters (RFC 2231)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from engine.mail.message.charsets import decode_bytes, decode_header_value

Headers = dict[str, list[bytes]]
"""Field name in lower case -> its unfolded values, in order."""

_LONGEST_HEADER = 256 * 1024  # bytes of all fields together; the rest is skipped
_LONGEST_VALUE = 64 * 1024  # bytes
_LONGEST_PARAMETERS = 4000  # bytes

_KNOWN_FIELD = (
    rb"(?i:from|to|cc|bcc|subject|date|received|message-id|in-reply-to|references|return-path"
    rb"|reply-to|sender|mime-version|content-[a-z-]+|x-[!-9;-~]+|list-[a-z-]+|delivered-to"
    rb"|user-agent|status|dkim-signature|thread-[a-z]+)[ \t]*:"
)
# A continuation line starts with white space; one of white space only must precede a known field,
# or a few more continuation lines above one.
_FIELD = re.compile(
    rb"([!-9;-~]{1,200})[ \t]*:[ \t]*"
    rb"([^\n]*(?:\n[ \t]+[^\s][^\n]*|\n[ \t]+\r?"
    rb"(?=(?:\n[ \t]+[^\n]{0,998}){0,8}\n" + _KNOWN_FIELD + rb"))*)\n?"
)
# Continuation lines without the white space in front.
_BROKEN_FOLD = re.compile(rb"(?:[^\n]{1,998}\n){1,3}?(?=" + _KNOWN_FIELD + rb")")
_BLANK_LINE = re.compile(rb"[ \t]*\r*(?:\n|\Z)")
_HEADER_END = re.compile(rb"\n\r*\n")
_FOLD = re.compile(rb"\r?\n[ \t]*")

_PARAMETER = re.compile(rb"([^\s=;\"]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"?|([^\s;]*))")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_SECTION = re.compile(rb"([^*]+)(?:\*(\d{1,3}))?(\*)?")


def parse_headers(data: bytes, start: int = 0, end: int | None = None) -> tuple[Headers, int]:
    """Return the header fields at `start`, and where the content starts. Never raises.

    As in mail programs, the header also ends at a line that can't be a field.
    """
    end = len(data) if end is None else end
    limit = min(end, start + _LONGEST_HEADER)
    headers: Headers = {}
    values: list[bytes] | None = None
    position = start
    while position < limit:
        if field := _FIELD.match(data, position, limit):
            values = headers.setdefault(field[1].decode("ascii").lower(), [])
            values.append(_unfold(field[2]))
            position = field.end()
            continue
        if blank := _BLANK_LINE.match(data, position, end):
            return headers, blank.end()
        if data.startswith(b"--", position) and _is_boundary(data, position, end, headers):
            return headers, position
        if data.startswith((b"From ", b">From ", b" ", b"\t"), position):
            position = data.find(b"\n", position, end) + 1 or end
        elif continuation := _BROKEN_FOLD.match(data, position, limit):
            if values:
                values[-1] += b" " + _unfold(continuation[0])
            position = continuation.end()
        else:
            return headers, position
    if limit < end:
        header_end = _HEADER_END.search(data, limit - 1, end)
        return headers, header_end.end() if header_end else end
    return headers, end


def _is_boundary(data: bytes, position: int, end: int, headers: Headers) -> bool:
    """Return whether the first boundary of a multipart is here, without a blank line above it."""
    line_end = data.find(b"\n", position, end)
    boundary = data[position + 2 : line_end if line_end >= 0 else end].strip()
    declared = (parse_parameters(value) for value in headers.get("content-type", ()))
    return bool(boundary) and any(
        values.get("boundary", "").encode("utf-8", "replace") == boundary for values in declared
    )


def _unfold(value: bytes) -> bytes:
    value = value[:_LONGEST_VALUE]
    return (_FOLD.sub(b" ", value) if b"\n" in value else value).strip()


def parse_parameters(value: bytes) -> Mapping[str, str]:
    """Return the parameters of a field such as Content-Type, by lower-case name.

    The first of several with one name counts. RFC 2231's sections, charsets and percent encoding
    are decoded. Never raises.
    """
    return _parse_parameters(value[:_LONGEST_PARAMETERS])


@lru_cache(maxsize=256)  # most parts of most mails have one of a few values
def _parse_parameters(value: bytes) -> Mapping[str, str]:
    found: dict[str, dict[int, tuple[bytes, bool]]] = {}
    for match in _PARAMETER.finditer(value):
        name, quoted, bare = match.groups()
        section = _SECTION.fullmatch(name)
        if section is None:
            continue
        content = _ESCAPED.sub(rb"\1", quoted) if quoted is not None else bare
        sections = found.setdefault(section[1].decode("ascii", "replace").lower(), {})
        sections.setdefault(int(section[2] or 0), (content, section[3] is not None))
    return {name: _join_sections(sections) for name, sections in found.items()}


def _join_sections(sections: dict[int, tuple[bytes, bool]]) -> str:
    whole, charset = b"", ""
    for number in sorted(sections):
        content, is_encoded = sections[number]
        if is_encoded:
            if number == 0 and content.count(b"'") >= 2:
                declared, _, content = content.split(b"'", 2)
                charset = declared.decode("ascii", "replace")
            content = unquote_to_bytes(content)
        whole += content
    return decode_bytes(whole, charset) if charset else decode_header_value(whole)
