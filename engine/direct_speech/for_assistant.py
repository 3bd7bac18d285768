"""What notes ask of an assistant, rather than say to their reader: "keep it short", "apologise"."""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.notes import does_to_reader
from engine.direct_speech.openings import addressed, called_pattern
from engine.direct_speech.orders import KINDS, orders
from engine.direct_speech.wording import ends_in_plural_s, is_finite

PIECES = re.compile(r"[.,;:!?()]|\s[-/]\s")
"""Where notes have another piece."""

_TO_OTHERS = ("ask", "tell", "give")
"""Kinds of orders that may be the reader's, too: "can't come, ask Dan"."""

_OPENING, _SHORT = 3, 4
"""Words at the beginning of notes, and of a piece, that may tell how the mail shall be."""

_SEVERAL = 3
"""Pieces of notes that say something, though none has a verb: "slates mon, wet weds, van up"."""


def is_for_assistant(text: str, whom: str, brief: Brief) -> bool:
    """Whether notes may ask an assistant for something, or only say what a mail is about.

    text: without whom they name in front.
    """
    return (
        _tells_form(text, brief.words)
        or _asks_assistant(text, whom, brief)
        or does_to_reader(text, brief)
        or not _tells_something(text, brief.words)
    )


def leaves_words_to_assistant(brief: Brief) -> bool:
    """Whether an instruction tells how a mail shall be, or what it is about, but not what it says.

    "A friendly answer", "decline", "answer Nils about the spokes", "say that … Keep it short."
    """
    _, note = addressed(brief.line, brief)
    told = [order.content for order in orders(brief)] or [note]
    return any(_tells_form(text, brief.words) for text in told) or not any(
        _tells_something(text, brief.words) for text in told
    )


def _tells_form(text: str, words: Lexicon) -> bool:
    """Whether notes tell how the mail shall be: "keep it short", but not "no answer"."""
    form, no = words.words("instructions.form"), words.words("instructions.negations")
    how = form - words.words("direct.forms") - words.words("instructions.verbs")
    several = alternatives({word for word in form if ends_in_plural_s(word)})
    if re.search(rf"\d\s+{several}(?!\w)", text, re.IGNORECASE):
        return True  # "Under 50 words".
    opening = PIECES.split(text)[0]
    first = [word.lower() for word in words.find_words(opening)][:_OPENING]
    begins = first[:1] if first[:1] not in (["a"], ["an"]) else first
    is_counted = re.match(r"[\d,]+\s", opening) is not None  # "2 cornets short".
    if not is_counted and (not form.isdisjoint(begins) or not how.isdisjoint(first)):
        return True
    for piece in PIECES.split(text):
        found = [word.lower() for word in words.find_words(piece)]
        tells = len(found) <= _SHORT and not how.isdisjoint(found)
        if tells and no.isdisjoint(found) and not re.search(r"\d", piece):
            return True
    return False


def _tells_something(text: str, words: Lexicon) -> bool:
    """Whether notes say something, and are not what a mail shall be about: "dinner on Friday"."""
    found = [word.lower() for word in words.find_words(text)]
    people = ("first", "first_possessive", "second", "second_possessive", "second_objects")
    keys = (*(f"roles.{one}" for one in people), "reported.first_objects")
    says = words.words(*keys, "instructions.negations", "answers.yes", "direct.whole")
    verbs = words.words("reported.imperatives", "reported.verbs")
    if all(word in words.words("function_words.list") for word in found):
        return False
    pieces = [piece for piece in re.split(r",\s|\s?[.;:/]\s|\s-\s", text) if piece.strip()]
    return (
        "?" in text
        or len(pieces) >= _SEVERAL
        or not says.isdisjoint(found)
        or any(
            is_finite(word, words) or (word.endswith("ing") and words.stem(word) in verbs)
            for word in found
        )
    )


def _asks_assistant(text: str, whom: str, brief: Brief) -> bool:
    """Whether notes begin with an order, or have one that is hardly the reader's: "apologise"."""
    words = brief.words
    first = words.first_word(text.lower())
    kinds = [f"direct.{kind}" for kind in KINDS]
    if not whom and first in words.words("instructions.verbs", "direct.asked", *kinds):
        return True
    verbs = words.words("reported.imperatives", "reported.verbs")
    if not whom and first in verbs and text[:1].isupper() and text.endswith("."):
        return True  # A whole sentence is for an assistant: "Apply for a parking permit."
    kinds = [f"direct.{kind}" for kind in KINDS if kind not in _TO_OTHERS]
    orders = alternatives(words.words(*kinds) | words.words_before("direct.acts"))
    asked = alternatives(words.words("direct.asked_of_assistants"))
    no = alternatives({"don't", "do not", "never"})
    begins = r"(?:^|[.,;:!?(-]\s*|(?<!\w)(?:and|but)\s+)"
    reader = rf"(?:tell|ask)\s+(?:{called_pattern(brief)}|him|her|them)(?!\w)"
    patterns = (
        rf"{begins}(?!thank you\b)(?:{orders}|(?:{no}\s+)?{asked})(?![\w'])",
        rf"(?<!\w){no}\s+{reader}",
        rf"{begins}{reader}$",
        rf"(?<!\w)say\s+{alternatives(words.words('direct.said_by_assistants'))}(?!\w)",
        rf"(?<!\w){alternatives(words.words('direct.you_as_assistant'))}(?!\w)",
    )
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)
