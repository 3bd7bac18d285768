"""Recognise folders and labels for sent mail, spam, trash, drafts and chats in any language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from engine.mail.message.charsets import decode_header_value
from engine.mail.message.message import Envelope
from engine.words import words

_EXTENSION = r"(?i)\.(?:mbox|mbx|mbs|sbd|gz|bz2|xz|zip|tgz|tar|partial|emlx|imapmbox)$"
_MAILDIR_FLAGS = re.compile(r"[:;!,]2,([A-Za-z]*)$")
_MH_REMOVED = re.compile(r"(?:^|/)[,#]\d+$")  # MH renames a mail that is removed
_MAILDIR_LABELS = {"D": "draft", "T": "trash", "S": "seen"}
# "Sent (1)", "Sent-2019", and "Sent Items 7fe" of Windows Live Mail
_NUMBER = re.compile(
    r"(?<=[^\W\d_])[ _-]*(?:\(\d{1,3}\)|[ _-]\d{1,4}|[ _-](?=[a-f]*\d)[\da-f]{3})$"
)
_MODIFIED_UTF7 = re.compile(r"&([A-Za-z0-9+,]{2,200})-")
_MOZILLA_DELETED_FLAG = 0x0008  # deleted in Thunderbird, the folder not compacted yet
_MOZILLA_IMAP_DELETED_FLAG = 0x0020_0000  # the same on an IMAP server, in another field
_MOZILLA_QUEUED_FLAG = 0x0800  # to be sent later
# What Thunderbird, Roundcube and Gnus write into drafts, and take out when they are sent.
_DRAFT_FIELDS = ("x-mozilla-draft-info", "x-draft-info", "x-draft-from")
# Servers add these to a mail that was sent, whatever fields of a draft are left in it.
_SENT_FIELDS = ("received", "dkim-signature", "return-path", "delivered-to")

_WORD_LISTS = {"sent": "sent", "spam": "spam", "trash": "trash", "draft": "drafts", "chat": "chats"}
_NAMES = {
    label: frozenset(unicodedata.normalize("NFC", name) for name in words(f"folders.{key}"))
    for label, key in _WORD_LISTS.items()
}

_SCHEDULED = frozenset(words("folders.scheduled"))


def standard_labels(envelope: Envelope, folders: Collection[str]) -> frozenset[str]:
    """Return which of sent, draft, spam, trash and chat a message is.

    It is read from the names of the folders, Gmail's labels, and the mail program's flags in the
    header.
    """
    gmail_labels = {
        _normalise(name)
        for value in envelope.headers.get("x-gmail-labels", [])
        for name in decode_header_value(value).split(",")
    }
    names = gmail_labels.union(folders)
    labels = {label for label, known in _NAMES.items() if not known.isdisjoint(names)}
    mozilla_flags = _flags(envelope, "x-mozilla-status")
    is_deleted = (
        mozilla_flags & _MOZILLA_DELETED_FLAG
        or _flags(envelope, "x-mozilla-status2") & _MOZILLA_IMAP_DELETED_FLAG
    )
    flags = envelope.text("x-status")[:20]  # of mutt, pine and c-client
    if is_deleted or "D" in flags:
        labels.add("trash")
    if "T" in flags:
        labels.add("draft")
    is_waiting = mozilla_flags & _MOZILLA_QUEUED_FLAG or not _SCHEDULED.isdisjoint(gmail_labels)
    has_draft_fields = (
        envelope.text("x-unsent") == "1"
        or any(name in envelope.headers for name in _DRAFT_FIELDS)
        or "mail-draft" in envelope.text("x-uniform-type-identifier")  # of Apple Mail
    )
    was_delivered = any(name in envelope.headers for name in _SENT_FIELDS)
    if "sent" not in labels and (is_waiting or (has_draft_fields and not was_delivered)):
        labels.add("draft")
    return frozenset(labels)


def _flags(envelope: Envelope, field: str) -> int:
    status = envelope.text(field)
    return int(status, 16) if re.fullmatch(r"[0-9a-fA-F]{4}|[0-9a-fA-F]{8}", status) else 0


def folder_labels(name: str) -> tuple[str, ...]:
    """Return the folder names in a path, and its Maildir flags as words, in lower case.

    A name is also returned without the number of a copy or a part, such as in "Sent (1)". name:
    path of the file, with the names of the archives around it.
    """
    labels = []
    for part in name.replace("\\", "/").split("/"):
        part = re.sub(_EXTENSION, "", re.sub(_EXTENSION, "", part))
        # Maildir++ and some IMAP exports write a path of folders as one name.
        levels = part.split(".") if part.startswith((".", "INBOX.")) else [part]
        labels += [_normalise(_MODIFIED_UTF7.sub(_decode_utf7, level)) for level in levels]
    labels += [_NUMBER.sub("", label) for label in labels]
    if _MH_REMOVED.search(name):
        labels.append("trash")
    flags = _MAILDIR_FLAGS.search(name)
    labels += [
        _MAILDIR_LABELS[flag] for flag in (flags[1] if flags else "") if flag in _MAILDIR_LABELS
    ]
    return tuple(dict.fromkeys(label for label in labels if label))


def _normalise(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip(' "').lower()


def _decode_utf7(found: re.Match[str]) -> str:
    """Decode IMAP's modified UTF-7, used for letters beyond ASCII (RFC 3501, 5.1.3)."""
    try:
        return f"+{found[1].replace(',', '/')}-".encode("ascii").decode("utf-7")
    except UnicodeError:
        return found[0]
