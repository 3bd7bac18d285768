"""Parse a message into a tree of MIME parts (RFC 2045, 2046), limited in depth and number.

The standard library's parser reads line by line, keeps several copies of a message in memory and
recurses without limit. This one keeps offsets into the bytes and decodes a part only when asked,
so attachments cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.lazy import lazy
from engine.mail.message.fields import Headers, parse_headers, parse_parameters
from engine.mail.message.transfer import decode_transfer

_MAX_DEPTH = 20
_MAX_PARTS = 1000  # in the whole message
_MAX_BOUNDARIES = 50_000  # lines that start like a boundary, in the whole message
_TYPE = re.compile(rb"\s*\"?([a-z0-9_.+-]+/[a-z0-9_.+*-]+)", re.IGNORECASE)
# White space at the end of a boundary belongs to the line (RFC 2046, 5.1.1).
_AFTER_BOUNDARY = re.compile(rb"[ \t]*(--)?[ \t\r]*(?:\n|\Z)")
# For a boundary that is not declared, or declared wrongly: a boundary-like line above a header.
_LIKELY_BOUNDARY = re.compile(
    rb"^--([ \t]{0,3}\S[^\r\n]{0,199}?)[ \t]*\r?\n(?=Content-)", re.I | re.M
)


@dataclass
class _Budget:
    """How many parts and boundary lines may still be read; shared by all parts of a message."""

    parts: int = _MAX_PARTS
    boundaries: int = _MAX_BOUNDARIES


@dataclass(frozen=True)
class Part:
    """A message or a part of one. Its content is `data[start:end]`, still encoded.

    default_type: the content type of a part without a header field for it.
    """

    headers: Headers
    data: bytes
    start: int
    end: int
    depth: int = 0
    default_type: str = "text/plain"
    _budget: _Budget = field(default_factory=_Budget, repr=False, compare=False)

    @lazy
    def content_type(self) -> str:
        """The type in lower case, such as "text/plain", which is also that of a malformed field."""
        value = self.header("content-type")
        if not value:
            return self.default_type
        found = _TYPE.match(value)
        return found[1].decode("ascii").lower() if found else "text/plain"

    @lazy
    def _parameters(self) -> Mapping[str, str]:
        value = self.header("content-type")
        found = _TYPE.match(value)
        return parse_parameters(value[found.end() :] if found else value)

    def parameter(self, name: str) -> str:
        """Return a parameter of Content-Type; '' if absent."""
        return self._parameters.get(name, "")

    @property
    def is_too_deep(self) -> bool:
        """Whether its own parts are not read, because it is nested too deeply."""
        return self.depth >= _MAX_DEPTH

    @property
    def is_inline(self) -> bool:
        """Whether Content-Disposition asks to show it among the text, perhaps with a file name."""
        disposition = self.header("content-disposition").partition(b";")[0]
        return disposition.strip(b" \t\"'").lower() in (b"inline", b"")

    @lazy
    def is_attachment(self) -> bool:
        """Whether Content-Disposition is "attachment" or names a file, as for an inline image."""
        for value in self.headers.get("content-disposition", ()):
            disposition, _, parameters = value.partition(b";")
            if disposition.strip(b" \t\"'").lower().startswith(b"attach"):
                return True
            if b"name" in parameters and parse_parameters(parameters).get("filename"):
                return True
        return False

    def header(self, name: str) -> bytes:
        """Return the first value of a header that is not empty, unfolded; b"" if absent."""
        return next(filter(None, self.headers.get(name, ())), b"")

    @lazy
    def parts(self) -> tuple[Part, ...]:
        """The parts of a multipart; () for other types and beyond the limits."""
        if not self.content_type.startswith("multipart/") or self.is_too_deep:
            return ()
        boundary = self.parameter("boundary").encode("utf-8", "replace").rstrip()
        found = tuple(self._split(boundary)) if boundary else ()
        if not found and (likely := _LIKELY_BOUNDARY.search(self.data, self.start, self.end)):
            return tuple(self._split(likely[1]))
        return found

    def _split(self, boundary: bytes) -> Iterator[Part]:
        kind = "message/rfc822" if self.content_type == "multipart/digest" else "text/plain"
        start: int | None = None
        is_inside = False  # a part with the same boundary, which ends at the closing one
        for line_start, line_end, is_last in self._boundary_lines(boundary):
            if self._budget.parts <= 0:
                return
            if is_inside:
                if is_last and start is not None:
                    yield self._child(start, line_end, kind)
                    start, is_inside = None, False
                continue
            if start is not None:
                child = self._child(start, line_start, kind)
                if is_inside := not is_last and child.has_boundary(boundary):
                    continue
                yield child
            if is_last:
                return
            start = line_end
        if start is not None:  # no closing boundary: the mail is cut off
            yield self._child(start, self.end, kind)

    def has_boundary(self, boundary: bytes) -> bool:
        """Return whether this is a multipart whose parts are separated by `boundary`."""
        return (
            self.content_type.startswith("multipart/")
            and self.parameter("boundary").encode("utf-8", "replace").rstrip() == boundary
        )

    def _boundary_lines(self, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
        """Yield the start and end of each boundary line, and whether it is the closing one."""
        data, end = self.data, self.end
        delimiter = b"\n--" + boundary
        is_first = data.startswith(delimiter[1:], self.start, end)
        at = self.start if is_first else data.find(delimiter, self.start, end) + 1 or -1
        while at >= 0 and self._budget.boundaries > 0:
            self._budget.boundaries -= 1
            if after := _AFTER_BOUNDARY.match(data, at + len(delimiter) - 1, end):
                yield at, after.end(), after[1] is not None
            at = data.find(delimiter, at + len(delimiter) - 2, end) + 1 or -1

    def _child(self, start: int, end: int, default_type: str) -> Part:
        self._budget.parts -= 1
        headers, body = parse_headers(self.data, start, end)
        # The line end before a boundary belongs to the boundary (RFC 2046, 5.1.1).
        if self.data.endswith(b"\n", body, end):
            end -= 2 if self.data.endswith(b"\r\n", body, end) else 1
        end = max(body, end)
        return Part(headers, self.data, body, end, self.depth + 1, default_type, self._budget)

    def content(self, max_size: int) -> bytes:
        """Return the content, decoded from the first `max_size` bytes of its transfer encoding."""
        raw = self.data[self.start : min(self.end, self.start + max_size)]
        return decode_transfer(raw, self.header("content-transfer-encoding"))
