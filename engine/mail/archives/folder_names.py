"""What a folder or a label means, in the languages that name it: sent, spam, trash, draft."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from engine.mail.message.charsets import decode_header_value
from engine.mail.message.message import Envelope
from engine.words import words

_MARKS = r"(?i)\.(?:mbox|mbx|mbs|sbd|gz|bz2|xz|zip|tgz|tar|partial|emlx|imapmbox)$"
_FLAGS = re.compile(r"[:;!,]2,([A-Za-z]*)$")
_FLAG_LABELS = {"D": "draft", "T": "trash", "S": "seen"}
_SHIFTED = re.compile(r"&([A-Za-z0-9+,]{2,200})-")


_MEANINGS = {"sent": "sent", "spam": "spam", "trash": "trash", "draft": "drafts", "chat": "chats"}
_LABELS = {
    meaning: frozenset(unicodedata.normalize("NFC", name) for name in words(f"folders.{key}"))
    for meaning, key in _MEANINGS.items()
}


def labels_of(envelope: Envelope, folders: Collection[str]) -> frozenset[str]:
    """What the folders, Gmail's labels and the mail program's marks say, in our own words.

    Some of: sent, draft, spam, trash, chat.
    """
    names = set(folders)
    for value in envelope.headers.get("x-gmail-labels", []):
        names |= {_plain_name(name) for name in decode_header_value(value).split(",")}
    meanings = {meaning for meaning, known in _LABELS.items() if not known.isdisjoint(names)}
    status = envelope.text("x-mozilla-status")
    if re.fullmatch(r"[0-9a-fA-F]{4}", status) and int(status, 16) & 0x0008:
        meanings.add("trash")  # deleted in Thunderbird, the folder not yet compacted
    marks = envelope.text("x-status")[:20]  # of mutt, pine and c-client
    if "D" in marks:
        meanings.add("trash")
    if envelope.text("x-unsent") == "1" or "T" in marks:
        meanings.add("draft")
    return frozenset(meanings)


def folder_labels(name: str) -> tuple[str, ...]:
    """Folder names on the way to a message, and Maildir's flags in words, in lower case.

    name: path of the file, with the names of the archives around it.
    """
    labels = []
    for part in name.replace("\\", "/").split("/"):
        part = re.sub(_MARKS, "", re.sub(_MARKS, "", part))
        # Maildir++ and some IMAP exports write a path of folders as one name.
        levels = part.split(".") if part.startswith((".", "INBOX.")) else [part]
        labels += [_plain_name(_SHIFTED.sub(_unshifted, level)) for level in levels]
    flags = _FLAGS.search(name)
    labels += [_FLAG_LABELS[flag] for flag in (flags[1] if flags else "") if flag in _FLAG_LABELS]
    return tuple(dict.fromkeys(label for label in labels if label))


def _plain_name(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip(' "').lower()


def _unshifted(found: re.Match[str]) -> str:
    """Letters beyond ASCII in a folder name of IMAP (RFC 3501, 5.1.3)."""
    try:
        return f"+{found[1].replace(',', '/')}-".encode("ascii").decode("utf-7")
    except UnicodeError:
        return found[0]
