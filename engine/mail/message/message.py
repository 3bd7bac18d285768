"""Raw bytes -> a message that was read: headers decoded, and the text that its sender wrote.

Which parts are text follows RFC 2046 (alternative, related, mixed, signed). Attachments and mails
inside a mail are never text.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from engine.mail.message.addresses import parse_addresses
from engine.mail.message.charsets import decode_bytes, decode_header_value
from engine.mail.message.dates import SEPARATOR_DATE, read_date
from engine.mail.message.fields import Headers, parse_headers, parse_parameters
from engine.mail.message.flowed import unflow
from engine.mail.message.mime import Part
from engine.mail.message.transfer import without_binaries
from engine.mail.types import Address

_LONGEST_TEXT = 200_000  # letters; nobody writes more by hand, and own_words need not read it
_LONGEST_CONTENT = 2_000_000  # bytes of a text part that are decoded
_MESSAGE_ID = re.compile(rb"<([^<>\s]{3,250})>")
_LONE_ID = re.compile(rb"[^<>\s]{3,250}@[^<>\s]{1,250}")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{2,40})", re.I)


@dataclass(frozen=True)
class Envelope:
    """What the header alone tells. Times are seconds since the epoch, ids have no brackets.

    sender: who wrote it; of several From addresses the one that Sender names. body_start: where
    the body begins in the message's bytes.
    """

    headers: Headers
    message_id: str | None
    sender: Address
    recipients: tuple[Address, ...]
    subject: str
    date: int | None
    in_reply_to: str | None
    references: tuple[str, ...]
    body_start: int = 0

    def text(self, name: str) -> str:
        """A header as one line of text; '' when absent."""
        value = self.headers.get(name)
        return decode_header_value(value[0]) if value else ""


@dataclass(frozen=True)
class Message:
    """A whole message. plain, html: its text as each was sent, None where it was not.

    encrypted: whether (part of) it can't be read without a key.
    """

    envelope: Envelope
    plain: str | None
    html: str | None
    content_types: frozenset[str]
    invites: bool
    holds_message: bool
    encrypted: bool


def read_envelope(data: bytes) -> Envelope:
    """The header of a message. Never raises; what is missing is empty or None."""
    return _envelope(*parse_headers(data))


def read_message(data: bytes, envelope: Envelope | None = None) -> Message:
    """A message with its text. Never raises. envelope: of `read_envelope(data)`, where known."""
    if envelope is None:
        envelope = read_envelope(data)
    root = Part(envelope.headers, data, envelope.body_start, len(data))
    texts = _texts(root, is_first=True)
    leaves = list(_leaves(root))
    types = frozenset(part.content_type for part in (root, *leaves))
    return Message(
        envelope=envelope,
        plain=_plain(texts),
        html=_html(texts),
        content_types=types,
        invites=any(map(_is_invitation, leaves)),
        holds_message=any(part.content_type == "message/rfc822" for part in leaves),
        encrypted=any(map(_is_encrypted, (root, *leaves))),
    )


def _envelope(headers: Headers, body_start: int) -> Envelope:
    def first(name: str) -> bytes:
        return headers.get(name, _ABSENT)[0]

    raw = first("from") + first("subject") + first("to")
    charset = "" if raw.isascii() else parse_parameters(first("content-type")).get("charset", "")
    recipients = [
        address
        for name in ("to", "cc")
        for value in headers.get(name, ())[:5]
        for address in parse_addresses(value, charset)
    ]
    own_id = _ids(first("message-id"))
    answered = _ids(first("in-reply-to"))
    references = _ids(first("references"))
    return Envelope(
        headers=headers,
        message_id=own_id[0] if own_id else None,
        sender=_sender(headers, charset),
        recipients=tuple(dict.fromkeys(recipients)),
        subject=decode_header_value(first("subject"), charset)[:1000],
        date=_date(headers),
        in_reply_to=answered[0] if answered else references[-1] if references else None,
        references=references,
        body_start=body_start,
    )


_ABSENT = [b""]
_LATER_DATES = ("delivery-date", "resent-date", SEPARATOR_DATE.decode().lower())


def _sender(headers: Headers, charset: str) -> Address:
    writers = [
        address
        for value in headers.get("from", ())[:3]
        for address in parse_addresses(value, charset)
    ]
    if len(writers) == 1 or (writers and "sender" not in headers):
        return writers[0]
    sent_by = parse_addresses(headers.get("sender", _ABSENT)[0], charset)
    if not writers:
        return sent_by[0] if sent_by else ("", "")
    return next(
        (writer for writer in writers if writer[1] == (sent_by or writers)[0][1]), writers[0]
    )


def _date(headers: Headers) -> int | None:
    """When it was written, else when the last server on its way, or the mail program, had it."""
    now = time.time()
    stamps = [value.rpartition(b";")[2] for value in headers.get("received", ())[:1]]
    others = [headers[name][0] for name in _LATER_DATES if name in headers]
    for value in (*headers.get("date", ())[:2], *stamps, *others):
        date = read_date(decode_bytes(value[:200]), now)
        if date is not None:
            return date
    return None


def _ids(value: bytes) -> tuple[str, ...]:
    if not value:
        return ()
    found = _MESSAGE_ID.findall(value)
    if not found and _LONE_ID.fullmatch(value.strip()):
        found = [value.strip()]
    return tuple(identifier.decode("utf-8", "replace") for identifier in found)


_Text = tuple["str | None", "str | None"]
"""(plain, html) of one stretch of a message."""


def _texts(part: Part, is_first: bool) -> list[_Text]:
    """The stretches of text below a part, in order; alternatives are one stretch."""
    kind = part.content_type
    if kind.startswith("multipart/"):
        parts = part.parts
        if not parts:
            # No boundary was found: readers show such a mail as text.
            return [] if part.depth else [(_text_of(part), None)]
        if kind == "multipart/alternative":
            return _chosen([_texts(child, is_first) for child in parts])
        if kind == "multipart/related":
            return _texts(_root_of(part), is_first)
        if kind == "multipart/signed":
            return _texts(parts[0], is_first)
        if kind in ("multipart/encrypted", "multipart/digest"):
            return []
        found: list[_Text] = []
        for child in parts:
            found += _texts(child, is_first and not found)
        return found
    if kind not in ("text/plain", "text/html") or part.is_attachment:
        return []
    if not is_first and part.parameter("name"):
        return []
    text = _text_of(part)
    return [(text, None)] if kind == "text/plain" else [(None, text)]


def _chosen(alternatives: list[list[_Text]]) -> list[_Text]:
    """One stretch: the first form that is plain text, and the last that is HTML."""
    plains = [_plain(texts) for texts in alternatives]
    htmls = [_html(texts) for texts in alternatives]
    plain = next((text for text in plains if text and text.strip()), None)
    html = next((text for text in reversed(htmls) if text and text.strip()), None)
    return [(plain, html)] if plain is not None or html is not None else []


def _root_of(related: Part) -> Part:
    """The part that the others belong to (RFC 2387): named by `start`, else the first."""
    start = related.parameter("start").strip("<> ").encode("utf-8", "replace")
    named = (part for part in related.parts if part.header("content-id").strip(b"<> ") == start)
    return next(named, related.parts[0]) if start else related.parts[0]


def _text_of(part: Part) -> str:
    content = part.content(2 * _LONGEST_CONTENT)[:_LONGEST_CONTENT]
    charset = part.parameter("charset")
    if part.content_type == "text/html":
        if not charset and (named := _META_CHARSET.search(content[:4000])):
            charset = named[1].decode("ascii", "replace")
        return decode_bytes(content, charset)[:_LONGEST_TEXT]
    text = decode_bytes(content, charset)[:_LONGEST_TEXT]
    if part.parameter("format").lower() == "flowed":
        text = unflow(text, delete_space=part.parameter("delsp").lower() == "yes")
    return without_binaries(text)


def _plain(stretches: list[_Text]) -> str | None:
    """The message as plain text; None when a stretch was sent as HTML alone."""
    texts = [text for text, _ in stretches if text is not None]
    return "\n".join(texts) if texts and len(texts) == len(stretches) else None


def _html(stretches: list[_Text]) -> str | None:
    """The message as HTML; None when no stretch was sent as that."""
    if all(html is None for _, html in stretches):
        return None
    return "\n".join(
        html
        if html is not None
        else "<div>" + escape(text or "").replace("\n", "<br>\n") + "</div>"
        for text, html in stretches
    )


def _leaves(part: Part) -> Iterator[Part]:
    if not part.parts:
        yield part
    for child in part.parts:
        yield from _leaves(child)


def _is_invitation(part: Part) -> bool:
    """An invitation or the answer to one; a calendar file that was attached is neither."""
    return part.content_type == "text/calendar" and not part.is_attachment


def _is_encrypted(part: Part) -> bool:
    """OpenPGP (RFC 3156) and S/MIME (RFC 8551); also S/MIME signed so that no part is text."""
    return part.content_type in (
        "application/pgp-encrypted",
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
    ) or (
        # RFC 8551, 3.2.1: programs that know no S/MIME pass it on under the general type.
        part.content_type == "application/octet-stream"
        and part.parameter("name").lower().endswith(".p7m")
    )
