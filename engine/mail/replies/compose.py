"""Compose a message from a draft, for a drafts folder (RFC 5322, 2045, 2047).

Every header value is made a single line, so that no value can add a header.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime, localtime, make_msgid, quote
from mailbox import Maildir, MaildirMessage
from pathlib import Path

from engine.errors import PanzaError
from engine.mail.message.addresses import has_wide_separators, parse_addresses
from engine.mail.message.subjects import is_reply
from engine.mail.types import Address, Received

_WHITE_SPACE_AND_CONTROLS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SPECIALS = re.compile(r"[][\\()<>@,:;\".]")  # RFC 5322, 3.2.3
_SPEC = re.compile(r"[^\s<>,;@]+@[^\s<>,;@]+")
_MESSAGE_ID = re.compile(r"[^\s<>\x00-\x1f\x7f]{3,250}")
_LONGEST_LINE = 998  # bytes; RFC 5322, 2.1.1
_MAX_REFERENCES = 20  # besides the root and the answered mail
_LONGEST_SUBJECT = 500
_LONGEST_ENCODED_NAME_LINE = 70  # characters; an encoded word has 75 at most (RFC 2047, 2)


def compose_eml(
    body: str,
    *,
    sender: Address = ("", ""),
    recipient: str = "",
    subject: str = "",
    answered: Received | None = None,
) -> bytes:
    """Return a message with the body as plain text in UTF-8, and "\\n" as line ends.

    Args:
        sender: (name, address); without an address there is no From header.
        recipient: addresses as a person writes them, "Bo Berg <bo@example.org>, ...".
        subject: the final subject (see `reply_subject`).
        answered: the mail it answers, whose ids put the draft into its thread.
    """
    headers = [
        ("From", _format_mailbox(sender) if sender[1] else ""),
        ("To", format_mailboxes(recipient)),
        ("Subject", _format_text("Subject", subject)),
        *_thread_headers(answered),
        *date_and_id(sender[1]),
    ]
    lines = [f"{name}: {value}\n" for name, value in headers if value]
    return "".join(lines).encode() + content_part(body)


def quote_below(body: str, answered: Received) -> str:
    """Return the body with the answered mail quoted below it, under an attribution line."""
    lines = [
        f">{line}" if line.startswith(">") or not line else f"> {line}"
        for line in (line.rstrip() for line in answered.body.strip("\n").splitlines())
    ]
    return "\n".join([body.rstrip("\n"), "", *_attribution_line(answered), *lines])


def reply_subject(subject: str) -> str:
    """Return the subject of a reply: "Re: " and the subject without its reply prefixes."""
    rest = _single_line(subject)
    while is_reply(rest):
        rest = re.split("[:：]", rest, maxsplit=1)[1].strip()
    return f"Re: {rest}" if rest else ""


def save_to_maildir(folder: Path, message: bytes) -> Path:
    """Save a message in a Maildir as a seen draft, and return the file's path.

    Makes the folder if it does not exist. Raises PanzaError if it can't be written or is not a
    Maildir.
    """
    try:
        if folder.exists() and any(folder.iterdir()) and not (folder / "cur").is_dir():
            raise PanzaError(f"{folder} is not a Maildir (it has no 'cur'); nothing was written.")
        maildir = Maildir(folder)
        draft = MaildirMessage(message)
        draft.set_subdir("cur")
        draft.set_flags("DS")
        key = maildir.add(draft)
        return next((folder / "cur").glob(f"{key}*"))
    except OSError as error:
        raise PanzaError(
            f"The draft can't be saved to {folder} ({error.strerror or error}); it is still in "
            "the history."
        ) from error


def mbox_of(messages: Sequence[bytes]) -> bytes:
    """Return messages as an mbox with reversible ">From " quoting (mboxrd)."""
    quoted = [re.sub(rb"(?m)^(>*From )", rb">\1", message) for message in messages]
    now = localtime().strftime("%a %b %d %H:%M:%S %Y").encode()
    return b"".join(
        b"From MAILER-DAEMON " + now + b"\n" + message.rstrip(b"\n") + b"\n\n" for message in quoted
    )


def date_and_id(sender: str) -> list[tuple[str, str]]:
    """Return the headers Date and Message-ID of a new message from an address."""
    domain = sender.rpartition("@")[2]
    # Not the host name, the standard library's default, which is private.
    id_domain = domain if re.fullmatch(r"[A-Za-z0-9.-]+", domain) else "localhost"
    return [
        ("Date", format_datetime(localtime())),
        ("Message-ID", make_msgid(domain=id_domain)),
    ]


def format_mailboxes(text: str) -> str:
    """Return addresses as a person writes them in the form of a header; '' if there is none."""
    formatted = map(_format_mailbox, parse_addresses(text.encode("utf-8", "replace")))
    return ",\n ".join(mailbox for mailbox in formatted if mailbox)


def content_part(body: str) -> bytes:
    """Return the content headers of plain text in UTF-8, a blank line, and the text."""
    text = _CONTROL.sub("", body.replace("\r\n", "\n")).encode("utf-8", "replace").decode()
    longest = max((len(line.encode()) for line in text.split("\n")), default=0)
    unencoded = "7bit" if text.isascii() else "8bit"
    part = EmailMessage(policy=default)
    part.set_content(
        text.rstrip("\n") + "\n",
        charset="utf-8",
        cte="quoted-printable" if longest > _LONGEST_LINE else unencoded,
    )
    return part.as_bytes()


def _thread_headers(answered: Received | None) -> list[tuple[str, str]]:
    if answered is None or not _MESSAGE_ID.fullmatch(answered.message_id):
        return []
    older = [each for each in answered.references.split() if _MESSAGE_ID.fullmatch(each)]
    references = [*older[:1], *older[1:][-_MAX_REFERENCES:], answered.message_id]
    return [
        ("In-Reply-To", f"<{answered.message_id}>"),
        ("References", "\n ".join(f"<{each}>" for each in dict.fromkeys(references))),
    ]


def _format_mailbox(address: Address) -> str:
    """Return a mailbox in the form of a header; '' if the address is invalid."""
    name, spec = _single_line(address[0]), _single_line(address[1])
    local, _, domain = spec.rpartition("@")
    with contextlib.suppress(UnicodeError):  # else it stays in UTF-8 (RFC 6532)
        spec = f"{local}@{domain.encode('idna').decode()}"
    if not _SPEC.fullmatch(spec) or has_wide_separators(address[1]):
        return ""
    if not name:
        return spec
    if not name.isascii() or "=?" in name:
        header = Header(name, "utf-8", maxlinelen=_LONGEST_ENCODED_NAME_LINE)
        encoded = header.encode(linesep="\n")
        return f"{encoded} <{spec}>"
    return f'"{quote(name)}" <{spec}>' if _SPECIALS.search(name) else f"{name} <{spec}>"


def _format_text(name: str, value: str) -> str:
    value = _single_line(value)[:_LONGEST_SUBJECT]
    # Text that looks like an encoded word is encoded, so that it is not decoded.
    charset = "us-ascii" if value.isascii() and "=?" not in value else "utf-8"
    return Header(value, charset, header_name=name).encode(linesep="\n")


def _single_line(value: str) -> str:
    return _WHITE_SPACE_AND_CONTROLS.sub(" ", value.encode("utf-8", "replace").decode()).strip()


def _attribution_line(answered: Received) -> list[str]:
    sender = _single_line(answered.sender)
    if answered.date is None:
        return [f"{sender} wrote:"] if sender else []
    at = datetime.fromtimestamp(answered.date).astimezone()
    when = f"On {at:%a}, {at.day} {at:%b %Y} at {at:%H:%M}"
    return [f"{when}, {sender} wrote:" if sender else f"{when}:"]
