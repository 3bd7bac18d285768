"""The words with which mail programs introduce a quoted mail, in all languages, in lower case."""

from __future__ import annotations

from engine.words import words

_FIELDS = ("from", "date", "to", "cc", "subject", "other")

FIELD_OF_LABEL = {label: field for field in _FIELDS for label in words(f"headers.{field}")}
"""The label of a quoted header -> its field. A label of several fields counts as the last one."""

WROTE = frozenset(words("quotes.wrote"))
"""Verbs of attribution lines that are words of their own."""

WROTE_UNSPACED = words("quotes.wrote_unspaced")
"""Such verbs in languages that join words: anywhere in a line."""

ORIGINAL = frozenset(words("quotes.original"))
"""What is ruled over a quoted mail: "original message"."""

FORWARDED = frozenset(words("quotes.forwarded"))
"""What is ruled over a forwarded mail: "forwarded message"."""

FORWARD_START = frozenset(words("quotes.forward_start"))
"""Apple Mail's lines over a forwarded mail, without the colon behind them."""


def folded(text: str) -> str:
    """Lower case, one space between words, without the dot that Turkish capitals leave behind."""
    return " ".join(text.lower().replace("\u0307", "").split())
