"""Parse the mail to answer, in any of the forms that programs pass it on stdin."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from engine.mail.archives.formats import looks_like_message
from engine.mail.archives.mbox import split_mbox, starts_mbox
from engine.mail.message.addresses import parse_addresses
from engine.mail.message.charsets import decode_bytes
from engine.mail.message.dates import read_date
from engine.mail.message.message import Envelope, Message, read_envelope, read_message
from engine.mail.own_words import own_words
from engine.mail.own_words.message_text import read_own_words, whole_text
from engine.mail.own_words.quotes import quoted_mail
from engine.mail.types import MailToAnswer, Received

Form = Literal["empty", "rfc822", "mbox", "template", "plain"]

_LONGEST_BODY = 20_000  # characters of one mail; the prompt uses a small part of that
_MAX_MAILS = 50  # the newest of a thread
_HEADERS_OF_SENT_MAIL = ("received", "date", "return-path", "delivered-to", "x-gmail-labels")
_ATTRIBUTION_SEARCHED = 4000  # characters of a body searched for an attribution line
_ATTRIBUTION = re.compile(r"(?m)^(?=.{0,400}:\s*$)(?=.*\b(?:\d{4}|\d\d?:\d\d|wrote|schrieb)\b).*$")


@dataclass(frozen=True, kw_only=True)
class Pasted(MailToAnswer):
    """The mail or mails to answer, and the form they came in."""

    kind: Form


def parse_stdin(text: str | bytes) -> Pasted:
    """Parse a mail, an mbox, a reply template (notmuch, mutt) or plain text. Never raises."""
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    data = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if not data.strip(b" \t\r\n\0"):
        return Pasted(kind="empty")
    if starts_mbox(data):
        return _from_mbox(data)
    if looks_like_message(data):
        envelope = read_envelope(data)
        if any(name in envelope.headers for name in _HEADERS_OF_SENT_MAIL):
            return _from_messages([read_message(data)], "rfc822")
        if {"to", "cc"} & envelope.headers.keys() and "subject" in envelope.headers:
            return _from_unsent(data)
    return _from_plain(decode_bytes(data))


def _from_mbox(data: bytes) -> Pasted:
    raws = [raw for raw in split_mbox(BytesIO(data)) if raw]
    messages = [read_message(raw) for raw in raws]
    if all(message.envelope.date is not None for message in messages):
        messages.sort(key=lambda message: message.envelope.date or 0)
    if not messages:
        return _from_plain(decode_bytes(data))
    return _from_messages(messages[-_MAX_MAILS:], "mbox" if len(messages) > 1 else "rfc822")


def _from_messages(messages: list[Message], kind: Form) -> Pasted:
    last = messages[-1].envelope
    thread = [_received(message) for message in messages]
    if len(messages) == 1:
        older = quoted_mail(whole_text(messages[0]))
        if older and thread[0].body != older:
            thread.insert(0, Received("", None, last.subject, older[:_LONGEST_BODY], "input"))
    addressed = tuple(address for _, address in last.recipients)
    return Pasted(tuple(thread), _reply_address(last), last.subject, addressed, kind=kind)


def _from_unsent(data: bytes) -> Pasted:
    """Parse a mail without transport headers: a reply template, or a mail copied from a screen."""
    message = read_message(data)
    envelope, body = message.envelope, whole_text(message)
    quoted = quoted_mail(body)
    is_copy = "sent" in envelope.headers or (quoted is None and body.strip() and envelope.sender[1])
    if is_copy:
        return _from_messages([message], "rfc822")
    recipient = envelope.recipients[0] if envelope.recipients else ("", "")
    thread: tuple[Received, ...] = ()
    if quoted is not None:
        sender = recipient[0] or recipient[1]
        subject = envelope.subject
        date = _attribution_date(body)
        thread = (Received(sender, date, subject, quoted[:_LONGEST_BODY], "input"),)
    return Pasted(thread, recipient[1], envelope.subject, kind="template")


def _from_plain(text: str) -> Pasted:
    own = own_words(text)
    quoted = quoted_mail(text)
    if quoted and not own.strip():
        own, quoted = quoted, None
    bodies = [body for body in (quoted, own.strip() or text.strip()) if body]
    thread = tuple(Received("", None, "", body[:_LONGEST_BODY], "input") for body in bodies)
    return Pasted(thread, kind="plain")


def _received(message: Message) -> Received:
    envelope = message.envelope
    name, address = envelope.sender
    # A forward may have no words of its sender; then the forwarded mail is the one to answer.
    own = read_own_words(message)[0].strip() or whole_text(message).strip()
    older = envelope.references or filter(None, [envelope.in_reply_to])
    return Received(
        name or address,
        _date(envelope),
        envelope.subject,
        own[:_LONGEST_BODY],
        "input",
        message_id=envelope.message_id or "",
        references=" ".join(older),
    )


def _date(envelope: Envelope) -> int | None:
    if envelope.date is not None:
        return envelope.date
    return read_date(envelope.text("sent"), time.time())


def _attribution_date(body: str) -> int | None:
    """Return the date in the attribution line, if it is in RFC 5322's or ISO 8601's form."""
    line = _ATTRIBUTION.search(body[:_ATTRIBUTION_SEARCHED])
    date = re.search(
        r"(?:\w{3}, )?\d{1,2} \w{3} \d{4}(?: \d\d:\d\d(?::\d\d)?(?: [+-]\d{4})?)?|\d{4}-\d\d-\d\d",
        line[0] if line else "",
    )
    return read_date(date[0], time.time()) if date else None


def _reply_address(envelope: Envelope) -> str:
    reply_to = parse_addresses(envelope.headers.get("reply-to", [b""])[0])
    return reply_to[0][1] if reply_to else envelope.sender[1]
