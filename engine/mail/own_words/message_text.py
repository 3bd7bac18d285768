"""The text and the own words of a message, from its plain text or its HTML."""

from __future__ import annotations

from engine.mail.message.message import Message
from engine.mail.own_words import own_words
from engine.mail.own_words.html_text import html_text

_MAX_RATIO = 2
"""How many times as many words the plain text may have before it is preferred to the HTML.

Of 793 mails of two people that had both, the HTML gave the better own words: no hard line breaks,
no "*bold*", no link targets between the words, and quotes that had lost their ">". In 1 % of them,
where the reply was written inside the quote's element, it lost the text, and the plain text had
more than twice as many words.
"""


def whole_text(message: Message) -> str:
    """Return all text of a message, quotes included; HTML as the text that it shows."""
    if message.plain is not None:
        return message.plain
    return html_text(message.html) if message.html else ""


def read_own_words(message: Message) -> tuple[str, bool]:
    """Return the writer's own words, and whether they were read from the HTML."""
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


def _count_unquoted_words(plain: str, limit: int) -> int:
    """Count the words of lines that do not start with ">", until there are more than `limit`."""
    words = 0
    for line in plain.split("\n"):
        if not line.startswith(">"):
            words += len(line.split())
            if words > limit:
                break
    return words
