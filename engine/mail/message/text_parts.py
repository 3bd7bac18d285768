"""Find the parts of a message that are the text of its body, and decode them.

Which ones follows RFC 2046 (alternative, related, mixed, signed). Attachments and attached mails
are left out. A text that is sent twice, in two formats or under a wrong boundary, is read once.
"""

from __future__ import annotations

import re
from collections import Counter
from html import escape, unescape

from engine.mail.message.charsets import decode_bytes
from engine.mail.message.enriched import enriched_text, richtext_text
from engine.mail.message.flowed import unflow
from engine.mail.message.mime import Part
from engine.mail.message.transfer import remove_encoded_files

_LONGEST_TEXT = 200_000  # characters; nobody writes more by hand
_LONGEST_CONTENT = 2_000_000  # bytes of a text part that are decoded
_META_SEARCHED = 4000  # bytes at the beginning of HTML
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{2,40})", re.I)
_HTML_TYPES = frozenset(("text/html", "application/xhtml+xml"))
_MARKUP = {"text/enriched": enriched_text, "text/richtext": richtext_text}
_PLAIN_TYPES = frozenset(
    ("text/plain", "text/plaintext", "text/markdown", "text/x-markdown", *_MARKUP)
)

_NOT_READ = frozenset(
    (
        "text/calendar", "text/css", "text/csv", "text/directory", "text/javascript",
        "text/rfc822-headers", "text/rtf", "text/vcard", "text/x-amp-html", "text/x-vcard",
        "text/xml", "text/vnd.google.email-reaction+json",
    )
)  # fmt: skip

_Segment = tuple["str | None", "str | None"]
"""A segment of a message's text as (plain, html)."""

