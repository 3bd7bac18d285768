"""What an instruction in Spanish, French or Italian says, as the sentences of a mail."""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.checking.lexicon import alternatives
from engine.direct_speech.orders import Order
from engine.direct_speech.romance.notes import notes
from engine.direct_speech.romance.orders import orders
from engine.direct_speech.romance.reader import Reader, reader_of
from engine.direct_speech.romance.sentences import say


def romance_speech(brief: Brief) -> str:
    """Return what an instruction says, as sentences to its reader; '' if it is not understood."""
    ordered = orders(brief)
    found = ordered or notes(brief)
    if not found:
        return ""
    whom = " ".join(order.whom for order in found)
    reader = reader_of(brief, whom, is_ordered=bool(ordered or whom))
    if brief.words.phrases("direct.tell_several").search(brief.line):
        reader = None
    if reader is None:
        return _to_anybody(found, brief) if ordered else ""
    return _said(found, reader, brief)


def _to_anybody(found: list[Order], brief: Brief) -> str:
    """Return what is said alike to one reader and to several: nothing about them; else ''."""
    words = brief.words
    text = " ".join(order.content for order in found)
    that = alternatives(words.words("direct.that"))
    endings = alternatives(words.words("direct.they_endings"))
    do = rf"(?<!\w){that}\s+(?:no\s+|non\s+)?\w+{endings}(?!\w)"
    if re.search(do, text, re.IGNORECASE):
        return ""
    if words.phrases("direct.several_readers").search(text) or any(
        order.kind != "tell" for order in found
    ):
        return ""
    said = {
        _said(found, Reader(is_formal, "", others={"": ""}), brief) for is_formal in (False, True)
    }
    return said.pop() if len(said) == 1 else ""


def _said(found: list[Order], reader: Reader, brief: Brief) -> str:
    made: list[str] = []
    for order in found:
        said = say(order, reader, brief)
        if said is None:
            return ""
        made += said
    return " ".join(made)
