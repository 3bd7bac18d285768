"""Extract a writer's own words: no quotes, forwards, signatures, footers or encryption armour."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.message.flowed import OWN_MARK
from engine.mail.message.message import read_message
from engine.mail.message.unseen import remove_invisible
from engine.mail.own_words.attachments import (
    attachment_list_start,
    is_placeholder,
    is_programs_list,
    without_attachment_marks,
    without_notes_marks,
    without_scrubbed_parts,
)
from engine.mail.own_words.banners import banner_end, marked_banner_start
from engine.mail.own_words.bare_contacts import sender_line, without_number, without_phone
from engine.mail.own_words.below_signature import own_lines_below
from engine.mail.own_words.contact import contact_points
from engine.mail.own_words.contact_blocks import contact_block_above_notice
from engine.mail.own_words.delimited_text import DELIMITER_STARTS, without_upper_signature
from engine.mail.own_words.footers import disclaimer_follows, footer_start
from engine.mail.own_words.html_text import html_text
from engine.mail.own_words.named_quotes import reply_without_named_quote
from engine.mail.own_words.quote_marks import WIDE_MARK, narrow_marks
from engine.mail.own_words.quotes import LONGEST_TEXT, classify_lines, split_shared_lines
from engine.mail.own_words.separators import is_ruler
from engine.mail.own_words.signatures import signature_start
from engine.mail.types import Kind

_ARMOUR_NAME = r"(?:PGP (?:MESSAGE|SIGNATURE|PUBLIC KEY BLOCK|PRIVATE KEY BLOCK)|PKCS7|CMS)"
_ARMOUR_START = re.compile(rf"^-----BEGIN ({_ARMOUR_NAME})-----\s*$")
_ARMOUR_END = re.compile(rf"^-----END {_ARMOUR_NAME}-----\s*$")
_SIGNED_START = re.compile(r"^-----BEGIN PGP SIGNED MESSAGE-----\s*$")
_SIGNED_HEADER = re.compile(r"^(?:Hash|NotDashEscaped|Charset|Comment|Version):? ?.*$")
# Streak writes a Canadian syllabic below a mail that it tracks, or behind its last word.
_TRACKING_CHARACTER = re.compile(
    "^[ \t>]*[\u1427\u2800\u3164]+[ \t]*$"
    "|(?<![\u1400-\u167f\u2800-\u28ff\u3130-\u318f\uac00-\ud7af])[\u1427\u2800\u3164]+[ \t]*$",
    re.MULTILINE,
)
_OWN_MARK = re.compile(rf"^{OWN_MARK}(?=>)", re.MULTILINE)
_NO_QUOTE = "\x02"  # stands for OWN_MARK where invisible characters are gone
_MAX_SIGNED_SEGMENTS = 200  # at either end; nobody signs so often, so a log or chat is quoted


def own_words(body: str, kind: Kind = "plain", *, signature: str | None = None) -> str:
    """Return the writer's own lines of a mail.

    Quotes, forwards, signature, footers and armour are left out; the greeting, the closing and
    replies between quotes stay. Takes time linear in the length of `body`.

    body: plain text (format=flowed already decoded), HTML, or a whole message for `kind` "eml".
    signature: the text that the mail program appends, if known.
    """
    if kind == "eml":
        message = read_message(_encode(body))
        has_plain = bool(message.plain and message.plain.strip())
        body = (message.plain if has_plain else message.html) or ""
        own = own_words(body, "plain" if has_plain else "html", signature=signature)
        text = reply_without_named_quote(own, message.envelope)
        return own_words(text, signature=signature) if len(text) < len(own) else own
    kept: list[str] = []
    segments = _own_segments(html_text(body, mark_quotes=False) if kind == "html" else body)
    if segments:
        segments[0] = segments[0][banner_end(segments[0]) :]
    for number, whole_segment in enumerate(segments):
        segment = whole_segment[: marked_banner_start(whole_segment)]
        if _MAX_SIGNED_SEGMENTS < number < len(segments) - _MAX_SIGNED_SEGMENTS:
            kept += [*segment, ""]
            continue
        lines, signature_at, attachments_at = _find_endings(segment, signature, bool(kept))
        if number and not any(line.strip() for line in lines[:attachments_at]):
            continue  # an attachment list of the mail quoted above
        # A list of attachments below a signature is cut off with it.
        if signature_at < attachments_at:
            above, below = lines[:signature_at], lines[signature_at:attachments_at]
            lines = above + own_lines_below(above, below, signature)
        elif attachments_at < len(lines) and is_programs_list(lines, attachments_at):
            lines = lines[:attachments_at]
        while lines and (not lines[-1].strip() or is_ruler(lines[-1])):
            lines.pop()
        kept += [*(line.rstrip() for line in lines), ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")


def _encode(message: str) -> bytes:
    try:
        return message.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # surrogates that do not escape a byte
        return message.encode("utf-8", "replace")


def signature_block(text: str) -> str | None:
    """Return the signature that `own_words` takes off the end of a plain text, or None."""
    written = [segment for segment in _own_segments(text) if any(map(str.strip, segment))]
    *above, last = written or [[""]]
    lines, signature_at, attachments_at = _find_endings(last, None, bool(above))
    signature = lines[signature_at:attachments_at]
    return "\n".join(line.strip() for line in signature).strip("\n") or None


def _own_segments(text: str) -> list[list[str]]:
    """Return the runs of the writer's own lines between quotes."""
    text = _normalise(text[:LONGEST_TEXT])
    if "<<" in text:
        text = without_attachment_marks(text)
    if "(" in text:
        text = without_notes_marks(text)
    if "-------- " in text:
        text = without_scrubbed_parts(text)
    lines = text.split("\n")
    if "-----BEGIN " in text:
        lines = _remove_armour(lines)
    if "wrote:" in text:
        lines = split_shared_lines(lines)
    shown = lines if "=09" not in text else [line.replace("=09", "\t") for line in lines]
    if WIDE_MARK in text:
        shown = list(map(narrow_marks, shown))
    kinds = classify_lines(shown)
    segments: list[list[str]] = []
    previous, delimiter, is_below_delimiter = "", -1, False
    for line, kind in zip(lines, kinds, strict=True):
        if kind == "own":
            if previous != "own":
                segments.append([])
            # An own line may have a quote mark by mistake.
            segments[-1].append(line.removeprefix("> ").removeprefix(_NO_QUOTE))
        elif previous == "own" and (end := sender_line(segments[-1])) is not None:
            del segments[-1][end:]
        if previous == "quote" and kind == "own" and is_below_delimiter:
            delimiter = len(segments) - 1
        is_below_delimiter = kind == "quote" and line.strip("> \t") == "--"
        previous = kind
    if 0 <= delimiter == len(segments) - 1 and all(
        map(contact_points, filter(str.strip, segments[delimiter]))
    ):
        del segments[delimiter]  # the writer's signature, below a delimiter that got a quote mark
    return segments


