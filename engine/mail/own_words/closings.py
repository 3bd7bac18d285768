"""Closing phrases: "Best regards,", with or without the writer's name on the line."""

from __future__ import annotations

import re
from functools import lru_cache

from engine.words import words

_CLOSINGS = "|".join(words("closings.phrases"))
_NOUNS = frozenset(words("closings.nouns"))
"""Words that make a short line a closing: "mit sonnigen Grüßen aus Kiel", "un cordial saludo"."""

_CLOSING = re.compile(rf"^\W{{0,3}}(?:{_CLOSINGS})\s?[,.!;:~،、，。！-]*(?:\s*[:;]-?[)d])?$")
_MOST_WORDS = 6
_CLOSING_WITH_NAME = re.compile(
    rf"^(?:{_CLOSINGS})\s?[,.!-]+\s*[^\W\d_][\w'’.-]{{0,20}}(?: [^\W\d_][\w'’.-]{{0,20}})?[.!]?$"
)


def is_closing(line: str) -> bool:
    """Whether the line is a closing phrase, with or without the name on it."""
    return _is_closing(line[:100].strip())


@lru_cache(maxsize=4096)  # a writer's mails end in the same lines
def _is_closing(text: str) -> bool:
    if not text:
        return False
    text = text.lower()  # several times as fast as IGNORECASE
    if _CLOSING.match(text) or _CLOSING_WITH_NAME.match(text):
        return True
    words = text.split()
    if len(words) <= _MOST_WORDS:
        return any(word.strip(",.!،") in _NOUNS for word in words)
    # In several languages: "Saludos / Best regards / Viele Grüße".
    return "/" in text and all(map(_is_closing, map(str.strip, text.split("/"))))


def holds_name(line: str) -> bool:
    """Whether the name of the writer stands on the line of the closing: "Best, Sam"."""
    text = line[:100].strip().lower()
    return not _CLOSING.match(text) and bool(_CLOSING_WITH_NAME.match(text))
