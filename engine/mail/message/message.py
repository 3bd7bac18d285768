"""Read a message from bytes: decoded headers, and the text of its body."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from engine.mail.message.addresses import display_name, is_directory_name, parse_addresses
from engine.mail.message.calendar_answers import calendar_comment
from engine.mail.message.charsets import decode_bytes, decode_header_value
from engine.mail.message.dates import SEPARATOR_DATE, read_date
from engine.mail.message.fields import Headers, parse_headers, parse_parameters
from engine.mail.message.mime import Part
from engine.mail.message.text_parts import body_text
from engine.mail.types import Address

_LONGEST_SUBJECT = 1000
_MAX_FROM_FIELDS, _MAX_RECIPIENT_FIELDS = 3, 5  # of one name; RFC 5322 allows one each
_NO_VALUE = [b""]
_LATER_DATES = ("delivery-date", "resent-date", SEPARATOR_DATE.decode().lower())
_LIST_FIELDS = frozenset(("list-id", "list-post"))
_MESSAGE_ID = re.compile(rb"<([^<>\s]{3,250})>")
_ID_WITHOUT_BRACKETS = re.compile(rb"[^<>\s]{3,250}@[^<>\s]{1,250}")


ARMOUR = "-----BEGIN PGP MESSAGE-----"
"""The line above a text that OpenPGP encrypted."""


@dataclass(frozen=True)
class Envelope:
    """The header of a message.

    sender: the writer; of several From addresses, the one that is also in Sender. Its address is ''
    where the header only has a name, as Outlook and Exchange write it for each other. date: seconds
    since the epoch. message_id, in_reply_to, references: without angle brackets. body_start: where
    the body starts in the message's bytes.
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
        """Return a header as one line of text; '' if absent."""
        value = self.headers.get(name)
        return decode_header_value(value[0]) if value else ""


@dataclass(frozen=True)
class Message:
    """A whole message.

    plain, html: its text in each format; None if it was not sent in that format. is_invitation:
    it is a calendar invitation, or the answer to one. calendar_comment: what was written with such
    an answer. is_encrypted: a part can't be read without a key. has_winmail: Outlook sent a part in
    its own format, TNEF, which may hold the text.
    """

    envelope: Envelope
    plain: str | None
    html: str | None
    content_types: frozenset[str]
    is_invitation: bool
    calendar_comment: str
    has_attached_message: bool
    is_encrypted: bool
    has_winmail: bool

    @property
    def has_encrypted_text(self) -> bool:
        """Whether its text needs a key: a part is encrypted, or the text itself by OpenPGP."""
        return self.is_encrypted or ARMOUR in (self.plain or self.html or "")


def read_envelope(data: bytes) -> Envelope:
    """Read the header of a message. Never raises; missing values are empty or None."""
    return _decode_headers(*parse_headers(data))


def read_message(data: bytes, envelope: Envelope | None = None) -> Message:
    """Read a message. Never raises. envelope: the result of `read_envelope(data)`, if known."""
    if envelope is None:
        envelope = read_envelope(data)
    root = Part(envelope.headers, data, envelope.body_start, len(data))
    plain, html = body_text(root)
    leaves = list(_leaf_parts(root))
    types = frozenset(part.content_type for part in (root, *leaves))
    invitations = list(filter(_is_invitation, leaves))
    return Message(
        envelope=envelope,
        plain=plain,
        html=html,
        content_types=types,
        is_invitation=bool(invitations),
        calendar_comment=next(filter(None, map(calendar_comment, invitations)), ""),
        has_attached_message=any(part.content_type == "message/rfc822" for part in leaves),
        is_encrypted=any(map(_is_encrypted, (root, *leaves))),
        has_winmail=any(map(_is_winmail, leaves)),
    )


