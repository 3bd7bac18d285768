"""Decode base64 and quoted-printable (RFC 2045), and remove files encoded within the text."""

from __future__ import annotations

import binascii
import contextlib
import re
from collections.abc import Iterator

_BASE64 = re.compile(rb"\s*(?:[A-Za-z0-9+/]{1,998}[ \t]*\r*\n)*[A-Za-z0-9+/]{0,998}={0,2}\s*")
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2}|={1,2}")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]")
_CHARACTERS_A_STRAY_ONE = 10
_MIN_WORDS = 3  # of a first line that is not encoded
_NOT_IN_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_PADDED_SOFT_BREAK = re.compile(rb"=[ \t]{1,998}(\r?\n|\Z)")
_NOT_ALPHANUMERIC = re.compile(rb"[^a-z0-9]+")  # "quoted/printable" is meant, too
_SHORTEST_LINE = 20  # characters; a shorter "line" after the padding is a word of a footer
_MIN_UU_LINES = 3  # of a block without an end
_BLOCK_START = re.compile(
    r"begin(?:-base64)? [0-7]{3,4} \S|=ybegin (?:part=\d+ )?(?:total=\d+ )?line="
)
_BLOCK_STARTS = ("begin", "=ybegin")
_BINHEX = re.compile(
    r"^\(This file must be converted with BinHex[^\n]*\n\s*:(?:[!-9;-z]{1,64}\r?\n){0,20000}"
    r"[!-9;-z]{0,64}:[ \t]*$",
    re.MULTILINE,
)
_UU_LINE = re.compile(r"[ -`]{1,90}")


def decode_transfer(raw: bytes, encoding: bytes) -> bytes:
    """Decode content; `encoding` is the value of Content-Transfer-Encoding.

    Damaged content is decoded as far as possible. Never raises.
    """
    encoding = _NOT_ALPHANUMERIC.sub(b"", encoding.lower())
    if encoding.startswith(b"base64"):
        return _decode_base64(raw)
    if encoding.startswith(b"quotedprintable"):
        # White space behind a soft line break was added on the way (RFC 2045, 6.7, rule 3).
        if b"= " in raw or b"=\t" in raw:
            raw = _PADDED_SOFT_BREAK.sub(rb"=\1", raw)
        return binascii.a2b_qp(raw)
    if encoding in (b"xuuencode", b"uuencode", b"xuue"):
        return _decode_uuencode(raw)
    return raw


def _decode_uuencode(raw: bytes) -> bytes:
    """Decode the lines between "begin" and "end"; without these, return the content as it is."""
    lines = raw.splitlines()
    start = next((at for at, line in enumerate(lines) if line.startswith(b"begin ")), None)
    if start is None:
        return raw
    decoded: list[bytes] = []
    for line in lines[start + 1 :]:
        if line.rstrip() == b"end":
            break
        with contextlib.suppress(binascii.Error):
            decoded.append(binascii.a2b_uu(line))
    return b"".join(decoded)


def _decode_base64(raw: bytes) -> bytes:
    if _BASE64.fullmatch(raw):
        raw = raw.rstrip()
        surplus = len(raw.translate(None, b"\r\n \t=")) % 4
        return _decode_run(raw if surplus != 1 else raw.rstrip(b"=")[:-1])
    if len(raw.lstrip().partition(b"\n")[0].split()) >= _MIN_WORDS and _NOT_IN_BASE64.search(raw):
        return raw  # text that a program called base64, but did not encode
    return b"".join(map(_decode_run, _base64_runs(raw)))


def _base64_runs(raw: bytes) -> Iterator[bytes]:
    """Yield the base64 up to each padding, without the plain text that a mailing list appended."""
    run: list[bytes] = []
    padded = False
    for line in raw.split():
        if not padded and len(line) >= _SHORTEST_LINE:
            line = _without_stray(line)
        if not _BASE64_LINE.fullmatch(line) or (padded and len(line) < _SHORTEST_LINE):
            break
        run.append(line)
        padded = line.endswith(b"=")
        if padded:
            yield b"".join(run)
            run = []
    joined = b"".join(run)
    yield joined[: len(joined) - 1] if len(joined) % 4 == 1 else joined


def _without_stray(line: bytes) -> bytes:
    """Return a line without the few characters that base64 has not (RFC 2045, 6.8)."""
    kept = _NOT_BASE64.sub(b"", line)
    return kept if len(line) - len(kept) <= len(line) // _CHARACTERS_A_STRAY_ONE else line


def _decode_run(run: bytes) -> bytes:
    try:
        return binascii.a2b_base64(run + b"==")
    except binascii.Error:
        return b""


def remove_encoded_files(text: str) -> str:
    """Return the text without the files encoded in it (uuencode, yEnc and BinHex)."""
    if "BinHex" in text:
        text = _BINHEX.sub("", text)
    if "begin" not in text:
        return text
    kept: list[str] = []
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        line = lines[number]
        is_start = line.startswith(_BLOCK_STARTS) and _BLOCK_START.match(line)
        if is_start and (end := _block_end(lines, number)):
            number = end
            continue
        kept.append(line)
        number += 1
    return "\n".join(kept)


def _block_end(lines: list[str], start: int) -> int | None:
    """Return the index after an encoded block; None if only the first line looks like one."""
    is_yenc = lines[start].startswith("=y")
    number = start + 1
    while number < len(lines):
        line = lines[number]
        if is_yenc:
            if line.startswith("=yend "):
                return number + 1
        elif line.rstrip() in ("end", "===="):
            return number + 1
        elif not _UU_LINE.fullmatch(line.rstrip("\r")) and not re.fullmatch(
            r"[A-Za-z0-9+/]{1,90}={0,2}", line
        ):
            break
        number += 1
    # A block without an end is cut off, but still not text.
    return number if is_yenc or number - start > _MIN_UU_LINES else None
