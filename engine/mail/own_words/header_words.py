"""The words that mail programs put above a quoted mail, in all languages, in lower case."""

from __future__ import annotations

from engine.words import words

_FIELDS = ("from", "date", "to", "cc", "subject", "other")

FIELD_OF_LABEL = {label: field for field in _FIELDS for label in words(f"headers.{field}")}
"""Label in a header block -> header field. A label that several fields use is the last one's."""

WROTE = frozenset(words("quotes.wrote"))
"""Verbs of attribution lines that are separate words."""

WROTE_UNSPACED = words("quotes.wrote_unspaced")
"""Verbs of attribution lines in languages without spaces, found anywhere in a line."""

ORIGINAL = frozenset(words("quotes.original"))
"""Phrases between rulers above a quoted mail: "original message"."""

FORWARDED = frozenset(words("quotes.forwarded"))
"""Phrases between rulers above a forwarded mail: "forwarded message"."""

FORWARD_START = frozenset(words("quotes.forward_start"))
"""Apple Mail's lines above a forwarded mail, without the colon at the end."""


def normalise(text: str) -> str:
    """Return the text in lower case with single spaces, and Turkish "İ" as a plain "i"."""
    return " ".join(text.lower().replace("\u0307", "").split())
