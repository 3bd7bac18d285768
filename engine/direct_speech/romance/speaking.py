"""What an instruction in Spanish, French or Italian says, as the sentences of a mail."""

from __future__ import annotations

from engine.checking.brief import Brief
from engine.direct_speech.romance.notes import notes
from engine.direct_speech.romance.orders import orders
from engine.direct_speech.romance.reader import reader_of
from engine.direct_speech.romance.sentences import say


def romance_speech(brief: Brief) -> str:
    """Return what an instruction says, as sentences to its reader; '' if it is not understood."""
    ordered = orders(brief)
    found = ordered or notes(brief)
    whom = " ".join(order.whom for order in found)
    reader = reader_of(brief, whom, is_ordered=bool(ordered or whom)) if found else None
    if reader is None:
        return ""
    made: list[str] = []
    for order in found:
        said = say(order, reader, brief)
        if said is None:
            return ""
        made += said
    return " ".join(made)
