"""Recognise lines that a mail program adds: "Sent from my …", "Get Outlook for iOS"."""

from __future__ import annotations

import re

from engine.mail.own_words.keywords import contains_any, keywords
from engine.words import pattern_of, words

_LONGEST_LINE, _MAX_WORDS = 300, 22
_PRODUCT_WITHIN = 80  # characters of the line's beginning that name the program or device
# Outlook's advertisement, in any language.
_OUTLOOK = (
    r"(?!(?:i|you|we|do|does|is|are|if|the|my|use|using|with|on|in) )[^.?!,]{0,25}\boutlook\b"
    r"(?: \w{2,7}){1,2} (?:ios|android|mac)\b[^.?!,]{0,25}"
    r"|[^.?!,]{0,12}(?:ios|android)[^.?!,\w]{0,2}[^.?!,a-z]{0,8}outlook[^.?!,a-z]{0,12}"
)
_DEVICE = re.compile(
    rf"^[\s*_\[(<“\"-]*(?:{pattern_of('device_lines.patterns')}|{_OUTLOOK})"
    r"(?:\s*<\s*[^<>]{0,200}>?|\s*\[[^\[\]]{0,200}\]?)?[\s.*_)\]>”\"-]*$",
    re.IGNORECASE,
)
_PRODUCT = re.compile(
    rf"\b(?:{pattern_of('device_lines.my')}\b|{pattern_of('device_lines.products')})"
    rf"|{pattern_of('device_lines.my_unspaced')}",
    re.IGNORECASE,
)

# A link to the program's page, in brackets or as Markdown: "[Mail](https://mail.example)".
_LINK = re.compile(r"\(\s?https?:[^()]{0,200}\)|(?<=\S) https?://\S{1,200}$|[\[\]](?!<)")

_KEYWORDS = keywords(words("device_lines.hints"))


def may_contain_device_line(lowered: str) -> bool:
    """Return whether a text in lower case can contain a device line: a quick check."""
    return contains_any(lowered, _KEYWORDS)


def is_device_line(line: str) -> bool:
    """Return whether a mail program wrote a line: "Sent from my …", "Get Outlook for iOS"."""
    text = line.strip()
    return (
        len(text) <= _LONGEST_LINE
        and may_contain_device_line(text.lower())
        and len(text.split()) <= _MAX_WORDS
        and _names_program(_LINK.sub("", text).strip() if "http" in text else text)
    )


def _names_program(text: str) -> bool:
    return bool(_DEVICE.match(text)) and bool(_PRODUCT.search(text[:_PRODUCT_WITHIN]))