def _find_endings(
    segment: Sequence[str], signature: str | None, below_text: bool
) -> tuple[list[str], int, int]:
    """Return the lines without a footer, and where a signature and an attachment list start."""
    footer = footer_start(segment, below_text=below_text)
    lines = [line for line in segment[:footer] if not is_placeholder(line)]
    if any(line.startswith(DELIMITER_STARTS) for line in lines):
        lines = without_upper_signature(lines)
    lines = without_phone(lines)
    attachments_at = attachment_list_start(lines)
    start = signature_start(lines[:attachments_at], signature)
    if start == attachments_at and disclaimer_follows(segment, footer):
        # A notice between a signature and a disclaimer belongs to them: it is under every mail.
        start = contact_block_above_notice(lines, attachments_at)
    if start == attachments_at:
        lines[:start] = without_number(lines[:start])
    return lines, start, attachments_at


def _normalise(text: str) -> str:
    """Return the text with "\\n" line ends, ordinary spaces and no invisible characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if text.isascii():
        return text
    if OWN_MARK in text:
        text = _OWN_MARK.sub(_NO_QUOTE, text)
    text = _TRACKING_CHARACTER.sub("", text.replace("\u2028", "\n"))
    return remove_invisible(text.replace("\u00a0", " "))


def _remove_armour(lines: Sequence[str]) -> list[str]:
    """Remove OpenPGP and S/MIME armour; a signed text stays, without dash escapes (RFC 9580, 7)."""
    kept: list[str] = []
    in_armour = is_signed = in_header = False
    ends = [index for index, line in enumerate(lines) if _ARMOUR_END.match(line[:80])]
    last_end = ends[-1] if ends else -1
    for index, line in enumerate(lines):
        if in_armour:
            in_armour = not _ARMOUR_END.match(line[:80])
        elif index < last_end and _ARMOUR_START.match(line[:80]):
            in_armour, is_signed = True, False
        elif _SIGNED_START.match(line[:80]):
            is_signed = in_header = True
        elif in_header and _SIGNED_HEADER.match(line[:80]):
            continue
        else:
            in_header = False
            kept.append(line[2:] if is_signed and line.startswith("- ") else line)
    return kept