def _decode_headers(headers: Headers, body_start: int) -> Envelope:
    def first(name: str) -> bytes:
        return headers.get(name, _NO_VALUE)[0]

    raw = first("from") + first("subject") + first("to")
    charset = "" if raw.isascii() else parse_parameters(first("content-type")).get("charset", "")
    recipients = [
        address
        for name in ("to", "cc")
        for value in headers.get(name, ())[:_MAX_RECIPIENT_FIELDS]
        for address in parse_addresses(value, charset)
    ]
    own_id = _message_ids(first("message-id"))
    answered = _message_ids(first("in-reply-to"))
    references = _message_ids(first("references"))
    return Envelope(
        headers=headers,
        message_id=own_id[0] if own_id else None,
        sender=_sender(headers, charset),
        recipients=tuple(dict.fromkeys(recipients)),
        subject=decode_header_value(first("subject"), charset)[:_LONGEST_SUBJECT],
        date=_date(headers),
        in_reply_to=answered[0] if answered else references[-1] if references else None,
        references=references,
        body_start=body_start,
    )


def _sender(headers: Headers, charset: str) -> Address:
    writers = [
        address
        for value in headers.get("from", ())[:_MAX_FROM_FIELDS]
        for address in parse_addresses(value, charset)
    ]
    if any(" via " in name for name, _ in writers):
        writers = _before_list(headers, charset, writers[0]) or writers
    writers = [writer for writer in writers if not is_directory_name(writer[1])]
    if len(writers) == 1 or (writers and "sender" not in headers):
        return writers[0]
    sent_by = parse_addresses(headers.get("sender", _NO_VALUE)[0], charset)
    if not writers:
        found = next((sender for sender in sent_by if not is_directory_name(sender[1])), None)
        return found or (display_name(headers.get("from", _NO_VALUE)[0], charset), "")
    return next(
        (writer for writer in writers if writer[1] == (sent_by or writers)[0][1]), writers[0]
    )


def _before_list(headers: Headers, charset: str, sender: Address) -> list[Address]:
    """Return the writer of a mail in which a list put its own address, as for DMARC; [] if none."""
    original = parse_addresses(headers.get("x-original-from", _NO_VALUE)[0], charset)
    if original:
        return list(original)
    if _LIST_FIELDS.isdisjoint(headers):
        return []
    name = sender[0].partition(" via ")[0].strip(" '\"")
    answers_to = parse_addresses(headers.get("reply-to", _NO_VALUE)[0], charset)
    return [(name, address) for _, address in answers_to if address != sender[1]][:1]


def _date(headers: Headers) -> int | None:
    """Return when it was written, else when the last server or the mail program received it."""
    now = time.time()
    received = [value.rpartition(b";")[2] for value in headers.get("received", ())[:1]]
    later = [headers[name][0] for name in _LATER_DATES if name in headers]
    for value in (*headers.get("date", ())[:2], *received, *later):
        date = read_date(decode_bytes(value[:200]), now)
        if date is not None:
            return date
    return None


def _message_ids(value: bytes) -> tuple[str, ...]:
    if not value:
        return ()
    if b"=?" in value:  # Python and git encode long ids
        value = decode_header_value(value).encode("utf-8", "replace")
    found = _MESSAGE_ID.findall(value)
    if not found and _ID_WITHOUT_BRACKETS.fullmatch(value.strip()):
        found = [value.strip()]
    return tuple(message_id.decode("utf-8", "replace") for message_id in found)


def _leaf_parts(part: Part) -> Iterator[Part]:
    if not part.parts:
        yield part
    for child in part.parts:
        yield from _leaf_parts(child)


def _is_invitation(part: Part) -> bool:
    """Return whether a part is an invitation or an answer to one, not an attached calendar file."""
    return part.content_type == "text/calendar" and not part.is_attachment


def _is_encrypted(part: Part) -> bool:
    """Return whether a part is OpenPGP (RFC 3156) or S/MIME (RFC 8551), opaque signed included."""
    return part.content_type in (
        "application/pgp-encrypted",
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
        "application/x-microsoft-rpmsg-message",  # rights management of Outlook
    ) or (
        # Programs without S/MIME forward it with the general type (RFC 8551, 3.2.1).
        part.content_type == "application/octet-stream"
        and part.parameter("name").lower().endswith(".p7m")
    )


def _is_winmail(part: Part) -> bool:
    """Return whether a part is TNEF ([MS-OXTNEF]), which Outlook names winmail.dat."""
    return part.content_type in ("application/ms-tnef", "application/vnd.ms-tnef") or (
        part.content_type == "application/octet-stream"
        and part.parameter("name").lower() == "winmail.dat"
    )
