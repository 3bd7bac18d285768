"""Find a quote without marks, below a line such as "On 3 May 2021 Ann Lee wrote:", in a reply.

A line with neither a time nor an address may as well be the writer's, above a citation. It is a
mail program's if it names somebody whom the mail is from or to, or if the answered mail follows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from engine.mail.message.message import Envelope
from engine.mail.message.subjects import is_reply
from engine.mail.own_words.attribution_rules import AttributionLine
from engine.mail.types import Address

_WORD = re.compile(r"[^\W\d_]+")
_SHORTEST_LINE, _LONGEST_LINE = 8, 200
_MIN_NAME_WORDS = 2
_FEWEST_ANSWERED_WORDS, _WORDS_COMPARED = 4, 40
_LONGEST_COMPARED = 1_000  # characters
_SIGNING_LINES = 2
_MOST_LINES = 2_000


def reply_without_named_quote(text: str, envelope: Envelope) -> str:
    """Return the own words of a reply without a quote that somebody of the mail "wrote"."""
    if envelope.in_reply_to is None and not is_reply(envelope.subject):
        return text
    people = (envelope.sender, *envelope.recipients)
    start = named_quote_start(text, people, envelope.sender)
    return text if start is None else text[:start].rstrip()


def named_quote_start(text: str, people: Collection[Address], writer: Address) -> int | None:
    """Return where a quote starts that somebody of the mail "wrote", or None.

    people: the mail's sender and recipients. The writer has signed nothing below it.
    """
    if ":" not in text and "：" not in text:
        return None
    for start, line, below in _lead_ins(text):
        found = set(_WORD.findall(line.lower()))
        is_dated = AttributionLine(line, above_quote=False).starts_with_date
        if is_dated and any(_is_named(found, person) for person in people):
            return None if _signs(below, writer) else start
    return None


def answered_quote_start(text: str, answered: str, writer: Address) -> int | None:
    """Return where a quote starts that begins as the answered mail does, or None."""
    wanted = _WORD.findall(answered[:_LONGEST_COMPARED].lower())[:_WORDS_COMPARED]
    if len(wanted) < _FEWEST_ANSWERED_WORDS:
        return None
    for start, _, below in _lead_ins(text):
        if _WORD.findall(below.lower())[: len(wanted)] == wanted:
            return None if _signs(below, writer) else start
    return None


def _lead_ins(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the start of each line that says who wrote, that line, and the text below it."""
    lines = text.split("\n")
    start = 0
    for index, line in enumerate(lines[:_MOST_LINES]):
        is_apart = index > 0 and not lines[index - 1].strip()
        if is_apart and line.strip() and any(map(str.strip, lines[:index])):
            for count in (1, 2):  # mail programs wrap it
                whole = " ".join(map(str.strip, lines[index : index + count]))
                if _is_lead_in(whole):
                    yield start, whole, "\n".join(lines[index + count :])
                    break
        start += len(line) + 1


def _is_lead_in(line: str) -> bool:
    if not _SHORTEST_LINE <= len(line) <= _LONGEST_LINE or line[-1] not in ":：":
        return False
    found = AttributionLine(line, above_quote=False)
    return found.contains_wrote and found.is_names_and_dates and found.has_only_name_after_verb


def _is_named(found: Collection[str], person: Address) -> bool:
    """Return whether words have a person's full name, as shown or as their address has it."""
    name, address = person
    for text in (name, address.partition("@")[0]):
        parts = _WORD.findall(text.lower())
        if len(parts) >= _MIN_NAME_WORDS and all(part in found for part in parts):
            return True
    return False


def _signs(below: str, writer: Address) -> bool:
    """Return whether a text ends in the writer's name."""
    lines = [line for line in below.split("\n") if line.strip()][-_SIGNING_LINES:]
    return any(_is_of(line, writer) for line in lines)


def _is_of(line: str, writer: Address) -> bool:
    parts = _WORD.findall(line.lower())
    name = {*_WORD.findall(f"{writer[0]} {writer[1].partition('@')[0]}".lower())}
    return bool(parts) and set(parts) <= name