_TAG = re.compile(r"<(style|script|title)\b[^>]*>.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.I | re.S)
_HTML_START = re.compile(r"\s*<(?:!doctype html|html|head|body|div|p|table)\b[^>]*>", re.I)
# A page that was sent as plain text by mistake.
WHOLE_HTML = re.compile(r"\s*<(?:!doctype html\b[^>]*>\s*<)?html\b(?s:.*)</html>\s*\Z", re.I)
_LEGACY_DISPLAY = re.compile(r"\A(?:[A-Za-z-]{2,30}: [^\n]*\r?\n(?:[ \t][^\n]*\n)*){1,20}\r?\n")
LINK = re.compile(r"\b(?:https?://|www\.|mailto:|cid:)\S*")
_WORD = re.compile(r"\w+")
_TWIN_SHARE = 0.9  # of the words of the shorter text; the HTML often has alternative texts besides
_MIN_SAME_WORDS = 5  # at the beginning
_MIN_LENGTH_RATIO = 0.75  # of the words of two texts that are the same


def body_text(root: Part) -> tuple[str | None, str | None]:
    """Return the body of a message as plain text and as HTML; None for a format it was not sent in.

    An inline text with a file name is an attachment unless it is the only text of the message.
    """
    segments = _text_segments(root, is_first=True, with_named=False)
    if not segments:
        segments = _text_segments(root, is_first=True, with_named=True)
    return _as_plain(segments), _as_html(segments)


def _text_segments(part: Part, is_first: bool, with_named: bool) -> list[_Segment]:
    """Return the text of a part and the parts below it, in order; alternatives are one segment."""
    kind = part.content_type
    if kind.startswith("multipart/"):
        return _segments_of_multipart(part, is_first, with_named)
    # Unknown kinds of text are plain text (RFC 2046, 4.1.4).
    is_unknown_text = kind.startswith("text/") and kind not in _NOT_READ
    is_only_text = with_named and is_first and is_unknown_text
    if not (kind in _PLAIN_TYPES or kind in _HTML_TYPES or is_only_text):
        return []
    if part.is_attachment and not (with_named and is_first and part.is_inline):
        return []
    if not is_first and part.parameter("name"):
        return []
    text = _decode_text(part)
    is_html = kind in _HTML_TYPES or WHOLE_HTML.match(text) is not None
    return [(None, text)] if is_html else [(text, None)]


def _segments_of_multipart(part: Part, is_first: bool, with_named: bool) -> list[_Segment]:
    kind, parts = part.content_type, part.parts
    if not parts:
        return _without_boundary(part)
    if kind == "multipart/alternative":
        return _merge_alternatives([_text_segments(it, is_first, with_named) for it in parts])
    if kind == "multipart/related":
        return _text_segments(_related_root(part), is_first, with_named)
    if kind == "multipart/signed":
        return _text_segments(parts[0], is_first, with_named)
    if kind in ("multipart/encrypted", "multipart/digest"):
        return []
    segments: list[_Segment] = []
    for child in parts:
        segments += _text_segments(child, is_first and not segments, with_named)
    return _merge_twins(segments)


def _without_boundary(part: Part) -> list[_Segment]:
    """Return the text of a multipart without any boundary, which mail programs show as text."""
    text = "" if part.is_too_deep else _decode_text(part)
    if part.depth and not text.strip():
        return []
    return [(None, text)] if _HTML_START.match(text) else [(text, None)]


def _merge_alternatives(alternatives: list[list[_Segment]]) -> list[_Segment]:
    """Return one segment: the first alternative in plain text, and the last one in HTML."""
    plains = [_as_plain(segments) for segments in alternatives]
    htmls = [_as_html(segments) for segments in alternatives]
    plain = next((text for text in plains if text and text.strip()), None)
    html = next((text for text in reversed(htmls) if text and text.strip()), None)
    return [(plain, html)] if plain is not None or html is not None else []


def _merge_twins(segments: list[_Segment]) -> list[_Segment]:
    """Merge each segment that has the same words as the one before it, as some programs send."""
    merged: list[_Segment] = []
    previous: Counter[str] = Counter()
    if len(segments) < 2:
        return segments
    for plain, html in segments:
        words = _words(plain, html)
        if merged and (
            _are_twins(previous, words)
            or (merged[-1][1] is None and plain is None and _goes_on_as(previous, words))
        ):
            known_plain, known_html = merged[-1]
            merged[-1] = (plain if known_plain is None else known_plain, known_html or html)
            continue
        merged.append((plain, html))
        previous = words or previous
    return merged


def _words(plain: str | None, markup: str | None) -> Counter[str]:
    """Count the words of a segment without links, which plain text often spells out."""
    text = plain if plain is not None else unescape(_TAG.sub(" ", markup or ""))
    return Counter(_WORD.findall(LINK.sub(" ", text).lower()))


def _are_twins(first: Counter[str], second: Counter[str]) -> bool:
    shorter, longer = sorted((first.total(), second.total()))
    if not shorter or shorter < _MIN_LENGTH_RATIO * longer:
        return False
    return (first & second).total() >= _TWIN_SHARE * shorter


def _goes_on_as(plain: Counter[str], html: Counter[str]) -> bool:
    """Return whether HTML has all words of the plain text before it, and a notice below them."""
    return (
        plain.total() >= _MIN_SAME_WORDS
        and list(plain)[:_MIN_SAME_WORDS] == list(html)[:_MIN_SAME_WORDS]
        and (plain & html).total() == plain.total()
    )


def _related_root(related: Part) -> Part:
    """Return the root of multipart/related (RFC 2387): the one named by `start`, or the first."""
    start = related.parameter("start").strip("<> ").encode("utf-8", "replace")
    named = (part for part in related.parts if part.header("content-id").strip(b"<> ") == start)
    return next(named, related.parts[0]) if start else related.parts[0]


def _decode_text(part: Part) -> str:
    # Transfer encodings need up to twice as many bytes as the content, apart from rare exceptions.
    content = part.content(2 * _LONGEST_CONTENT)[:_LONGEST_CONTENT]
    charset = part.parameter("charset")
    if part.content_type in _HTML_TYPES:
        if not charset and (declared := _META_CHARSET.search(content[:_META_SEARCHED])):
            charset = declared[1].decode("ascii", "replace")
        return decode_bytes(content, charset)[:_LONGEST_TEXT]
    text = decode_bytes(content, charset)[:_LONGEST_TEXT]
    if to_plain := _MARKUP.get(part.content_type):
        return to_plain(text)
    if part.parameter("hp-legacy-display") == "1":
        text = _LEGACY_DISPLAY.sub("", text)  # a copy of the header for old programs (RFC 9788)
    if part.parameter("format").lower() == "flowed":
        text = unflow(text, delete_space=part.parameter("delsp").lower() == "yes")
    return remove_encoded_files(text)


def _as_plain(segments: list[_Segment]) -> str | None:
    """Return the segments as plain text; None if one of them is HTML only."""
    texts = [text for text, _ in segments if text is not None]
    return "\n\n".join(texts) if texts and len(texts) == len(segments) else None


def _as_html(segments: list[_Segment]) -> str | None:
    """Return the segments as HTML; None if none of them is HTML."""
    if all(markup is None for _, markup in segments):
        return None
    return "\n".join(
        markup
        if markup is not None
        else "<div>" + escape(text or "").replace("\n", "<br>\n") + "</div>"
        for text, markup in segments
    )
