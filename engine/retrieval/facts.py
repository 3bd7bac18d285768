"""Facts of the writer that an instruction asks for: "give her my phone number"."""

from __future__ import annotations

import re

import apsw

from engine.mail.stored.writer_facts import writer_facts
from engine.words import pattern_of

_MAX_OF_A_KIND = 2

_KINDS = ("phone", "postal", "link", "email")


def _asks_for(kind: str) -> re.Pattern[str]:
    """Return an expression for an instruction that asks for a fact of the writer's own.

    "ask for his number" must not give the writer's away.
    """
    mine, named = pattern_of("facts.mine"), pattern_of(f"facts.{kind}")
    # Some languages write no spaces, or put the possessive behind the noun.
    joined = pattern_of(f"facts.my_{kind}")
    return re.compile(rf"\b{mine}\s+(?:[\w-]+\s+){{0,2}}?{named}\b|{joined}", re.IGNORECASE)


_ASKS_FOR = {kind: _asks_for(kind) for kind in _KINDS}
_SENT_MAIL = re.compile(rf"\b{pattern_of('facts.sent_mail')}\b", re.IGNORECASE)


def relevant_facts(connection: apsw.Connection, instruction: str) -> list[str]:
    """The writer's facts that an instruction asks for, as signatures had them, the newest first.

    Kinds: phone, postal address, link and e-mail address. [] when it asks for none, and when it
    asks for somebody else's.
    """
    asked = {kind for kind, asks in _ASKS_FOR.items() if asks.search(instruction)}
    if _SENT_MAIL.search(instruction):
        asked.discard("email")
    if "email" in asked:
        asked.discard("postal")  # "my e-mail address" names no street
    found: dict[str, list[str]] = {kind: [] for kind in asked}
    for fact in writer_facts(connection) if asked else ():
        texts = found.get(fact.kind, [])
        if len(texts) < _MAX_OF_A_KIND and fact.text not in texts:
            texts.append(fact.text)
    return [text for kind in _KINDS for text in found.get(kind, [])]
