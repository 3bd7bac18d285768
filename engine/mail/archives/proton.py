"""Read the folders of a mail from the file that Proton's export puts beside it.

ID.eml, which has no folders, comes with ID.metadata.json: {"Payload": {"LabelIDs": ["5", "8"]}}.
"""

from __future__ import annotations

import json

LONGEST_METADATA = 1024 * 1024
"""Bytes of a metadata file that are read."""

_MAIL, _METADATA = ".eml", ".metadata.json"
_SENT = frozenset(("2", "7"))  # "all sent" and "sent"
_LABELS = {
    "1": "draft",  # "all drafts"
    "2": "sent",
    "3": "trash",
    "4": "spam",
    "7": "sent",
    "8": "draft",
}
_NOT_SENT_YET = frozenset(("9", "12"))  # the outbox, and scheduled mails


def metadata_name(mail: str) -> str | None:
    """Return the name of a mail's metadata file; None for a file that has none."""
    return mail.removesuffix(_MAIL) + _METADATA if mail.endswith(_MAIL) else None


def mail_name(metadata: str) -> str | None:
    """Return the name of the mail that a metadata file belongs to; None for another file."""
    return metadata.removesuffix(_METADATA) + _MAIL if metadata.endswith(_METADATA) else None


def labels_in(metadata: bytes) -> tuple[str, ...]:
    """Return the folders of a mail, of those that matter: sent, draft, spam and trash."""
    try:
        content = json.loads(metadata)
        payload = content.get("Payload", content)
        ids = {str(number) for number in payload["LabelIDs"]}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return ()
    labels = {_LABELS[number] for number in ids if number in _LABELS}
    if ids & _SENT:  # a mail that was sent is no draft
        labels.discard("draft")
    if ids & _NOT_SENT_YET:
        labels.add("draft")
    return tuple(sorted(labels))
