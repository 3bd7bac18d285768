"""A draft -> a message ready for a drafts folder (RFC 5322, 2045, 2047), quoted and in its thread.

Whatever stands in a header is made one line of it: no value can begin a header of its own.
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
from engine.mail.message.addresses import parse_addresses
from engine.mail.message.subjects import is_reply
from engine.mail.types import Address, Received

_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SPECIAL = re.compile(r"[][\\()<>@,:;\".]")
_ID = re.compile(r"[^\s<>\x00-\x1f\x7f]{3,250}")
_LONGEST_LINE = 998  # Bytes; RFC 5322, 2.1.1
_MAX_REFERENCES = 20
_MAX_LETTERS = 500  # of a subject


def compose_eml(
    body: str,
    *,
    sender: Address = ("", ""),
    recipient: str = "",
    subject: str = "",
    answered: Received | None = None,
) -> bytes:
    """A whole message with the body as plain text in UTF-8, lines ended by "\\n".

    sender: (name, address) it is from, no From header where unknown. recipient: addresses as a
    person writes them, "Bo Berg <bo@example.org>, ...". subject: as it shall be (`reply_subject`).
    answered: the mail it answers; its ids put the draft into its thread.
    """
    headers = [
        ("From", _mailbox(sender) if sender[1] else ""),
        ("To", mailboxes(recipient)),
        ("Subject", _text("Subject", subject)),
        *_thread_headers(answered),
        *stamps(sender[1]),
    ]
    lines = [f"{name}: {value}\n" for name, value in headers if value]
    return "".join(lines).encode() + content(body)


def quote_below(body: str, answered: Received) -> str:
    """The body with the answered mail below, quoted with ">" under its attribution line."""
    lines = [
        f">{line}" if line.startswith(">") or not line else f"> {line}"
        for line in (line.rstrip() for line in answered.body.strip("\n").splitlines())
    ]
    return "\n".join([body.rstrip("\n"), "", *_attribution(answered), *lines])


def reply_subject(subject: str) -> str:
    """The subject of an answer: "Re: " once, whatever prefixes the answered mail's has."""
    rest = _line(subject)
    while is_reply(rest):
        rest = re.split("[:：]", rest, maxsplit=1)[1].strip()
    return f"Re: {rest}" if rest else ""


def save_to_maildir(folder: Path, message: bytes) -> Path:
    """Put a message into a Maildir as a seen draft; the file's path.

    The folder is made when there is none. Raises PanzaError when it can't be written, or holds
    something else than a Maildir.
    """
    try:
        if folder.exists() and any(folder.iterdir()) and not (folder / "cur").is_dir():
            raise PanzaError(f"{folder} is no Maildir (it has no 'cur'); nothing was written.")
        maildir = Maildir(folder)
        draft = MaildirMessage(message)
        draft.set_subdir("cur")
        draft.set_flags("DS")
        key = maildir.add(draft)
        return next((folder / "cur").glob(f"{key}*"))
    except OSError as error:
        raise PanzaError(
            f"The draft can't be saved to {folder} ({error.strerror or error}); it is kept in the "
            "history."
        ) from error


def mbox_of(messages: Sequence[bytes]) -> bytes:
    """Messages as an mbox with ">From " quoting that can be undone (mboxrd)."""
    quoted = [re.sub(rb"(?m)^(>*From )", rb">\1", message) for message in messages]
    stamp = localtime().strftime("%a %b %d %H:%M:%S %Y").encode()
    return b"".join(
        b"From MAILER-DAEMON " + stamp + b"\n" + message.rstrip(b"\n") + b"\n\n"
        for message in quoted
    )


def stamps(sender: str) -> list[tuple[str, str]]:
    """Date and Message-ID of a message written now; sender: the address it is from."""
    domain = sender.rpartition("@")[2]
    # The machine's own name, the standard library's choice, is nobody else's business.
    named = domain if re.fullmatch(r"[A-Za-z0-9.-]+", domain) else "localhost"
    return [
        ("Date", format_datetime(localtime())),
        ("Message-ID", make_msgid(domain=named)),
    ]


def mailboxes(text: str) -> str:
    """Addresses as a person writes them, as a header has them; '' when there is none."""
    found = map(_mailbox, parse_addresses(text.encode("utf-8", "replace")))
    return ",\n ".join(mailbox for mailbox in found if mailbox)


def content(body: str) -> bytes:
    """The headers of plain text in UTF-8, a blank line, and the text itself."""
    text = _CONTROL.sub("", body.replace("\r\n", "\n")).encode("utf-8", "replace").decode()
    longest = max((len(line.encode()) for line in text.split("\n")), default=0)
    plain = "7bit" if text.isascii() else "8bit"
    part = EmailMessage(policy=default)
    part.set_content(
        text.rstrip("\n") + "\n",
        charset="utf-8",
        cte="quoted-printable" if longest > _LONGEST_LINE else plain,
    )
    return part.as_bytes()


def _thread_headers(answered: Received | None) -> list[tuple[str, str]]:
    if answered is None or not _ID.fullmatch(answered.message_id):
        return []
    older = [identifier for identifier in answered.references.split() if _ID.fullmatch(identifier)]
    chain = [*older[:1], *older[1:][-_MAX_REFERENCES:], answered.message_id]
    return [
        ("In-Reply-To", f"<{answered.message_id}>"),
        ("References", "\n ".join(f"<{identifier}>" for identifier in dict.fromkeys(chain))),
    ]


def _mailbox(address: Address) -> str:
    """A mailbox as a header has it; '' for what is no address."""
    name, spec = _line(address[0]), _line(address[1])
    if not re.fullmatch(r"[^\s<>,;@]+@[^\s<>,;@]+", spec):
        return ""
    local, _, domain = spec.rpartition("@")
    with contextlib.suppress(UnicodeError):  # Else it is sent as it is (RFC 6532).
        spec = f"{local}@{domain.encode('idna').decode()}"
    if not name:
        return spec
    if not name.isascii() or "=?" in name:
        encoded = Header(name, "utf-8", maxlinelen=70).encode(linesep="\n")
        return f"{encoded} <{spec}>"
    return f'"{quote(name)}" <{spec}>' if _SPECIAL.search(name) else f"{name} <{spec}>"


def _text(name: str, value: str) -> str:
    value = _line(value)[:_MAX_LETTERS]
    # What looks encoded is text here, and must come out as it went in.
    charset = "us-ascii" if value.isascii() and "=?" not in value else "utf-8"
    return Header(value, charset, header_name=name).encode(linesep="\n")


def _line(value: str) -> str:
    return _UNSEEN.sub(" ", value.encode("utf-8", "replace").decode()).strip()


def _attribution(answered: Received) -> list[str]:
    sender = _line(answered.sender)
    if answered.date is None:
        return [f"{sender} wrote:"] if sender else []
    at = datetime.fromtimestamp(answered.date).astimezone()
    when = f"On {at:%a}, {at.day} {at:%b %Y} at {at:%H:%M}"
    return [f"{when}, {sender} wrote:" if sender else f"{when}:"]
