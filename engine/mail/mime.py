"""Raw bytes -> a tree of parts (RFC 2045, 2046), bounded in depth, number and copies.

The standard library's parser reads line by line, holds a message several times over and recurses
as deep as the mail wants. This one keeps offsets into the bytes and decodes only what is asked
for, so an attachment costs nothing.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as _StandardMessage
from email.utils import collapse_rfc2231_value
from functools import cached_property

_DEEPEST = 20
_MOST_PARTS = 500
_LONGEST_HEADERS = 256 * 1024
_LONGEST_VALUE = 64 * 1024
_HEADERS_END = re.compile(rb"\r?\n[ \t]*\r?\n")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:[ \t]*(.*)", re.DOTALL)

Headers = dict[str, list[bytes]]
"""Lower-case field name -> its unfolded values, in order."""


@dataclass(frozen=True)
class Part:
    """A message or a part of one. Its content is `data[start:end]`, still encoded."""

    headers: Headers
    data: bytes
    start: int
    end: int
    depth: int = 0

    @cached_property
    def _fields(self) -> _StandardMessage:
        fields = _StandardMessage()
        for name in ("content-type", "content-disposition"):
            if value := self.header(name):
                fields[name] = value[:2000].decode("ascii", "replace")
        return fields

    @cached_property
    def content_type(self) -> str:
        """As "text/plain", in lower case; that too where the field is missing or broken."""
        return self._fields.get_content_type()

    def parameter(self, name: str, header: str = "content-type") -> str:
        """A parameter of Content-Type or Content-Disposition; '' when it is not given."""
        try:
            return collapse_rfc2231_value(self._fields.get_param(name, "", header) or "")
        except (ValueError, LookupError, TypeError):
            return ""

    @property
    def disposition(self) -> str:
        """inline, attachment or ''."""
        return (
            self.header("content-disposition")
            .partition(b";")[0]
            .strip()
            .lower()
            .decode("ascii", "replace")
        )

    @property
    def is_file(self) -> bool:
        """Whether it has a file name."""
        named = self.parameter("filename", "content-disposition") or self.parameter("name")
        return bool(named)

    def header(self, name: str) -> bytes:
        """The first value of a header, unfolded; b"" when absent."""
        return self.headers.get(name, [b""])[0]

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts of a multipart, at most 500 and 20 levels deep; () for all else."""
        boundary = self.parameter("boundary").encode("utf-8", "replace").rstrip()
        if not self.content_type.startswith("multipart/") or not boundary or self.depth >= _DEEPEST:
            return ()
        return tuple(self._split(boundary))

    def _split(self, boundary: bytes) -> Iterator[Part]:
        line = re.compile(rb"--" + re.escape(boundary[:200]) + rb"(--)?[ \t]*\r?$", re.MULTILINE)
        kind = "message/rfc822" if self.content_type == "multipart/digest" else "text/plain"
        begin: int | None = None
        for number, match in enumerate(line.finditer(self.data, self.start, self.end)):
            if match.start() > self.start and self.data[match.start() - 1] != 0x0A:
                continue
            if begin is not None:
                yield _part(self.data, begin, match.start(), self.depth + 1, kind)
            if match[1] or number == _MOST_PARTS:
                return
            begin = min(match.end() + 1, self.end)
        if begin is not None:  # no closing boundary: the mail was cut short
            yield _part(self.data, begin, self.end, self.depth + 1, kind)

    def content(self) -> bytes:
        """The content without its transfer encoding (base64, quoted-printable)."""
        raw = self.data[self.start : self.end]
        encoding = self.header("content-transfer-encoding").strip().lower()
        if encoding.startswith(b"base64"):
            return _decode_base64(raw)
        if encoding.startswith(b"quoted-printable"):
            return binascii.a2b_qp(raw)
        return raw


def parse(data: bytes) -> Part:
    """The message in `data`. Never raises."""
    return _part(data, 0, len(data), 0, "text/plain")


def parse_headers(data: bytes, start: int = 0, end: int | None = None) -> tuple[Headers, int]:
    """The header fields at `start`, and where the content begins.

    As readers of mail do, the header also ends at a line that can't be a field.
    """
    end = len(data) if end is None else end
    limit = min(end, start + _LONGEST_HEADERS)
    if data[start : start + 2].startswith((b"\n", b"\r\n")):
        return {}, data.find(b"\n", start) + 1
    blank = _HEADERS_END.search(data, start, limit)
    stop, after = (blank.start(), blank.end()) if blank else (limit, limit)
    headers: Headers = {}
    values: list[bytes] | None = None
    position = start
    while position < stop:
        line_end = data.find(b"\n", position, stop)
        line_end = stop if line_end < 0 else line_end
        line = data[position:line_end].rstrip(b"\r")
        if line[:1] in (b" ", b"\t"):
            if values and len(values[-1]) < _LONGEST_VALUE:
                values[-1] += b" " + line.strip()
        elif field := _FIELD.match(line):
            values = headers.setdefault(field[1].decode("ascii").lower(), [])
            values.append(field[2].strip())
        elif not line.startswith((b"From ", b">From ")):
            return headers, position
        position = line_end + 1
    return headers, after


def _part(data: bytes, start: int, end: int, depth: int, kind: str) -> Part:
    headers, body = parse_headers(data, start, end)
    headers.setdefault("content-type", [kind.encode()])
    # The line end before a boundary belongs to the boundary.
    if depth and data.endswith(b"\n", body, end):
        end -= 2 if data.endswith(b"\r\n", body, end) else 1
    return Part(headers, data, body, max(body, end), depth)


def _decode_base64(raw: bytes) -> bytes:
    # Text that a list appended after the encoded lines would decode to noise: it is cut off.
    lines = []
    for line in raw.split():
        if not re.fullmatch(rb"[A-Za-z0-9+/=]+", line):
            break
        lines.append(line)
        if line.endswith(b"=") and len(line) % 4 == 0:
            break
    joined = b"".join(lines).rstrip(b"=")
    joined = joined[: len(joined) - 1] if len(joined) % 4 == 1 else joined
    return binascii.a2b_base64(joined + b"=" * (-len(joined) % 4))
