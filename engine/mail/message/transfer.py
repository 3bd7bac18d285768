"""Transfer encodings undone: base64, quoted-printable (RFC 2045), and what is left as it is."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

_BASE64 = re.compile(rb"\s*(?:[A-Za-z0-9+/]{1,998}[ \t]*\r*\n)*[A-Za-z0-9+/]{0,998}={0,2}\s*")
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2}|={1,2}")
_LEAST_LINE = 20  # a shorter "line" after the padding is a word of a footer
_BLOCK_BEGIN = re.compile(
    r"begin(?:-base64)? [0-7]{3,4} \S|=ybegin (?:part=\d+ )?(?:total=\d+ )?line="
)
_UU_LINE = re.compile(r"[ -`]{1,90}")


def decode_transfer(raw: bytes, encoding: bytes) -> bytes:
    """The content as it was before the encoding that Content-Transfer-Encoding names.

    What is damaged gives what can be read of it. Never raises.
    """
    encoding = encoding.strip().strip(b"\"'").lower()
    if encoding.startswith(b"base64"):
        return _decode_base64(raw)
    if encoding.startswith(b"quoted-printable"):
        return binascii.a2b_qp(raw)
    return raw


def _decode_base64(raw: bytes) -> bytes:
    if _BASE64.fullmatch(raw):
        raw = raw.rstrip()
        surplus = len(raw.translate(None, b"\r\n \t=")) % 4
        return _decoded(raw if surplus != 1 else raw.rstrip(b"=")[:-1])
    return b"".join(map(_decoded, _base64_runs(raw)))


def _base64_runs(raw: bytes) -> Iterator[bytes]:
    """Runs that each end with their padding; text that a list appended would decode to noise."""
    run: list[bytes] = []
    padded = False
    for line in raw.split():
        if not _BASE64_LINE.fullmatch(line) or (padded and len(line) < _LEAST_LINE):
            break
        run.append(line)
        padded = line.endswith(b"=")
        if padded:
            yield b"".join(run)
            run = []
    joined = b"".join(run)
    yield joined[: len(joined) - 1] if len(joined) % 4 == 1 else joined


def _decoded(run: bytes) -> bytes:
    try:
        return binascii.a2b_base64(run + b"==")
    except binascii.Error:
        return b""


def without_binaries(text: str) -> str:
    """The text without files that were written into it: uuencoded and yEnc blocks."""
    if "begin" not in text:
        return text
    kept: list[str] = []
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        line = lines[number]
        if _BLOCK_BEGIN.match(line) and (end := _block_end(lines, number)):
            number = end
            continue
        kept.append(line)
        number += 1
    return "\n".join(kept)


def _block_end(lines: list[str], begin: int) -> int | None:
    """The line after an encoded block; None where only the first line looks like one."""
    yenc = lines[begin].startswith("=y")
    number = begin + 1
    while number < len(lines):
        line = lines[number]
        if yenc:
            if line.startswith("=yend "):
                return number + 1
        elif line.rstrip() in ("end", "===="):
            return number + 1
        elif not _UU_LINE.fullmatch(line.rstrip("\r")) and not re.fullmatch(
            r"[A-Za-z0-9+/]{1,90}={0,2}", line
        ):
            break
        number += 1
    # Cut short: what came of it is no text all the same.
    return number if yenc or number - begin > 3 else None
