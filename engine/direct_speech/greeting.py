"""A text with the greeting and the closing that a model wrote."""

from __future__ import annotations

from engine.mail.mail_parts import split_mail
from engine.mail.own_words.closings import is_closing


def with_greeting_of(text: str, draft: str) -> str:
    """Return a text with the greeting and the closing of a draft, in small letters if it is."""
    parts = split_mail(draft)
    greeting, closing = parts.greeting.strip(), parts.closing.strip()
    lines = closing.splitlines()
    if len(lines) > 1 and not any(map(is_closing, lines)):
        closing = ""  # A model's short last lines in a language that it hardly writes.
    gap = parts.gaps[0] if greeting and "\n" in parts.gaps[0] else "\n\n"
    end = parts.gaps[-1] if closing and "\n" in parts.gaps[-1] else "\n\n"
    said = text.lower() if draft and draft == draft.lower() else text
    return f"{greeting}{gap if greeting else ''}{said}{end if closing else ''}{closing}"
