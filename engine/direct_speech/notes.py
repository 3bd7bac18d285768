"""Notes as sentences to their reader: "kim: can't come fri, her key's here" -> "I can't come …"."""

from __future__ import annotations

import re
from itertools import pairwise

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, alternatives, capitalised
from engine.direct_speech.family import family_of
from engine.direct_speech.openings import called_pattern, name_pattern
from engine.direct_speech.orders import KINDS, Order
from engine.direct_speech.person import to_you
from engine.direct_speech.pieces import Piece, piece_of
from engine.direct_speech.spelling import in_full
from engine.direct_speech.wording import auxiliaries, capitals, is_finite, sentence

_STOPS = re.compile(r"\s*(?P<mark>[.!?;]+)(?:\s+|$)|,\s+|\s+(?:-|/|->|→)\s+|$")
_SIGNS = (
    (r"\s+[&+]\s+", " and "),
    (r"\s+=\s+", " is "),
)


def noted(brief: Brief) -> str:
    """Return notes as sentences to their reader; '' where a part of them is not understood.

    Notes leave out "I" and "it is". What may be the writer's or the reader's is not understood.
    """
    words = brief.words
    text = brief.line
    for sign, word in _SIGNS:
        text = re.sub(sign, word, text)
    text = in_full(text, words)
    spoken = {word.lower() for word in words.find_words(text)}
    # You are an assistant, and so is who should know how the mail is to be.
    if not spoken.isdisjoint(words.words("roles.second", "roles.second_possessive")):
        return ""
    if not spoken.isdisjoint(words.words("instructions.form")):
        return ""
    if has_order(text, brief):
        return ""
    head = re.match(rf"(?P<whom>{called_pattern(brief)})(?::|,|\s?-|\s?->|\s?/)\s+", text, re.I)
    whom, text = (head["whom"], text[head.end() :]) if head else ("", text)
    if re.search(r"[<>|(){}\[\]@#*_:]", text) or does_to_reader(text, brief):
        return ""
    topic, text = _topic_apart(text, words)
    family = family_of([Order("tell", whom, text)], brief)
    told = None if family is None else to_you(text, family, brief)
    if told is None:
        return ""
    pieces: list[Piece] = []
    start = 0
    for stop in _STOPS.finditer(told):
        if piece := told[start : stop.start()].strip():
            mark = stop["mark"] or ""
            begins = not pieces or pieces[-1].ends
            made = piece_of(
                piece, begins, "?" in mark, bool(mark) or stop.end() == len(told), words
            )
            if made is None:
                return ""
            pieces.append(made)
        start = stop.end()
    if not pieces or not pieces[0].is_whole:
        return ""
    said = capitals(_joined(pieces), words)
    return f"{capitalised(topic)}: {said[:1].lower()}{said[1:]}" if topic else said


def _topic_apart(text: str, words: Lexicon) -> tuple[str, str]:
    """Return what a note's question is about and the question: "the flat - is it free?"."""
    asking = alternatives(auxiliaries(words) | words.words("instructions.interrogatives"))
    match = re.match(rf"((?:[\w']+\s){{1,4}})-\s+(?={asking}\s)", text, re.IGNORECASE)
    if not match or any(is_finite(word, words) for word in words.find_words(match[1].lower())):
        return "", text
    return match[1].strip(), text[match.end() :]


def does_to_reader(text: str, brief: Brief) -> bool:
    """Whether a text begins with an unknown order, before the reader's name: "Chase Ann"."""
    words = brief.words
    match = re.match(rf"([\w'-]+)\s+{name_pattern(brief)}", text, re.IGNORECASE)
    known = words.words("function_words.list", "direct.whole", "direct.between", "names.titles")
    return match is not None and match[1].lower() not in known | auxiliaries(words)


def has_order(text: str, brief: Brief) -> bool:
    """Whether an order for somebody stands in a text, but not "I'll tell her"."""
    words = brief.words
    orders = alternatives(words.words(*(f"direct.{kind}" for kind in KINDS)))
    pronouns = alternatives(words.words("direct.objects"))
    begins = alternatives(words.words("direct.beginnings"))
    whom = rf"(?:{name_pattern(brief)}|{pronouns}(?!\w))"
    before = rf"(?:^|[.,;:!?]\s+|(?<!\w){begins}\s+)"
    asking = alternatives(auxiliaries(words) | {"if", "whether"})
    run_on = rf"\sask\s+{whom}\s*{asking}(?!\w)"  # "It's late ask him does he come".
    pattern = rf"{before}{orders}\s+(?:to\s+)?{whom}|{run_on}"
    return re.search(pattern, text, re.I) is not None


def _joined(pieces: list[Piece]) -> str:
    """Return pieces as sentences: what is none by itself stands behind a comma."""
    made = pieces[0].text
    for before, piece in pairwise(pieces):
        apart = before.ends or before.asks or piece.asks or (before.is_whole and piece.is_whole)
        if apart:
            made = sentence(made, "?" if before.asks else "") + " " + capitalised(piece.text)
        else:
            made = f"{made}, {piece.text}"
    return sentence(capitalised(made), "?" if pieces[-1].asks else "")
