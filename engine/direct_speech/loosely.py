"""Orders with their reader as you where they make no good sentences: what is to be said, as typed.

"tell the guide we want the walk not the boat, were six, and do we need boots" becomes "We want the
walk not the boat, were six. Do we need boots?". That says who does what, so that a model has
only to write it out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.evidence import is_typed_english
from engine.direct_speech.for_assistant import is_for_assistant
from engine.direct_speech.meant import family_or_weighed
from engine.direct_speech.orders import KINDS, Order, are_for_several, orders
from engine.direct_speech.person import to_you
from engine.direct_speech.questions import behind_question, inverted
from engine.direct_speech.statements import stated
from engine.direct_speech.wording import auxiliaries


def loosely_said(brief: Brief) -> str:
    """Return what English orders say, with their reader as you; '' where that is not understood.

    '' too where an assistant may be asked for something else.
    """
    if not is_typed_english(brief):
        return ""
    found = orders(brief)
    if not found:
        return ""
    family, weighs = family_or_weighed(found, brief)
    if family is None or are_for_several(found, brief):
        return ""
    said = [_said(number, found, family, brief, weighs=weighs) for number in range(len(found))]
    if not all(said):
        return ""
    return ". ".join(one.rstrip(".") for one in said).replace("?. ", "? ")


def _said(number: int, found: Sequence[Order], family: str, brief: Brief, *, weighs: bool) -> str:
    """Return what an order says; '' where that is not understood."""
    order, words = found[number], brief.words
    before = " ".join(one.content for one in found[:number])
    asks = order.kind == "ask"
    content = to_you(order.content, family, brief, before, asks=asks, weighs=weighs)
    if not content or is_for_assistant(content, "you", brief) or _has_order(content, words):
        return ""
    if order.act:
        return f"{order.act} {content}"
    first = words.first_word(content).lower()
    if first in words.words("names.places", "direct.of") or (first == "the" and not order.whom):
        return ""  # Where or who somebody is: "of the Crown", "the man with the bins".
    if order.kind == "ask" and first in (
        auxiliaries(words) | words.words("instructions.interrogatives") | {"if", "whether"}
    ):
        return _asked(re.sub(r"^(?:if|whether)\s+", "", content), first, words)
    says, told = words.pairs("direct.says_loosely"), content.split()
    for count in (2, 1, 0):
        key = " ".join([order.kind, *told[:count]]).lower()
        if key in says and len(told) > count:
            return _put(says[key], " ".join(told[count:]), words)
    return ""


def _asked(text: str, first: str, words: Lexicon) -> str:
    """Return a question, and what is told behind it. first: with which it was asked."""
    text, *more = re.split(r"(?<=[.!;])\s+", text, maxsplit=1)
    question, *told = behind_question(words).split(text, maxsplit=1)
    question = re.sub(r"\b(and|or) (?:if|whether)\b", r"\1", question)
    if first in ("if", "whether"):
        question = inverted(question, words) or question
    return " ".join([f"{question.rstrip(' ?.,;')}?", *told, *more])


def _put(says: str, rest: str, words: Lexicon) -> str:
    if says == "{}":
        return " ".join(stated(rest, words))
    if says == "please {}" and words.first_word(rest).lower() in words.words(
        "reported.articles", "roles.first_possessive", "roles.second_possessive"
    ):
        return ""  # "Write to the optician".
    return says.format(rest.rstrip("?") if says.endswith("?") else rest)


def _has_order(content: str, words: Lexicon) -> bool:
    """Whether one more order stands in a content, which may be for somebody else."""
    kinds = alternatives(words.words(*(f"direct.{kind}" for kind in KINDS)))
    before = r"(?:[.!?]\s+|,\s+|\s(?:and|but|then)\s+)"
    return re.search(rf"{before}{kinds}\s", content, re.IGNORECASE) is not None
