"""What an instruction says, as the sentences of a mail."""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.checking.lexicon import alternatives
from engine.direct_speech.family import family_of
from engine.direct_speech.orders import orders
from engine.direct_speech.sentences import say


def direct_speech(brief: Brief) -> str:
    """Return what an instruction says, as sentences to its reader; '' if it is not understood."""
    words = brief.words
    shorthand = alternatives(words.words("direct.shorthand"))
    if re.search(rf"(?<![\w'-]){shorthand}(?![\w'-])|[&+=<>|]", brief.instruction, re.IGNORECASE):
        return ""
    found = orders(brief)
    family = family_of(found, brief) if found else None
    if family is None:
        return ""
    contents = [order.content for order in found]
    said = [
        say(order, family, brief, " ".join(contents[:number])) for number, order in enumerate(found)
    ]
    if None in said:
        return ""
    return " ".join(sentence for sentences in said for sentence in sentences or [])
