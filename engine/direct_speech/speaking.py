"""What an instruction says, as the sentences of a mail."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.checking.brief import Brief
from engine.checking.lexicon import alternatives
from engine.direct_speech.as_typed import as_typed
from engine.direct_speech.evidence import is_english
from engine.direct_speech.kept import kept
from engine.direct_speech.meant import family_or_weighed
from engine.direct_speech.notes import noted
from engine.direct_speech.orders import Order, are_for_several, orders
from engine.direct_speech.others import with_capitals
from engine.direct_speech.romance.speaking import romance_speech
from engine.direct_speech.sentences import say
from engine.direct_speech.spelling import in_full


def direct_speech(brief: Brief) -> str:
    """Return what an instruction says, as sentences to its reader; '' if it is not understood."""
    if brief.words.phrases("direct.taken_back").search(brief.line):
        return ""  # "At his place, no wait, at mine."
    return _by_rules(brief) or as_typed(brief)


def _by_rules(brief: Brief) -> str:
    """Return what the rules of the instruction's language make of it; '' if it has none."""
    if brief.words.pairs("direct.heads"):
        return kept(brief)
    if brief.words.words("direct.that"):
        return romance_speech(brief)
    if not brief.words.words("direct.subjects") or not is_english(brief):
        return ""
    found = orders(brief)
    return with_capitals(_said(found, brief) if found else noted(brief), brief)


def _said(found: Sequence[Order], brief: Brief) -> str:
    """Return what the orders of an instruction say; '' where one is not understood."""
    shorthand = alternatives(brief.words.words("direct.shorthand"))
    line = in_full(brief.line, brief.words)
    if re.search(rf"(?<![\w'-]){shorthand}(?![\w'-])|[&+=<>|]", line, re.IGNORECASE):
        return ""
    contents = [order.content for order in found]
    family, weighs = family_or_weighed(found, brief)
    if family is None or are_for_several(found, brief):
        return ""
    said = [
        say(order, family, brief, " ".join(contents[:number]), weighs=weighs)
        for number, order in enumerate(found)
    ]
    if None in said:
        return ""
    return " ".join(sentence for sentences in said for sentence in sentences or [])
