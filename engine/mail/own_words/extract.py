"""What the writer of a mail wrote, and nothing else of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.message.message import read_message
from engine.mail.own_words.banners import banner_end
from engine.mail.own_words.contact_blocks import block_above_notice
from engine.mail.own_words.footers import (
    attachments_start,
    disclaimer_follows,
    footer_start,
    is_placeholder,
)
from engine.mail.own_words.html_text import html_text
from engine.mail.own_words.quoted_headers import is_ruler
from engine.mail.own_words.quotes import LONGEST_TEXT, mark_lines, split_shared_lines
from engine.mail.own_words.signatures import signature_start
from engine.mail.types import Kind

_ARMOUR_NAME = r"(?:PGP (?:MESSAGE|SIGNATURE|PUBLIC KEY BLOCK|PRIVATE KEY BLOCK)|PKCS7|CMS)"
_ARMOUR_BEGIN = re.compile(rf"^-----BEGIN ({_ARMOUR_NAME})-----\s*$")
_ARMOUR_END = re.compile(rf"^-----END {_ARMOUR_NAME}-----\s*$")
_SIGNED_BEGIN = re.compile(r"^-----BEGIN PGP SIGNED MESSAGE-----\s*$")
_SIGNED_HEADER = re.compile(r"^(?:Hash|NotDashEscaped|Charset|Comment|Version):? ?.*$")
_POSTSCRIPT = re.compile(
    r"^\s{0,4}(?:(?:p\.?\s?){1,3}[sd]\.?|п\.?с\.?|з\.?ы\.?)[:.,\s-]", re.IGNORECASE
)
_MOST_ENDED = 200  # stretches between quotes, at either end, in which signatures are looked for
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")


def own_words(body: str, kind: Kind = "plain", *, signature: str | None = None) -> str:
    """The writer's own lines of a mail: without quotes, forwards, signature, footers and armour.

    `body` is plain text (format=flowed undone), HTML, or for `kind` "eml" a whole RFC 822 message.
    Greeting and closing stay, and so do replies between quotes. `signature` is the text that the
    mail program appends, where it is known. The time grows linearly with the length of `body`.
    """
    if kind == "eml":
        message = read_message(_raw(body))
        has_plain = bool(message.plain and message.plain.strip())
        body = (message.plain if has_plain else message.html) or ""
        kind = "plain" if has_plain else "html"
    kept: list[str] = []
    segments = _segments(html_text(body, quotes=False) if kind == "html" else body)
    if segments:
        segments[0] = segments[0][banner_end(segments[0]) :]
    for place, segment in enumerate(segments):
        if _MOST_ENDED < place < len(segments) - _MOST_ENDED:
            kept += [*segment, ""]  # nobody signs so often; a log or a chat is quoted here
            continue
        lines, end, listed = _cut(segment, signature, bool(kept))
        if place and not any(line.strip() for line in lines[:listed]):
            continue  # of the mail that is quoted above
        # A list of attachments hides the signature above it, and goes with it.
        lines = lines[:end] + _postscript(lines[end:listed]) if end < listed else lines
        while lines and (not lines[-1].strip() or is_ruler(lines[-1])):
            lines.pop()
        kept += [*(line.rstrip() for line in lines), ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")


def _raw(message: str) -> bytes:
    try:
        return message.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # surrogates that stand for no byte
        return message.encode("utf-8", "replace")


def _postscript(signature: Sequence[str]) -> list[str]:
    """What the writer added below the signature, with a blank line above it: "P.S. Bring cake"."""
    for index, line in enumerate(signature):
        if _POSTSCRIPT.match(line[:20]) and index and not signature[index - 1].strip():
            return ["", *signature[index:]]
    return []


def signature_block(text: str) -> str | None:
    """The signature that `own_words` takes off the end of a plain text, None when there is none."""
    written = [segment for segment in _segments(text) if any(map(str.strip, segment))]
    *above, last = written or [[""]]
    lines, end, listed = _cut(last, None, bool(above))
    return "\n".join(line.strip() for line in lines[end:listed]).strip("\n") or None


def _segments(text: str) -> list[list[str]]:
    """The stretches of the writer's lines between what is quoted."""
    text = _readable(text[:LONGEST_TEXT])
    lines = text.split("\n")
    if "-----BEGIN " in text:
        lines = _without_armour(lines)
    if "wrote:" in text:
        lines = split_shared_lines(lines)
    marks = mark_lines(
        lines if "=09" not in text else [line.replace("=09", "\t") for line in lines]
    )
    segments: list[list[str]] = []
    before = ""
    for line, mark in zip(lines, marks, strict=True):
        if mark == "own":
            if before != "own":
                segments.append([])
            # The mark of a quote can stand on a line of the writer's by mistake.
            segments[-1].append(line.removeprefix("> "))
        before = mark
    return segments


def _cut(
    segment: Sequence[str], signature: str | None, below_text: bool
) -> tuple[list[str], int, int]:
    """Lines without a footer, where the signature in them starts, and where a list of files."""
    footer = footer_start(segment, below_text=below_text)
    lines = [line for line in segment[:footer] if not is_placeholder(line)]
    listed = attachments_start(lines)
    start = signature_start(lines[:listed], signature)
    if start == listed and disclaimer_follows(segment, footer):
        # Between a signature and a disclaimer stands what is under every mail as well.
        start = block_above_notice(lines, listed)
    return lines, start, listed


def _readable(text: str) -> str:
    """One kind of line end, no invisible characters, ordinary spaces."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if text.isascii():
        return text
    text = text.replace("\u2028", "\n")
    return _INVISIBLE.sub("", text.replace("\u00a0", " "))


def _without_armour(lines: Sequence[str]) -> list[str]:
    """Lines without OpenPGP and S/MIME armour; a signed text stays, its dashes unescaped."""
    kept: list[str] = []
    inside = signed = header = False
    ends = [index for index, line in enumerate(lines) if _ARMOUR_END.match(line[:80])]
    last_end = ends[-1] if ends else -1
    for index, line in enumerate(lines):
        if inside:
            inside = not _ARMOUR_END.match(line[:80])
        elif index < last_end and _ARMOUR_BEGIN.match(line[:80]):
            inside, signed = True, False
        elif _SIGNED_BEGIN.match(line[:80]):
            signed = header = True
        elif header and _SIGNED_HEADER.match(line[:80]):
            continue
        else:
            header = False
            kept.append(line[2:] if signed and line.startswith("- ") else line)
    return kept
