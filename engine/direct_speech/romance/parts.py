"""Take what is told apart: one part for each "que", and what stands behind a question."""

from __future__ import annotations

import re

from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.orders import KINDS
from engine.direct_speech.romance.verbs import forms

SPACE = r"(?:\s+|(?<='))"
"""Behind a word or its apostrophe."""


def opening(text: str, words: Lexicon, *keys: str) -> str:
    """Return the words of these lists that a text begins with, and the space behind; or ''."""
    match = re.match(rf"\s*{alternatives(words.words(*keys))}{SPACE}", text, re.IGNORECASE)
    return match[0] if match else ""


def parts_of(text: str, words: Lexicon) -> list[str]:
    """Return what stands between one "que" of what is told and the next."""
    that = rf"{alternatives(words.words('direct.that'))}{SPACE}"
    but = alternatives(words.words("direct.but"))
    joins = alternatives(words.words("direct.joins") - words.words("direct.but"))
    gap = rf",?\s+{joins}\s+(?={that})|,\s+(?={that})|,?\s+(?={but}\s+{that})"
    return re.split(gap, text, flags=re.IGNORECASE)


def statements_behind(text: str, words: Lexicon) -> list[str]:
    """Return a question or a request, and the reasons and statements behind it."""
    because = alternatives(words.words("direct.because"))
    own = alternatives(words.words("direct.own"))
    gap = rf",?\s+{because}{SPACE}|,\s+(?={own}{SPACE})"
    first, *rest = re.split(gap, text, flags=re.IGNORECASE)
    pieces = re.split(r",\s+", first)
    ours = forms(words).first | words.words("roles.first")
    for number, piece in enumerate(pieces[1:], 1):
        found = [word.lower() for word in words.find_words(piece)]
        if not ours.isdisjoint(found) and found[0] not in words.words("direct.clauses"):
            return [", ".join(pieces[:number]), ", ".join(pieces[number:]), *rest]
    return [first, *rest]


def order_verbs(words: Lexicon) -> frozenset[str]:
    """The verbs of all orders, besides little words such as the Italian "di"."""
    verbs = words.words(*(f"direct.{kind}" for kind in KINDS), "direct.about_mail")
    return verbs - words.words("function_words.list", "direct.openers", "direct.infinitive")


def has_more_orders(text: str, words: Lexicon) -> bool:
    """Whether "and ask for the bill" follows, which nobody is told."""
    joins = alternatives(words.words("direct.joins"))
    order = rf"\s{joins}\s+{alternatives(order_verbs(words))}(?![\w'-])"
    return re.search(order, text, re.IGNORECASE) is not None


def is_about_the_mail(text: str, words: Lexicon) -> bool:
    """Whether a text says how the mail should be: "sé breve"."""
    first = words.first_word(text).lower()
    if first in words.words("instructions.verbs", "direct.about_mail"):
        return True
    found = {word.lower() for word in words.find_words(text)}
    is_form = not found.isdisjoint(words.words("instructions.form"))
    return is_form and first not in words.words("direct.that")
