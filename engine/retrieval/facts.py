"""Find the facts about the writer that an instruction asks for: "give her my phone number"."""

from __future__ import annotations

import re

import apsw

from engine.mail.stored.writer_facts import writer_facts
from engine.words import pattern_of

_MAX_PER_KIND = 2

_KINDS = ("phone", "postal", "link", "email")


def _asks_for(kind: str) -> re.Pattern[str]:
    """Return a pattern for instructions that ask for one of the writer's own facts.

    "ask for his number" must not give away the writer's number.
    """
    possessive, noun = pattern_of("facts.mine"), pattern_of(f"facts.{kind}")
    # For languages without spaces, or with the possessive after the noun.
    both = pattern_of(f"facts.my_{kind}")
    return re.compile(rf"\b{possessive}\s+(?:[\w-]+\s+){{0,2}}?{noun}\b|{both}", re.IGNORECASE)


_ASKS_FOR = {kind: _asks_for(kind) for kind in _KINDS}
_SENT_MAIL = re.compile(rf"\b{pattern_of('facts.sent_mail')}\b", re.IGNORECASE)


def relevant_facts(connection: apsw.Connection, instruction: str) -> list[str]:
    """Return the writer's facts that an instruction asks for, those of newer signatures first.

    Kinds: phone number, postal address, link and e-mail address. [] if it asks for none, or for
    somebody else's.
    """
    asked = {kind for kind, pattern in _ASKS_FOR.items() if pattern.search(instruction)}
    if _SENT_MAIL.search(instruction):
        asked.discard("email")
    if "email" in asked:
        asked.discard("postal")  # "my e-mail address" is not a postal address
    found: dict[str, list[str]] = {kind: [] for kind in asked}
    for fact in writer_facts(connection) if asked else ():
        texts = found.get(fact.kind, [])
        if len(texts) < _MAX_PER_KIND and fact.text not in texts:
            texts.append(fact.text)
    return [text for kind in _KINDS for text in found.get(kind, [])]
