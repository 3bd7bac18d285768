"""Ask the reader what an instruction asks: "whether she can come" -> "Can you come?"."""

from __future__ import annotations

import re
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.statements import stated
from engine.direct_speech.wording import AND_THAT, auxiliaries, past_forms, sentence, worded


def asked(text: str, words: Lexicon) -> list[str] | None:
    """Say what is asked: a request, a question, or an indirect question."""
    text, *told = AND_THAT.split(text)
    rest: list[str] = []
    if not _asks_more(text, words):
        text, *rest = behind_question(words).split(text)
    rest += told
    text = text.rstrip("?")
    found = words.find_words(text.lower())
    first, second = [*found[:2], "", ""][:2]
    if match := re.match(r"(?:not\s+to|to\s+not)\s+", text):
        question = worded("not to", text[match.end() :], words)
    elif first in ("to", "for", "about"):
        question = worded(first, re.sub(r"\b(and|or) to\b", r"\1", text[len(first) :]), words)
    elif first in ("if", "whether"):
        clause = text[len(first) :].strip()
        turned = inverted(clause, words)
        question = sentence(turned, "?") if turned else worded("whether", clause, words)
    elif first in auxiliaries(words) or second in auxiliaries(words):
        question = sentence(text, "?")
    elif first in words.words("instructions.interrogatives"):
        question = worded("what", text, words)
    else:
        return None
    return [question, *(one for part in rest for one in stated(part, words))]


@cache
def behind_question(words: Lexicon) -> re.Pattern[str]:
    """Match what separates a question from the statements and reasons behind it."""
    own = alternatives(words.words("direct.own"))
    finite = words.words("direct.finite") | past_forms(words)
    because = alternatives(words.words("direct.because"))
    return re.compile(
        rf",\s+(?:and\s+|but\s+)?(?={own}\s)|(?:\s+(?!,)|(?=,)){because}\s+"
        rf"|,\s+(?!(?:and|or|but|not|if)\s)(?=(?:\w+\s+){{1,2}}{alternatives(finite)}(?!\w))",
        re.IGNORECASE,
    )


def _asks_more(text: str, words: Lexicon) -> bool:
    """Whether another question follows: "and when he comes"."""
    asking = alternatives(words.words("instructions.interrogatives"))
    return re.search(rf"(?<!\w)(?:and|or)\s+{asking}(?!\w)", text, re.IGNORECASE) is not None


def inverted(clause: str, words: Lexicon) -> str | None:
    """Return "you can come" as "can you come"; None where more than this pattern is needed."""
    if _asks_more(clause, words):
        return None
    verbs = alternatives(words.words("reported.auxiliaries"))
    subjects = alternatives(words.words("reported.subjects"))
    clause = _uncontracted(clause, words)
    match = re.match(rf"({subjects})\s+({verbs})\s+", clause, re.IGNORECASE)
    if not match:
        return None
    subject, rest = "I" if match[1] == "i" else match[1], clause[match.end() :]
    between = words.words("direct.between")
    behind = (word for word in words.find_words(rest.lower()) if word not in between)
    following = next(behind, "")
    is_owning = match[2] in ("have", "has") and not (
        following in past_forms(words) | words.words("direct.unchanged_pasts")
        or following.endswith("ed")
    )
    return f"do {subject} have {rest}" if is_owning else f"{match[2]} {subject} {rest}"


def _uncontracted(clause: str, words: Lexicon) -> str:
    """Return "you'd like it" as "you would like it"."""
    first, _, rest = clause.partition(" ")
    full = words.pairs("direct.contractions").get(first.lower())
    return f"{full} {rest}" if full else clause
