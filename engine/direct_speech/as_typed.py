"""Notes in a language that small models hardly write, as they were typed.

"rdv ven 9h: dois-je être à jeun ?" is no fine mail, but says what was asked, where a model of 135M
parameters writes what is no French. Only where nothing is said to an assistant, and nobody is named
who may be the reader: "frag ihn", "sie bringt den Kuchen".
"""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.checking.lexicon import capitalised
from engine.direct_speech.openings import name_pattern
from engine.direct_speech.romance.parts import order_verbs

_MOST_WORDS = 60  # Who types more writes the mail, or pastes one.
_LEAST_WORDS = 3
_INFLECTS_NAMES = frozenset(("pl",))
"""Languages in which the reader's name has other endings inside a text, and is not found there."""


def as_typed(brief: Brief) -> str:
    """Return an instruction as sentences to its reader; '' where it may not be said to them.

    For languages with a list `typed.others`.
    """
    words, text = brief.words, brief.line
    others = words.words("typed.others")
    head = re.match(rf"{name_pattern(brief)}\s*[:;,–-]\s+", text, re.IGNORECASE)
    said = text[head.end() :] if head else text
    told = words.phrases("typed.impersonal").sub(" ", said)
    found = [word.lower() for word in words.find_words(told)]
    if not head and words.language in _INFLECTS_NAMES:
        return ""
    if not others or not _LEAST_WORDS <= len(found) <= _MOST_WORDS:
        return ""
    never = others | order_verbs(words) | words.words("direct.orders_behind")
    names = {word.lower() for word in words.find_words(brief.recipient)} | brief.addressee
    names -= words.words("names.titles")
    if not names.isdisjoint(found) or words.phrases("direct.done").search(said):
        return ""
    begins = [word.lower() for word in re.findall(r"(?:^|[.!?,;:]\s+)([\w'’-]+)", said)]
    verbs = words.words("instructions.verbs", "instructions.form")
    if not never.isdisjoint(found) or not verbs.isdisjoint(begins):
        return ""
    sentences = re.split(r"(?<=[.!?])\s+(?=\D)", said)
    typed = " ".join(capitalised(sentence) for sentence in sentences)
    return typed if typed.endswith((".", "!", "?", "…")) else f"{typed}."
