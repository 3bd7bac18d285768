"""Parse the mail to answer, in any of the forms that programs pass it on stdin."""

from __future__ import annotations

import re
import time
from collections.abc import Collection
from dataclasses import replace
from io import BytesIO

import apsw

from engine.mail.archives.formats import looks_like_message
from engine.mail.archives.mbox import split_mbox, starts_mbox
from engine.mail.message.addresses import belongs_to
from engine.mail.message.charsets import decode_bytes
from engine.mail.message.dates import read_date
from engine.mail.message.message import ARMOUR, Envelope, Message, read_envelope, read_message
from engine.mail.message.text_parts import WHOLE_HTML
from engine.mail.message.unseen import remove_invisible
from engine.mail.own_words import own_words
from engine.mail.own_words.html_text import html_text
from engine.mail.own_words.message_text import shown_own_words, shown_text, whole_text
from engine.mail.own_words.quotes import quoted_mail
from engine.mail.replies.attributed_sender import attributed_sender
from engine.mail.replies.copied_header import with_mail_header
from engine.mail.replies.input_text import is_binary, normalise_input
from engine.mail.replies.notmuch_show import is_notmuch_show, split_notmuch_show
from engine.mail.replies.reply_to import answer_to, answered_elsewhere, unknown_elsewhere
from engine.mail.stored.people import own_addresses
from engine.mail.types import Address, Form, Pasted, Received
from engine.settings import User

_LONGEST_BODY = 20_000  # characters of one mail; the prompt uses a small part of that
_MAX_MAILS = 50  # the newest of a thread
_HEADERS_OF_SENT_MAIL = ("received", "date", "return-path", "delivered-to", "x-gmail-labels")
_ATTRIBUTION_SEARCHED = 4000  # characters of a body searched for an attribution line
_ATTRIBUTION = re.compile(r"(?m)^(?=.{0,400}:\s*$)(?=.*\b(?:\d{4}|\d\d?:\d\d|wrote|schrieb)\b).*$")


# What a browser copies of a page: one element, and all that is in it.
_HTML_FRAGMENT = re.compile(
    r"\s*<(p|div|span|table|blockquote|body|article)\b[^>]*>.*</\1>\s*", re.S | re.I
)
_ENCRYPTED = "The mail to answer is encrypted, so the draft is written without its text."
_WINMAIL = (
    "The text of the mail to answer is in Outlook's winmail.dat, which can't be read, so the draft "
    "is written without it."
)
_NO_TEXT = "The mail to answer has no text that can be read, so the draft is written without it."
_NOT_TEXT = "The input is neither a mail nor text, so there is nothing to answer."


def read_mail_to_answer(connection: apsw.Connection, user: User, text: str | bytes) -> Pasted:
    """Parse like `parse_stdin`, with what the user's past mails tell about their correspondents."""
    pasted = parse_stdin(text, own_addresses(connection, user))
    return replace(pasted, elsewhere=unknown_elsewhere(connection, pasted))


def parse_stdin(text: str | bytes, owners: Collection[str] = ()) -> Pasted:
    """Parse a mail, an mbox, a reply template (notmuch, mutt, Emacs) or plain text. Never raises.

    owners: the user's canonical addresses; a mail from one of them is followed up.
    """
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    data = normalise_input(data)
    if not data.strip(b" \t\r\n\0"):
        return Pasted(kind="empty")
    if is_notmuch_show(data) and (shown := split_notmuch_show(data)):
        return _from_raw(shown, owners, data)
    if starts_mbox(data):
        raws = [raw for raw in split_mbox(BytesIO(data)) if raw]
        return _from_raw(raws, owners, data) if raws else _from_plain(data, owners)
    if not is_binary(data):
        given = decode_bytes(data)
        if (copied := with_mail_header(_as_text(given))) != given:
            data = copied.encode("utf-8", "replace")
    if looks_like_message(data):
        envelope = read_envelope(data)
        if any(name in envelope.headers for name in _HEADERS_OF_SENT_MAIL):
            return _from_messages([read_message(data)], "rfc822", owners, data)
        if {"to", "cc"} & envelope.headers.keys() and "subject" in envelope.headers:
            return _from_unsent(data, owners)
        if envelope.sender[1] and envelope.subject:  # a mail copied without its recipients
            return _from_messages([read_message(data)], "rfc822", owners, data)
    if is_binary(data):
        return Pasted(problem=_NOT_TEXT, kind="plain")
    return _from_plain(data, owners)


