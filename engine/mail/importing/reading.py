"""One message of an archive -> what of it goes into the database.

Reading yields after each step, so that several messages can be read in step: the code and the
tables of a step stay in the processor's cache then, which saves up to a fifth of the time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from typing import TypeVar

from engine.mail.archives.archives import RawMessage
from engine.mail.archives.folder_names import standard_labels
from engine.mail.importing.reasons import reason_to_leave_out
from engine.mail.importing.staging import Staged
from engine.mail.message.addresses import canonical
from engine.mail.message.dates import SEPARATOR_DATE
from engine.mail.message.message import Envelope, read_message
from engine.mail.message.subjects import is_forward, is_reply
from engine.mail.message.threads import thread_reference
from engine.mail.own_words.language import guess_language
from engine.mail.own_words.message_text import read_own_words, whole_text
from engine.mail.own_words.quotes import quoted_mail
from engine.mail.types import Mail, Received

LONGEST_ANSWERED = 4000
"""Letters kept of a mail that is answered."""

_Read = TypeVar("_Read")
Steps = Generator[None, None, _Read]
"""Yields between the steps of a reading, and returns what was read."""

_MAX_REFERENCES = 20
_ASCII = bytes(range(128))
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalnum())
_LOWER = bytes(range(256)).lower()


def read_sent(raw: RawMessage, envelope: Envelope, neighbour: int) -> Steps[Staged]:
    """A mail of the user. Its language is that of these words, which may lose a signature yet.

    neighbour: the date where its own is missing or absurd.
    """
    message = read_message(raw.data, envelope)
    yield
    own, from_html = read_own_words(message)
    original = whole_text(message)
    yield
    language = guess_language(own)
    yield
    answers = envelope.in_reply_to is not None or is_reply(envelope.subject, language)
    passed_on = is_forward(envelope.subject, language)
    quoted = quoted_mail(original) if answers and not passed_on else None
    yield
    name, sender = envelope.sender
    labels = standard_labels(envelope, raw.labels)
    mail = Mail(
        fingerprint=_fingerprint(envelope, original),
        message_id=envelope.message_id,
        thread=thread_reference(envelope),
        date=neighbour,
        date_known=envelope.date is not None,
        sender=sender,
        recipients=envelope.recipients,
        subject=envelope.subject,
        body=own,
        original=original,
        language=language,
        answered=None,
        left_out=reason_to_leave_out(message, labels, own),
        source=raw.source,
        parent=envelope.in_reply_to,
    )
    return Staged(mail, name, from_html, quoted[:LONGEST_ANSWERED] if quoted else None)


def read_received(raw: RawMessage, envelope: Envelope) -> Steps[Received]:
    """A mail of somebody else that the user answered."""
    message = read_message(raw.data, envelope)
    yield
    name, address = envelope.sender
    return Received(
        sender=name or address,
        date=envelope.date,
        subject=envelope.subject,
        body=read_own_words(message)[0][:LONGEST_ANSWERED],
        known_from="archive",
        message_id=envelope.message_id or "",
        references=" ".join(envelope.references[-_MAX_REFERENCES:]),
    )


def _fingerprint(envelope: Envelope, original: str) -> str:
    """The same for every copy of a mail, over folders, exports and ids that exporters make up.

    Made from who, when, to whom and the whole text: own words would change with what is known of
    the writer's signature. Copies with the same id and another text are found by their id. The
    date of a separator line may be that of the copy.
    """
    from_separator = SEPARATOR_DATE.decode().lower() in envelope.headers
    parts = [
        canonical(envelope.sender[1]),
        str(envelope.message_id if envelope.date is None or from_separator else envelope.date),
        *sorted({canonical(address) for _, address in envelope.recipients}),
        _letters(f"{envelope.subject}\n{original}"),
    ]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _letters(text: str) -> str:
    """The letters and digits of a text in lower case."""
    # Most of what goes is ASCII, and bytes lose that many times as fast as an expression takes it.
    kept = text.encode("utf-8", "surrogatepass").translate(_LOWER, _NO_LETTERS)
    letters = kept.decode("utf-8", "surrogatepass")
    if letters.isascii():
        return letters
    for sign in set(kept.translate(None, _ASCII).decode("utf-8", "surrogatepass")):
        if not sign.isalnum():
            letters = letters.replace(sign, "")
    return letters.lower()
