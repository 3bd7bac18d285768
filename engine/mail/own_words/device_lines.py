"""The line by which a mail program names itself: "Sent from my …", "Get Outlook for iOS"."""

from __future__ import annotations

import re

from engine.mail.own_words.hints import hints, holds_any
from engine.words import pattern_of, words

# Outlook's advertisement, in any language.
_ADVERT = (
    r"(?!(?:i|you|we|do|does|is|are|if|the|my|use|using|with|on|in) )[^.?!,]{0,25}\boutlook\b"
    r"(?: \w{2,7}){1,2} (?:ios|android|mac)\b[^.?!,]{0,25}"
    r"|[^.?!,]{0,12}(?:ios|android)[^.?!,\w]{0,2}[^.?!,a-z]{0,8}outlook[^.?!,a-z]{0,12}"
)
_DEVICE = re.compile(
    rf"^[\s*_\[(<“\"-]*(?:{pattern_of('device_lines.patterns')}|{_ADVERT})"
    r"(?:\s*<\s*[^<>]{0,200}>?|\s*\[[^\[\]]{0,200}\]?)?[\s.*_)\]>”\"-]*$",
    re.IGNORECASE,
)
_PRODUCT = re.compile(
    rf"\b(?:{pattern_of('device_lines.my')}\b|{pattern_of('device_lines.products')})"
    rf"|{pattern_of('device_lines.my_unspaced')}",
    re.IGNORECASE,
)

# The program's own address, in brackets or as Markdown: "[Mail](https://mail.example)".
_LINK = re.compile(r"\(\s?https?:[^()]{0,200}\)|(?<=\S) https?://\S{1,200}$|[\[\]](?!<)")

_HINTS = hints(words("device_lines.hints"))  # searched first: the expression is long


def may_hold_device_line(lowered: str) -> bool:
    """Whether a device line can stand in a text in lower case: a cheap look at all of it."""
    return holds_any(lowered, _HINTS)


def is_device_line(line: str) -> bool:
    """Whether a mail program wrote the line: "Sent from my …", "Get Outlook for iOS"."""
    text = line.strip()
    return (
        len(text) <= 300
        and may_hold_device_line(text.lower())
        and len(text.split()) <= 22
        and _names_program(_LINK.sub("", text).strip() if "http" in text else text)
    )


def _names_program(text: str) -> bool:
    return bool(_DEVICE.match(text)) and bool(_PRODUCT.search(text[:80]))
