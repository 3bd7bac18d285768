"""Say an order in Spanish, French or Italian to the reader."""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.checking.lexicon import alternatives
from engine.direct_speech.orders import Order
from engine.direct_speech.romance.parts import (
    SPACE,
    has_more_orders,
    is_about_the_mail,
    opening,
    parts_of,
    statements_behind,
)
from engine.direct_speech.romance.questions import asked, question
from engine.direct_speech.romance.reader import Reader
from engine.direct_speech.romance.saying import says, to_reader, written

_MOST_WORDS_OF_A_TOPIC = 3
_ENDS = re.compile(r"(?<=[.!?;])\s+")
_SIGNS = re.compile(r"[\[\]{}<>|=+#*_&/()]")


def say(order: Order, reader: Reader, brief: Brief) -> list[str] | None:
    """Return the sentences that say an order to the reader; None where it is not understood."""
    words = brief.words
    if _SIGNS.search(order.content) or has_more_orders(order.content, words):
        return None
    first, *rest = _ENDS.split(order.content) or [""]
    said = _first(order, first.strip(" ;"), reader, brief)
    joins = alternatives(words.words("direct.joins"))
    asking = alternatives(words.words("direct.if", "direct.asking"))
    for one in rest:
        asks = order.kind == "ask" and re.match(rf"(?:{joins}\s+)?{asking}[\s']", one, re.I)
        more = (_asked if asks else _told)(one.strip(" ;"), reader, brief)
        if said is None or more is None:
            return None
        said = [*said, *more]
    return said


def _first(order: Order, text: str, reader: Reader, brief: Brief) -> list[str] | None:
    words = brief.words
    alone = says(f"{order.kind} alone", reader, words)
    if alone and text.startswith(":"):
        return _with_more([written(alone, words)], [text.strip(" :,")], reader, brief)
    text = text.strip(" :,")
    of = opening(text, words, "direct.infinitive")
    if of and opening(f"{text[len(of) :].replace(',', ' ')} ", words, "direct.yes_no"):
        text, of = text[len(of) :], ""  # "Rispondi di no".
    if order.kind == "ask":
        return _requested(text, reader, brief)
    if order.kind == "tell":
        if of:
            return _worded("request", text[len(of) :], reader, brief)
        if opening(text, words, "direct.if"):
            return _asked(text, reader, brief)
        return None if opening(text, words, "direct.asking") else _told(text, reader, brief)
    if that := opening(text, words, "direct.that"):
        return _performed(f"{order.kind} that", text[len(that) :], reader, brief)
    if of and says(f"{order.kind} to", reader, words):
        return _worded(f"{order.kind} to", text[len(of) :], reader, brief)
    is_for = opening(text, words, "direct.articles", "direct.possessives")
    if is_for and says(f"{order.kind} for", reader, words):
        return _worded(f"{order.kind} for", text, reader, brief)
    return _worded(order.kind, text, reader, brief)


def _requested(text: str, reader: Reader, brief: Brief) -> list[str] | None:
    """Say what is asked: a question, or a request: "que traiga pan", "di portare il pane"."""
    words = brief.words
    if opening(text, words, "direct.if", "direct.asking"):
        return _asked(text, reader, brief)
    if of := opening(text, words, "direct.infinitive"):
        return _worded("request", text[len(of) :], reader, brief)
    that = opening(text, words, "direct.that")
    first, *rest = parts_of(text, words)
    told = to_reader(first[len(that) :], reader, brief) if that else None
    if told is None or not told.order:
        return None
    please = says("please", reader, words)
    made = told.order if words.words("direct.infinitive") else f"{please} {told.order}"
    return _with_more([written(made, words)], rest, reader, brief)


def _asked(text: str, reader: Reader, brief: Brief) -> list[str] | None:
    made = asked(text, reader, brief)
    return _with_more(*made, reader, brief) if made else None


def _worded(key: str, text: str, reader: Reader, brief: Brief) -> list[str] | None:
    """Say a text behind the words with which its order is said to the reader."""
    words = brief.words
    joins = alternatives(words.words("direct.joins"))
    if key == "request":
        reader.last = "reader"
        of = alternatives(words.words("direct.infinitive"))
        text = re.sub(rf"\s({joins})\s+{of}{SPACE}", r" \1 ", text)
        key = "no request" if opening(text, words, "direct.not") else key
    if key in words.words("direct.need_reason") and not opening(text, words, "direct.reasons"):
        return None
    together = says(f"{key} together", reader, words)
    if together:  # "Propose à Rose de se voir".
        text = re.sub(r"^s(?:e\s|')", f"{together} ", text)
    first, *more = parts_of(text, words)
    behind: list[str] = []
    if not opening(first, words, "direct.because"):  # "Gracias porque viniste".
        first, *behind = statements_behind(first, words)
    reasons = alternatives(words.words("direct.reasons"))
    if re.search(rf",\s+{joins}\s+(?!{reasons})", first, re.IGNORECASE):
        return None
    told = to_reader(first, reader, brief, may_ask=True, is_clause=False)
    if told is None or told.order or not told.text or not says(key, reader, words):
        return None
    made = says(key, reader, words).replace("{}", told.text.strip(" .!?"))
    return _with_more([written(made, words)], [*behind, *more], reader, brief)


def _performed(key: str, text: str, reader: Reader, brief: Brief) -> list[str] | None:
    """Say what the reader is reminded of, or what is proposed, with the rest behind it."""
    words = brief.words
    first, *rest = parts_of(text, words)
    told = to_reader(first, reader, brief, may_ask=True)
    form = says(key, reader, words)
    if told and told.order:
        form = says(f"{key} order", reader, words) or form
    if told is None or not form:
        return None
    made = written(form.replace("{}", told.text.strip(" .!?")), words)
    return _with_more([made], rest, reader, brief)


def _with_more(made: list[str], parts: list[str], reader: Reader, brief: Brief) -> list[str] | None:
    """Return sentences with those of the statements behind them."""
    for part in parts:
        more = _told(part, reader, brief)
        if more is None:
            return None
        made = [*made, *more]
    return made


def _told(text: str, reader: Reader, brief: Brief) -> list[str] | None:
    """Say what is told: a sentence for each "que", those behind "pero" with the one before."""
    words = brief.words
    if is_about_the_mail(text, words):
        return None
    if text.endswith("?"):
        made_one = question(text.strip("¿? "), reader, brief)
        return [made_one] if made_one else None
    if opening(text, words, "direct.conditions"):  # "Si pasa, que el pescado lo pongo yo".
        that = alternatives(words.words("direct.that"))
        text = re.sub(rf"^([^,.]+,) {that}{SPACE}", r"\1 ", text, flags=re.IGNORECASE)
    parts = parts_of(text, words)
    is_short = len(parts) > 1 and len(parts[0].split()) <= _MOST_WORDS_OF_A_TOPIC
    if is_short and opening(parts[0], words, "direct.articles", "direct.possessives"):
        return None  # "El gato, que lo cuide."
    made: list[str] = []
    for part in parts:
        but = opening(part, words, "direct.but")
        that = opening(part[len(but) :], words, "direct.that")
        clause = part[len(but) + len(that) :]
        if opening(clause, words, "direct.if") and not that and made:
            return None
        told = to_reader(clause, reader, brief, is_told=bool(that)) if clause.strip(" .") else None
        if told is None:
            return None
        said = (told.order or told.text).lstrip(" ,")
        if but and made:
            made[-1] = written(f"{made[-1].rstrip('.')}, {but.strip()} {said}", words)
        else:
            made.append(written(said, words))
    return made
