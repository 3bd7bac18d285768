"""Put together the mails of an Outlook file that pffexport (libpff) took apart into files.

Each mail is a folder: OutlookHeaders.txt, Recipients.txt, InternetHeaders.txt if it was delivered,
and Message.txt, Message.html or Message.rtf.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

PROPERTIES = "OutlookHeaders.txt"
"""The file that every folder of a mail has."""

ONLY_RTF = (
    "a mail in RTF as pffexport writes it; export it with `pffexport -f text`, or convert the .pst "
    "file with `readpst -o FOLDER FILE` (package pst-utils), then import the folder"
)
NOT_SENT = "draft"
"""The label of a mail that is marked as unsent."""

_RECIPIENTS, _DELIVERED = "Recipients.txt", "InternetHeaders.txt"
_BODIES = {"Message.txt": "text/plain", "Message.html": "text/html", "Message.rtf": ""}
_BESIDE = frozenset((PROPERTIES, _RECIPIENTS, _DELIVERED, "ConversationIndex.txt"))
_LONGEST_FILE = 1024 * 1024  # bytes of what is not the body
_PROPERTY = re.compile(r"^([A-Z][A-Za-z -]{2,40}):[ \t]+(\S.*?)\s*$", re.MULTILINE)
_DATE = re.compile(r"([A-Z][a-z]{2}) (\d\d), (\d{4}) (\d\d:\d\d:\d\d)")
_CONTENT_FIELD = re.compile(
    r"^(?:Content-[!-9;-~]+|MIME-Version)[ \t]*:.*\n(?:[ \t].*\n)*", re.MULTILINE | re.IGNORECASE
)
_UNSENT = re.compile(r"\bunsent\b", re.IGNORECASE)
_KINDS = ("To", "CC", "BCC")


def is_read_with_mail(name: str, beside: Collection[str]) -> bool:
    """Return whether a file is read with the body of its mail. beside: the names in its folder."""
    if PROPERTIES not in beside:
        return False
    return name in _BESIDE or (name in _BODIES and name != _body(beside))


def content_type(file: Path) -> str | None:
    """Return the type of the body of a mail, '' for RTF; None for any other file."""
    has_properties = file.name in _BODIES and (file.parent / PROPERTIES).is_file()
    return _BODIES[file.name] if has_properties else None


def whole_mail(file: Path, kind: str, body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return the mail of a body of such a type, and its labels."""
    properties = dict(_PROPERTY.findall(_text(file.parent / PROPERTIES)))
    header = _text(file.parent / _DELIVERED).replace("\r\n", "\n").strip("\n")
    if header:
        header = _CONTENT_FIELD.sub("", f"{header}\n")
    else:
        recipients = _text(file.parent / _RECIPIENTS)
        header = "".join(
            f"{name}: {value}\n" for name, value in _fields(properties, recipients) if value
        )
    header += f"Content-Type: {kind}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    is_unsent = _UNSENT.search(properties.get("Flags", "")) is not None
    return header.encode("utf-8", "replace") + body, (NOT_SENT,) if is_unsent else ()


def _fields(properties: dict[str, str], recipients: str) -> list[tuple[str, str]]:
    """Return the header of a mail that was not delivered to its owner, as one in Sent Items."""
    sender = _mailbox(properties.get("Sender name", ""), properties.get("Sender email address", ""))
    fields = [("From", sender), ("Subject", properties.get("Subject", ""))]
    if date := _DATE.search(properties.get("Client submit time", "")):
        month, day, year, time = date.groups()
        fields.append(("Date", f"{day} {month} {year} {time} +0000"))
    entries = [dict(_PROPERTY.findall(entry)) for entry in re.split(r"\n\s*\n", recipients)]
    for kind in _KINDS:
        addressed = [
            _mailbox(entry.get("Display name", ""), entry.get("Email address", ""))
            for entry in entries
            if entry.get("Recipient type", "To").upper() == kind.upper()
        ]
        fields.append((kind.title() if kind != "To" else kind, ", ".join(filter(None, addressed))))
    return fields


def _mailbox(name: str, address: str) -> str:
    name = name.replace("\\", "").replace('"', "")
    return f'"{name}" <{address}>' if address and name else address or name


def _body(beside: Collection[str]) -> str:
    return next((name for name in _BODIES if name in beside), "")


def _text(file: Path) -> str:
    """Return a file's text; '' if there is no such file, or a link in its place."""
    if file.is_symlink() or not file.is_file():
        return ""
    with open(file, "rb") as opened:
        return opened.read(_LONGEST_FILE).decode("utf-8", "replace").replace("\r\n", "\n")