def _from_raw(raws: list[bytes], owners: Collection[str], data: bytes) -> Pasted:
    messages = [read_message(raw) for raw in raws]
    if all(message.envelope.date is not None for message in messages):
        messages.sort(key=lambda message: message.envelope.date or 0)
    kind: Form = "mbox" if len(messages) > 1 else "rfc822"
    return _from_messages(messages[-_MAX_MAILS:], kind, owners, data)


def _from_messages(
    messages: list[Message], kind: Form, owners: Collection[str], data: bytes
) -> Pasted:
    last = messages[-1].envelope
    thread = [_received(message) for message in messages]
    if len(messages) == 1:
        older = quoted_mail(shown_text(messages[0], whole_text(messages[0])))
        if older and thread[0].body != older:
            thread.insert(0, Received("", None, last.subject, older[:_LONGEST_BODY], "input"))
    addressed = tuple(address for _, address in last.recipients)
    if belongs_to(last.sender[1], owners):
        addressed = (last.sender[1], *addressed)
    return Pasted(
        tuple(thread),
        answer_to(last, owners),
        last.subject,
        addressed,
        "" if thread[-1].body.strip() else _problem(messages[-1]),
        last.sender,
        answered_elsewhere(last, owners),
        kind=kind,
        data=data,
    )


def _from_unsent(data: bytes, owners: Collection[str]) -> Pasted:
    """Parse a mail without transport headers: a reply template, or a mail copied from a screen."""
    message = read_message(data)
    envelope, body = message.envelope, whole_text(message)
    quoted = quoted_mail(body)
    is_copy = "sent" in envelope.headers or (quoted is None and body.strip() and envelope.sender[1])
    if is_copy:
        return _from_messages([message], "rfc822", owners, data)
    recipient = envelope.recipients[0] if envelope.recipients else ("", "")
    thread: tuple[Received, ...] = ()
    if quoted is not None:
        sender = recipient[0] or recipient[1]
        subject = envelope.subject
        date = _attribution_date(body)
        thread = (Received(sender, date, subject, quoted[:_LONGEST_BODY], "input"),)
    return Pasted(thread, recipient[1], envelope.subject, kind="template", data=data)


def _from_plain(data: bytes, owners: Collection[str]) -> Pasted:
    text = decode_bytes(data)
    own = own_words(text)
    quoted = quoted_mail(text)
    sender: Address = ("", "")
    if quoted and not own.strip():
        own, quoted, sender = quoted, None, attributed_sender(text)
    is_own = belongs_to(sender[1], owners)
    bodies = [body for body in (quoted, own.strip() or text.strip()) if body]
    if not bodies:  # A page that shows nothing.
        return Pasted(problem=_NOT_TEXT, kind="plain")
    thread = [Received("", None, "", body[:_LONGEST_BODY], "input") for body in bodies]
    thread[-1] = replace(thread[-1], sender="" if is_own else sender[0] or sender[1])
    return Pasted(
        tuple(thread),
        "" if is_own else sender[1],
        addressed=(sender[1],) if is_own else (),
        sender=sender,
        kind="plain",
        data=data,
    )


def _as_text(text: str) -> str:
    """Return the text of a page or a part of one; any other text as it is."""
    is_html = WHOLE_HTML.match(text) or _HTML_FRAGMENT.fullmatch(text)
    return html_text(text) if is_html else text


def _received(message: Message) -> Received:
    envelope = message.envelope
    name, address = envelope.sender
    # A forward may have no words of its sender; then the forwarded mail is the one to answer.
    own = shown_own_words(message).strip() or shown_text(message, whole_text(message)).strip()
    own = remove_invisible(own)  # whole_text has marks of its own
    own = own.partition(ARMOUR)[0].rstrip()  # encrypted text, even if it is cut off
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


def _problem(message: Message) -> str:
    """Return why a mail has no text to answer."""
    if message.has_encrypted_text:
        return _ENCRYPTED
    return _WINMAIL if message.has_winmail else _NO_TEXT
