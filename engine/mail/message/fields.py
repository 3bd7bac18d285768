"""Header fields of a message or of one of its parts (RFC 5322), and their parameters (RFC 2231)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from engine.mail.message.charsets import decode_bytes, decode_header_value

Headers = dict[str, list[bytes]]
"""Lower-case field name -> its unfolded values, in order."""

_LONGEST_HEADERS = 256 * 1024  # bytes of header that are read; what is beyond is passed over
_LONGEST_VALUE = 64 * 1024
_LONGEST_PARAMETERS = 4000

_KNOWN = (
    rb"(?i:from|to|cc|bcc|subject|date|received|message-id|in-reply-to|references|return-path"
    rb"|reply-to|sender|mime-version|content-[a-z-]+|x-[!-9;-~]+|list-[a-z-]+|delivered-to"
    rb"|user-agent|status|dkim-signature|thread-[a-z]+)[ \t]*:"
)
# A continuation begins with white space; one that is nothing else is followed by a known field.
_FIELD = re.compile(
    rb"([!-9;-~]{1,200})[ \t]*:[ \t]*"
    rb"([^\n]*(?:\n[ \t]+[^\s][^\n]*|\n[ \t]+\r?(?=\n" + _KNOWN + rb"))*)\n?"
)
_STRAY = re.compile(rb"(?:[^\n]{1,998}\n){1,3}?(?=" + _KNOWN + rb")")  # folded without white space
_BLANK = re.compile(rb"[ \t]*\r*(?:\n|\Z)")
_HEADERS_END = re.compile(rb"\n\r*\n")
_FOLD = re.compile(rb"\r?\n[ \t]*")

_PARAMETER = re.compile(rb"([^\s=;\"]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"?|([^\s;]*))")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_SECTION = re.compile(rb"([^*]+)(?:\*(\d{1,3}))?(\*)?")


def parse_headers(data: bytes, start: int = 0, end: int | None = None) -> tuple[Headers, int]:
    """The header fields at `start`, and where the content begins. Never raises.

    As readers of mail do, the header also ends at a line that can't be a field.
    """
    end = len(data) if end is None else end
    limit = min(end, start + _LONGEST_HEADERS)
    headers: Headers = {}
    values: list[bytes] | None = None
    position = start
    while position < limit:
        if field := _FIELD.match(data, position, limit):
            values = headers.setdefault(field[1].decode("ascii").lower(), [])
            values.append(_unfolded(field[2]))
            position = field.end()
            continue
        if blank := _BLANK.match(data, position, end):
            return headers, blank.end()
        if data.startswith((b"From ", b">From ", b" ", b"\t"), position):
            position = data.find(b"\n", position, end) + 1 or end
        elif stray := _STRAY.match(data, position, limit):
            if values:
                values[-1] += b" " + _unfolded(stray[0])
            position = stray.end()
        else:
            return headers, position
    if limit < end:
        rest = _HEADERS_END.search(data, limit - 1, end)
        return headers, rest.end() if rest else end
    return headers, end


def _unfolded(value: bytes) -> bytes:
    value = value[:_LONGEST_VALUE]
    return (_FOLD.sub(b" ", value) if b"\n" in value else value).strip()


def parse_parameters(value: bytes) -> Mapping[str, str]:
    """The parameters of a field as Content-Type, by lower-case name; the first of a name counts.

    Sections, charsets and percent signs of RFC 2231 are undone. Never raises.
    """
    return _parameters(value[:_LONGEST_PARAMETERS])


@lru_cache(maxsize=256)  # most parts of most mails have one of a few
def _parameters(value: bytes) -> Mapping[str, str]:
    found: dict[str, dict[int, tuple[bytes, bool]]] = {}
    for match in _PARAMETER.finditer(value):
        name, quoted, bare = match.groups()
        section = _SECTION.fullmatch(name)
        if section is None:
            continue
        content = _ESCAPED.sub(rb"\1", quoted) if quoted is not None else bare
        sections = found.setdefault(section[1].decode("ascii", "replace").lower(), {})
        sections.setdefault(int(section[2] or 0), (content, section[3] is not None))
    return {name: _joined(sections) for name, sections in found.items()}


def _joined(sections: dict[int, tuple[bytes, bool]]) -> str:
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
