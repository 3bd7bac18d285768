"""The text and the own words of a message, from its plain text or its HTML."""

from __future__ import annotations

import re

from engine.mail.message.message import Message
from engine.mail.message.text_parts import LINK
from engine.mail.own_words import own_words
from engine.mail.own_words.html_text import html_text
from engine.mail.own_words.named_quotes import reply_without_named_quote

_MAX_RATIO = 2
"""How many times as many words the plain text may have before it is preferred to the HTML.

Of 793 mails of two people that had both, the HTML gave the better own words: no hard line breaks,
no "*bold*", no link targets between the words, and quotes that had lost their ">". In 1 % of them,
where the reply was written inside the quote's element, it lost the text, and the plain text had
more than twice as many words.
"""

_LINES_COUNTED = 100  # at a time
_SHOWN_SHARE = 0.7  # of a line's words; plain text often has links and the texts of pictures, too
_WORD = re.compile(r"[^\W_]+")


def whole_text(message: Message) -> str:
    """Return all text of a message, quotes included; HTML as the text that it shows."""
    if message.plain is not None:
        return message.plain
    return html_text(message.html) if message.html else ""


def read_own_words(message: Message) -> tuple[str, bool]:
    """Return the writer's own words, and whether they were read from the HTML."""
    own, from_html = _own_words_of_parts(message)
    text = reply_without_named_quote(own, message.envelope)
    # What stood above the quote may end in a signature.
    return (own_words(text) if len(text) < len(own) else own), from_html


def _own_words_of_parts(message: Message) -> tuple[str, bool]:
    from_html = own_words(message.html, "html") if message.html else ""
    if message.plain is None:
        return from_html, message.html is not None
    limit = _MAX_RATIO * len(from_html.split())
    if from_html and limit >= _count_unquoted_words(message.plain, limit):
        return from_html, True
    from_plain = own_words(message.plain)
    if not from_html or limit < len(from_plain.split()):
        return from_plain, False
    return from_html, True


def shown_own_words(message: Message) -> str:
    """Return the writer's own words in someone else's message, as far as it shows them."""
    own, from_html = read_own_words(message)
    return own if from_html else shown_text(message, own)


def shown_text(message: Message, text: str) -> str:
    """Return a text of a message without lines that its HTML does not show.

    Mail programs show the HTML, so the plain text beside it may say what its reader never saw. Text
    stays as it is where there is no HTML, or none with text; it is the HTML's if nothing is left.
    """
    if message.plain is None or not message.html or not (page := html_text(message.html).strip()):
        return text
    shown = set(_WORD.findall(page.lower()))
    lines = [line for line in text.split("\n") if _is_shown(line, shown)]
    return "\n".join(lines) if any(line.strip() for line in lines) else page


def _is_shown(line: str, shown: set[str]) -> bool:
    words = _WORD.findall(LINK.sub(" ", line).lower())
    return sum(word in shown for word in words) >= _SHOWN_SHARE * len(words)


def _count_unquoted_words(plain: str, limit: int) -> int:
    """Count the words of lines that do not start with ">", until there are more than `limit`."""
    words = 0
    lines = plain.split("\n")
    for start in range(0, len(lines), _LINES_COUNTED):
        unquoted = [line for line in lines[start : start + _LINES_COUNTED] if line[:1] != ">"]
        words += len("\n".join(unquoted).split())
        if words > limit:
            break
    return words
