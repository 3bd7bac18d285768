"""Recognise closing phrases: "Best regards,", with or without the writer's name on the line."""

from __future__ import annotations

import re
from functools import lru_cache

from engine.words import words

_CLOSINGS = "|".join(words("closings.phrases"))
_NOUNS = frozenset(words("closings.nouns"))
"""Words that make any short line a closing: "mit sonnigen Grüßen aus Kiel", "un cordial saludo"."""

_CLOSING = re.compile(rf"^\W{{0,3}}(?:{_CLOSINGS})\s?[,.!;:~،、，。！-]*(?:\s*[:;]-?[)d])?$")
_MAX_WORDS = 6  # of a line that is a closing by one of _NOUNS
_LONGEST_CLOSING = 100
_CLOSING_WITH_NAME = re.compile(
    rf"^(?:{_CLOSINGS})\s?[,.!-]+\s*[^\W\d_][\w'’.-]{{0,20}}(?: [^\W\d_][\w'’.-]{{0,20}})?[.!]?$"
)


def is_closing(line: str) -> bool:
    """Return whether a line is a closing phrase, with or without a name."""
    return _is_closing(line[:_LONGEST_CLOSING].strip())


@lru_cache(maxsize=4096)  # a writer's mails end with the same lines
def _is_closing(text: str) -> bool:
    if not text:
        return False
    text = text.lower()  # several times faster than IGNORECASE
    if _CLOSING.match(text) or _CLOSING_WITH_NAME.match(text):
        return True
    words = text.split()
    if len(words) <= _MAX_WORDS:
        return any(word.strip(",.!،") in _NOUNS for word in words)
    # A closing in several languages: "Saludos / Best regards / Viele Grüße".
    return "/" in text and all(map(_is_closing, map(str.strip, text.split("/"))))


def is_closing_with_name(line: str) -> bool:
    """Return whether a line is a closing phrase and the writer's name: "Best, Sam"."""
    text = line[:_LONGEST_CLOSING].strip().lower()
    return not _CLOSING.match(text) and bool(_CLOSING_WITH_NAME.match(text))
