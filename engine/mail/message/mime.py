"""Raw bytes -> a tree of parts (RFC 2045, 2046), bounded in depth, number and copies.

The standard library's parser reads line by line, holds a message several times over and recurses
as deep as the mail wants. This one keeps offsets into the bytes and decodes only what is asked
for, so an attachment costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from engine.mail.message.fields import Headers, parse_headers, parse_parameters
from engine.mail.message.transfer import decode_transfer

_DEEPEST = 20
_MOST_PARTS = 1000  # in the whole message
_MOST_BOUNDARIES = 50_000  # lines that begin as a boundary does, in the whole message
_TYPE = re.compile(rb"\s*\"?([a-z0-9_.+-]+/[a-z0-9_.+*-]+)", re.IGNORECASE)
_AFTER_BOUNDARY = re.compile(rb"(--)?[ \t\r]*(?:\n|\Z)")
# Where the boundary is not named, or no line has it: a line like one, before a part's header.
_LIKE_BOUNDARY = re.compile(rb"^--(\S[^\r\n]{0,199}?)[ \t]*\r?\n(?=Content-)", re.I | re.M)


@dataclass
class _Budget:
    """Shared by all parts of a message: parts within parts multiply."""

    parts: int = _MOST_PARTS
    lines: int = _MOST_BOUNDARIES


@dataclass(frozen=True)
class Part:
    """A message or a part of one. Its content is `data[start:end]`, still encoded."""

    headers: Headers
    data: bytes
    start: int
    end: int
    depth: int = 0
    kind: str = "text/plain"
    _budget: _Budget = field(default_factory=_Budget, repr=False, compare=False)

    @cached_property
    def content_type(self) -> str:
        """As "text/plain", in lower case; that too where the field is missing or broken."""
        value = self.header("content-type")
        if not value:
            return self.kind
        found = _TYPE.match(value)
        return found[1].decode("ascii").lower() if found else "text/plain"

    @cached_property
    def _parameters(self) -> Mapping[str, str]:
        value = self.header("content-type")
        found = _TYPE.match(value)
        return parse_parameters(value[found.end() :] if found else value)

    def parameter(self, name: str) -> str:
        """A parameter of Content-Type; '' when it is not given."""
        return self._parameters.get(name, "")

    @cached_property
    def is_attachment(self) -> bool:
        """Whether Content-Disposition says so, or names a file: an inline file is one too."""
        for value in self.headers.get("content-disposition", ()):
            word, _, parameters = value.partition(b";")
            if word.strip(b" \t\"'").lower().startswith(b"attach"):
                return True
            if b"name" in parameters and parse_parameters(parameters).get("filename"):
                return True
        return False

    def header(self, name: str) -> bytes:
        """The first value of a header, unfolded; b"" when absent."""
        return self.headers.get(name, [b""])[0]

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts of a multipart; () for all else, beyond 20 levels and 1000 parts."""
        if not self.content_type.startswith("multipart/") or self.depth >= _DEEPEST:
            return ()
        boundary = self.parameter("boundary").encode("utf-8", "replace").rstrip()
        found = tuple(self._split(boundary)) if boundary else ()
        if not found and (like := _LIKE_BOUNDARY.search(self.data, self.start, self.end)):
            return tuple(self._split(like[1]))
        return found

    def _split(self, boundary: bytes) -> Iterator[Part]:
        kind = "message/rfc822" if self.content_type == "multipart/digest" else "text/plain"
        begin: int | None = None
        for at, after, is_last in self._boundary_lines(boundary):
            if self._budget.parts <= 0:
                return
            if begin is not None:
                yield self._child(begin, at, kind)
            if is_last:
                return
            begin = after
        if begin is not None:  # no closing boundary: the mail was cut short
            yield self._child(begin, self.end, kind)

    def _boundary_lines(self, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
        """Where each starts, where the line after it starts, and whether it is the last one."""
        data, end = self.data, self.end
        mark = b"\n--" + boundary
        is_first = data.startswith(mark[1:], self.start, end)
        at = self.start if is_first else data.find(mark, self.start, end) + 1 or -1
        while at >= 0 and self._budget.lines > 0:
            self._budget.lines -= 1
            if after := _AFTER_BOUNDARY.match(data, at + len(mark) - 1, end):
                yield at, after.end(), after[1] is not None
            at = data.find(mark, at + len(mark) - 2, end) + 1 or -1

    def _child(self, start: int, end: int, kind: str) -> Part:
        self._budget.parts -= 1
        headers, body = parse_headers(self.data, start, end)
        # The line end before a boundary belongs to the boundary.
        if self.data.endswith(b"\n", body, end):
            end -= 2 if self.data.endswith(b"\r\n", body, end) else 1
        return Part(headers, self.data, body, max(body, end), self.depth + 1, kind, self._budget)

    def content(self, most: int) -> bytes:
        """The content without its transfer encoding, of `most` encoded bytes at most."""
        raw = self.data[self.start : min(self.end, self.start + most)]
        return decode_transfer(raw, self.header("content-transfer-encoding"))
