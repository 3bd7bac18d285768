"""Say orders with their clauses as they stand: "sag ihr, dass …" -> "ich wollte dir sagen, dass …".

In German and Dutch a verb stands last there, and no rule has to move it.
"""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.address import reader_of
from engine.direct_speech.clauses import Parsed
from engine.direct_speech.heads import orders_around
from engine.direct_speech.kept_notes import note_of, tells_of_others
from engine.direct_speech.kept_orders import said_of
from engine.direct_speech.orders import Order
from engine.direct_speech.you import spoken_to

_HOSTILE = re.compile(r"[&+=<>|{}\[\]*_#@\\()]|->")


def kept(brief: Brief) -> str:
    """Return what an instruction says, as sentences to its reader; '' if it is not understood."""
    words = brief.words
    found = _questions_apart(orders_around(brief), words) or _noted(brief)
    if not found or _HOSTILE.search(brief.instruction):
        return ""
    contents = [order.content for order in found]
    reader = reader_of([order.whom for order in found], " ".join(contents), brief)
    if reader is None or _speaks_to_assistant(contents, words):
        return ""
    made = []
    for number, order in enumerate(found):
        content = spoken_to(order.content, reader, brief, " ".join(contents[:number]))
        said = None if content is None else said_of(order.kind, content, reader, words)
        if said is None:
            return ""
        made += said
    return " ".join(made)


def _questions_apart(found: list[Order], words: Lexicon) -> list[Order]:
    """Return orders with what is asked behind what is told as orders of their own: "und ob"."""
    joiners = alternatives(words.words("direct.coordinators"))
    made: list[Order] = []
    for order in found:
        apart = re.split(rf",?\s+{joiners}\s+(?=(?:ob|of)\s)", order.content, maxsplit=1)
        if order.kind != "tell" or len(apart) == 1 or not _is_question_of(apart[1], words):
            made.append(order)
            continue
        made += [Order("tell", order.whom, apart[0]), Order("ask", order.whom, apart[-1])]
    return made


def _is_question_of(text: str, words: Lexicon) -> bool:
    return len(words.find_words(text)) > 2


def _noted(brief: Brief) -> list[Order]:
    """Return a note as an order to tell it."""
    whom, text = note_of(brief)
    is_headed = brief.instruction.lower().startswith(whom.lower()) and whom != ""
    if not text or (is_headed and tells_of_others(text, brief.words)):
        return []
    return [Order("tell", whom, text)]


def _speaks_to_assistant(contents: list[str], words: Lexicon) -> bool:
    """Whether something is said to the assistant, or of how the mail should be."""
    for content in contents:
        parsed = Parsed(content, words)
        firsts = {parsed.lower[clause.first] for clause in parsed.clauses}
        if not firsts.isdisjoint(words.words("instructions.form")):
            return True
        if not words.words("direct.assistant").isdisjoint(parsed.lower):
            return True
    return False
