"""The own words of a message, from the better of its plain and its HTML part."""

from __future__ import annotations

from engine.mail.message.message import Message
from engine.mail.own_words import own_words
from engine.mail.own_words.html_text import html_text


def whole_text(message: Message) -> str:
    """All text of a message as it was sent, quotes included; HTML as the text it shows."""
    if message.plain is not None:
        return message.plain
    return html_text(message.html) if message.html else ""


def read_own_words(message: Message) -> tuple[str, bool]:
    """The writer's own words, and whether they were read from the HTML.

    On 793 mails of two people that came both ways, the HTML gave the better words: no hard line
    breaks, no "*bold*", no link targets between the words, and quotes that had lost their ">".
    In 1 % of them, written inside a quote's element, it lost the text: the plain part then has
    more than twice as much.
    """
    from_html = own_words(message.html, "html") if message.html else ""
    if message.plain is None:
        return from_html, message.html is not None
    most = 2 * len(from_html.split())
    if from_html and most >= _unquoted_words(message.plain, most):
        return from_html, True
    from_plain = own_words(message.plain)
    if not from_html or most < len(from_plain.split()):
        return from_plain, False
    return from_html, True


def _unquoted_words(plain: str, most: int) -> int:
    """Words of the lines that do not begin with ">", counted until there are more than `most`."""
    words = 0
    for line in plain.split("\n"):
        if not line.startswith(">"):
            words += len(line.split())
            if words > most:
                break
    return words
