"""Ask the reader what an instruction asks: "si puede venir" -> "¿Puedes venir?"."""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.checking.lexicon import alternatives, capitalised
from engine.direct_speech.romance.elision import elided
from engine.direct_speech.romance.parts import SPACE, opening, statements_behind
from engine.direct_speech.romance.reader import Reader
from engine.direct_speech.romance.saying import says, to_reader


def asked(text: str, reader: Reader, brief: Brief) -> tuple[list[str], list[str]] | None:
    """Return the questions that a text asks, and the statements behind them."""
    words = brief.words
    joins = alternatives(words.words("direct.joins"))
    asking = alternatives(words.words("direct.if", "direct.asking"))
    is_more = re.match(rf"{joins}\s+", text, re.IGNORECASE)
    first, *rest = statements_behind(text[is_more.end() if is_more else 0 :], words)
    made: list[str] = []
    for part in re.split(rf",?\s+{joins}\s+(?={asking})", first, flags=re.IGNORECASE):
        made_one = question(part.strip(" ,.?"), reader, brief, is_more=bool(made or is_more))
        if made_one is None:
            return None
        made.append(made_one)
    return made, rest


def question(text: str, reader: Reader, brief: Brief, *, is_more: bool = False) -> str | None:
    """Return a question to the reader. is_more: whether it stands behind another."""
    words = brief.words
    is_if = opening(text, words, "direct.if")
    told = to_reader(text[len(is_if) :], reader, brief, may_ask=True)
    if told is None or told.order:
        return None
    made = says("whether", reader, words).replace("{}", told.text) if is_if else told.text
    for entry, to in () if is_if else words.pairs("direct.questions").items():
        made, changed = re.subn(rf"^{entry}", to, made, count=1, flags=re.IGNORECASE)
        if changed:
            break
    asking = alternatives(words.words("direct.before_est_ce_que"))
    subject = alternatives(words.words("direct.subject_openings"))
    before = re.match(rf"{asking}\s+(?={subject}{SPACE})", made, re.IGNORECASE)
    if before and not is_if:
        made = f"{before[0]}est-ce que {made[before.end() :]}"
    for entry, to in words.pairs("direct.or_if").items():
        is_word = entry[-1:].isalpha()
        ends = r"(?!\w)" if is_word else ""
        to = to if is_word else f"{to} "
        made = re.sub(rf"(?<!\w){entry}{ends}", to, made, flags=re.IGNORECASE)
    if is_more:
        made = f"{says('and', reader, words)} {made}"
    made = made if words.words("direct.infinitives") else elided(made)
    return says("mark", reader, words).replace("{}", capitalised(made))
