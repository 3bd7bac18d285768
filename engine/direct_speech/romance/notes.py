"""Instructions that begin with no order: what the mail says, in whole sentences."""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.orders import Order
from engine.direct_speech.romance.orders import name_of_reader
from engine.direct_speech.romance.parts import order_verbs
from engine.direct_speech.romance.verbs import forms


def notes(brief: Brief) -> list[Order]:
    """Return notes as what is told: "No puedo el sábado."; none where a part is no sentence."""
    words = brief.words
    text = brief.line
    titles = alternatives(words.words("names.titles", "direct.titles"))
    head = re.match(
        rf"(?P<whom>(?:{titles}\.?\s+)?{name_of_reader(brief)})\s?[:,]\s+", text, re.IGNORECASE
    )
    told = text[head.end() :] if head else text
    orders = alternatives(order_verbs(words) | words.words("direct.orders_behind"))
    is_order = re.search(rf"(?<![\w']){orders}(?![\w'])", told, re.IGNORECASE)
    if not brief.recipient or is_order or not _are_sentences(told, words):
        return []
    return [Order("tell", head["whom"] if head else "", f": {told}")]


def _are_sentences(text: str, words: Lexicon) -> bool:
    """Whether each part of a text has a verb or answers, and no word is a short form."""
    found = {word.lower() for word in words.find_words(text)}
    short = words.words("direct.shorthand") | words.words_before("calendar.short_weekdays")
    if not found.isdisjoint(short):
        return False
    answers = words.words("direct.yes_no", "direct.answers")
    for part in filter(None, re.split(r"[,.;:!?]+(?:\s+|$)", text)):
        spoken = [word.lower() for word in words.find_words(part)]
        has_verb = any(
            word in forms(words) or word in words.words("direct.finite") for word in spoken
        )
        if not has_verb and (not spoken or spoken[0] not in answers):
            return False
    return True
