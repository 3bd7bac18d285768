"""Raw bytes -> a message that was read: headers decoded, and the text that its sender wrote.

Which parts are text follows RFC 2046 (alternative, related, mixed, signed); format=flowed is
RFC 3676. Attachments and mails inside a mail are never text.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import mktime_tz, parsedate_tz
from html import escape

from engine.mail.addresses import parse_addresses
from engine.mail.charsets import decode_bytes, decode_header_value
from engine.mail.mime import Headers, Part, parse, parse_headers
from engine.mail.types import Address

_LONGEST_TEXT = 200_000  # letters; nobody writes more by hand, and own_words need not read it
_LONGEST_CONTENT = 2_000_000  # bytes of a text part that are decoded
_FIRST_DATE = 397_000_000  # August 1982, RFC 822: an earlier date is a clock that was never set
_MESSAGE_ID = re.compile(rb"<([^<>\s]{3,250})>")
_UUENCODED = re.compile(r"^begin [0-7]{3} [^\n]+\n(?:[!-`]{1,62}\n)+`?\n?end$", re.MULTILINE)


@dataclass(frozen=True)
class Envelope:
    """What the header alone tells. Times are seconds since the epoch, ids have no brackets."""

    headers: Headers
    message_id: str | None
    sender: Address
    recipients: tuple[Address, ...]
    subject: str
    date: int | None
    in_reply_to: str | None
    references: tuple[str, ...]

    def text(self, name: str) -> str:
        """A header as one line of text; '' when absent."""
        return decode_header_value(self.headers.get(name, [b""])[0])


@dataclass(frozen=True)
class Message:
    """A whole message. plain, html: its text as each was sent, None where it was not."""

    envelope: Envelope
    plain: str | None
    html: str | None
    content_types: frozenset[str]
    invites: bool
    holds_message: bool


def read_envelope(data: bytes) -> Envelope:
    """The header of a message. Never raises; what is missing is empty or None."""
    return _envelope(parse_headers(data)[0])


def read_message(data: bytes) -> Message:
    """A message with its text. Never raises."""
    root = parse(data)
    texts = _texts(root, is_first=True)
    leaves = list(_leaves(root))
    return Message(
        envelope=_envelope(root.headers),
        plain=_plain(texts),
        html=_html(texts),
        content_types=frozenset(part.content_type for part in [root, *leaves]),
        invites=any(_is_invitation(part) for part in leaves),
        holds_message=any(part.content_type == "message/rfc822" for part in leaves),
    )


def read_date(value: str, now: float) -> int | None:
    """The time that a Date header names; None when it is none, or absurd (before mail, ahead)."""
    try:
        fields = parsedate_tz(value[:200])
        seconds = int(mktime_tz(fields)) if fields else _iso_date(value)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return seconds if seconds is not None and _FIRST_DATE <= seconds <= now + 86_400 else None


def _iso_date(value: str) -> int | None:
    found = re.search(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?", value[:200])
    return (
        int(datetime.fromisoformat(found[0]).replace(tzinfo=timezone.utc).timestamp())
        if (found)
        else None
    )


def _envelope(headers: Headers) -> Envelope:
    def first(name: str) -> bytes:
        return headers.get(name, [b""])[0]

    senders = parse_addresses(first("from"))
    recipients = [
        address
        for name in ("to", "cc")
        for value in headers.get(name, [])[:5]
        for address in parse_addresses(value)
    ]
    now = time.time()
    dates = [
        first("date"),
        *(stamp.rpartition(b";")[2] for stamp in headers.get("received", [])[:1]),
    ]
    known = (read_date(value.decode("ascii", "replace"), now) for value in dates if value)
    own_id = _ids(first("message-id"))
    answered = _ids(first("in-reply-to"))
    references = _ids(first("references"))
    return Envelope(
        headers=headers,
        message_id=own_id[0] if own_id else None,
        sender=senders[0] if senders else ("", ""),
        recipients=tuple(dict.fromkeys(recipients)),
        subject=decode_header_value(first("subject"))[:1000],
        date=next((date for date in known if date is not None), None),
        in_reply_to=answered[0] if answered else references[-1] if references else None,
        references=references,
    )


def _ids(value: bytes) -> tuple[str, ...]:
    found = _MESSAGE_ID.findall(value[:64_000])
    if not found and re.fullmatch(rb"[^<>\s]{3,250}@[^<>\s]{1,250}", value.strip()):
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
            choices = [text for child in parts for text in _texts(child, is_first)]
            plain = next((text for text, _ in choices if text and text.strip()), None)
            html = next((html for _, html in reversed(choices) if html and html.strip()), None)
            return [(plain, html)] if plain is not None or html is not None else []
        if kind in ("multipart/related", "multipart/signed"):
            return _texts(parts[0], is_first)
        if kind in ("multipart/encrypted", "multipart/digest"):
            return []
        found: list[_Text] = []
        for child in parts:
            found += _texts(child, is_first and not found)
        return found
    if kind not in ("text/plain", "text/html") or part.disposition == "attachment":
        return []
    if part.is_file and not is_first:
        return []
    text = _text_of(part)
    return [(text, None)] if kind == "text/plain" else [(None, text)]


def _text_of(part: Part) -> str:
    content = part.content()[:_LONGEST_CONTENT]
    text = decode_bytes(content, part.parameter("charset"))[:_LONGEST_TEXT]
    if part.content_type == "text/html":
        return text
    if part.parameter("format").lower() == "flowed":
        text = unflow(text, delete_space=part.parameter("delsp").lower() == "yes")
    return _UUENCODED.sub("", text) if "\nend" in text else text


def unflow(text: str, delete_space: bool = False) -> str:
    """Text in format=flowed with its soft line breaks undone (RFC 3676).

    Quoted lines are written as "> ", one ">" a level. delete_space: the parameter delsp=yes.
    """
    lines: list[str] = []
    depth_before, open_line = 0, False
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        soft = content.endswith(" ") and content != "-- "
        if soft and delete_space:
            content = content[:-1]
        if open_line and depth == depth_before and content != "-- ":
            lines[-1] += content
        else:
            lines.append(">" * depth + " " * bool(depth) + content)
        depth_before, open_line = depth, soft
    return "\n".join(line if line == "-- " else line.rstrip() for line in lines)


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


def _leaves(part: Part) -> list[Part]:
    parts = part.parts
    return [leaf for child in parts for leaf in _leaves(child)] if parts else [part]


def _is_invitation(part: Part) -> bool:
    """An invitation or the answer to one; a calendar file that was attached is neither."""
    return part.content_type == "text/calendar" and part.disposition != "attachment"
