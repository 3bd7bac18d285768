"""Say an order to the reader: "ask her to send it" -> "Could you send it?"."""

from __future__ import annotations

import re
from functools import cache

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.orders import Order
from engine.direct_speech.person import to_you

_ENDS = re.compile(r"(?<=[.!?])\s+")
# "my neighbour, that" and "on the ward that", too.
_THAT = re.compile(
    r"^(?:(?:(?:my|our|the)\s+\w+,|(?:on|in|at|from|of)\s+[\w\s]{1,30}?)\s+)?that\s+", re.IGNORECASE
)
_AND_THAT = re.compile(r",?\s+and\s+that\s+|,\s+that\s+", re.IGNORECASE)


def say(order: Order, family: str, brief: Brief, before: str = "") -> list[str] | None:
    """Return the sentences that say an order to the reader; None where it is not understood.

    before: the contents of the orders before it.
    """
    words = brief.words
    # Whether she can come is always asked of the reader.
    content = to_you(order.content, family, brief, "" if order.kind == "ask" else before)
    if content is None or _has_more_orders(order, content, words):
        return None
    content = re.sub(r"[!?]+(?=,)", "", re.sub(r"([!?])[!?]+", r"\1", content))
    first, *rest = _ENDS.split(_capitals(content, words)) or [""]
    said = _first(order, first.rstrip(" ,"), words)
    if said is None or any(_is_order(sentence, words) for sentence in rest):
        return None
    return [*said, *(_sentence(one) for one in rest if one.strip())]


def _first(order: Order, content: str, words: Lexicon) -> list[str] | None:
    text = content.rstrip(".!")
    if order.kind == "tell":
        return _told(text, words)
    if order.kind == "ask":
        return _asked(text, words)
    if order.kind == "remind":
        return _reminded(text, words)
    if order.kind == "act":
        return [_sentence(f"{order.act}{'' if text.startswith(',') else ' '}{text}")]
    if order.kind == "suggest":
        return _suggested(text, words)
    if order.kind == "wish":
        return [_said("wish", text, words)] if text else None
    if order.kind in ("offer", "invite"):
        return _offered(order.kind, text, words)
    first = next(iter(text.split()), "")
    is_for = not text or first in words.words("direct.reasons")
    return [_said(order.kind if is_for else f"{order.kind} and", text, words)]


def _told(text: str, words: Lexicon) -> list[str] | None:
    """Say what is told, a sentence for each "that"; a friend, "my neighbour", is left out."""
    text = _THAT.sub("", text)
    if re.match(r"(?:not\s+)?to\s", text):
        return _asked(text, words)
    if not text or _is_order(text, words) or _is_mere_answer(text, words):
        return None
    made = []
    for part in _AND_THAT.split(text):
        part = re.sub(r"\bbut that\b", "but", part)
        asking = alternatives(_asking(words))
        between = rf"(?:,|,?\s+and)\s+(?={asking}\s+you\s)"
        statement, *questions = re.split(between, part)
        made += [_sentence(statement), *(_sentence(one, "?") for one in questions)]
    return made


def _asked(text: str, words: Lexicon) -> list[str] | None:
    """Say what is asked: a request, a question, or an indirect question."""
    text, *told = _AND_THAT.split(text)
    text, *rest = _behind_question(words.language, words).split(text)
    rest += told
    text = text.rstrip("?")
    found = words.find_words(text.lower())
    first, second = [*found[:2], "", ""][:2]
    if match := re.match(r"(?:not\s+to|to\s+not)\s+", text):
        asked = _said("not to", text[match.end() :], words)
    elif first in ("to", "for", "about"):
        asked = _said(first, text[len(first) :], words)
    elif first in ("if", "whether"):
        clause = text[len(first) :].strip()
        inverted = _inverted(clause, words)
        asked = _sentence(inverted, "?") if inverted else _said("whether", clause, words)
    elif first in _asking(words) or second in _asking(words):
        asked = _sentence(text, "?")
    elif first in words.words("instructions.interrogatives"):
        asked = _said("what", text, words)
    else:
        return None
    return [asked, *map(_sentence, rest)]


@cache
def _behind_question(language: str, words: Lexicon) -> re.Pattern[str]:
    """Match what separates a question from the statements and reasons behind it."""
    own = alternatives(words.words("direct.own"))
    finite = words.words("direct.finite") | words.words_before("forms.irregular")
    because = alternatives(words.words("direct.because"))
    return re.compile(
        rf",\s+(?:and\s+|but\s+)?(?={own}\s)|(?:\s+(?!,)|(?=,)){because}\s+"
        rf"|,\s+(?!(?:and|or|but|not|if)\s)(?=(?:\w+\s+){{1,2}}{alternatives(finite)}(?!\w))",
        re.IGNORECASE,
    )


def _asking(words: Lexicon) -> frozenset[str]:
    keys = ("reported.auxiliaries", "reported.helpers", "reported.past_helpers")
    return frozenset().union(*map(words.words, keys))


def _inverted(clause: str, words: Lexicon) -> str | None:
    """Return "you can come" as "can you come"; None where more than this pattern is needed."""
    joined = alternatives(words.words("instructions.interrogatives"))
    if re.search(rf"(?<!\w)(?:and|or)\s+{joined}(?!\w)", clause):
        return None
    auxiliaries = alternatives(words.words("reported.auxiliaries"))
    subjects = alternatives(words.words("reported.subjects"))
    clause = _uncontracted(clause, words)
    match = re.match(rf"({subjects})\s+({auxiliaries})\s+", clause, re.IGNORECASE)
    if not match:
        return None
    subject, rest = "I" if match[1] == "i" else match[1], clause[match.end() :]
    between = words.words("direct.between")
    behind = (word for word in words.find_words(rest.lower()) if word not in between)
    following = next(behind, "")
    is_owning = match[2] in ("have", "has") and not (
        following in words.pairs("forms.irregular") or following.endswith("ed")
    )
    return f"do {subject} have {rest}" if is_owning else f"{match[2]} {subject} {rest}"


def _uncontracted(clause: str, words: Lexicon) -> str:
    """Return "you'd like it" as "you would like it"."""
    first, _, rest = clause.partition(" ")
    full = words.pairs("direct.contractions").get(first.lower())
    return f"{full} {rest}" if full else clause


def _reminded(text: str, words: Lexicon) -> list[str] | None:
    first = next(iter(text.split()), "")
    if first == "to":
        return [_said("remind to", text[len(first) :], words)]
    if first in ("about", "of"):
        return [_said("remind", text, words)]
    told = _told(text, words)
    if not told:
        return None
    is_own = re.match(r"I\b", told[0])
    first = told[0] if is_own else told[0][:1].lower() + told[0][1:]
    return [_said("remind that", first.rstrip("."), words), *told[1:]]


def _suggested(text: str, words: Lexicon) -> list[str] | None:
    if match := re.match(r"(?:that\s+)?(?=(?:you|we|I)\s)", text):
        return [_said("suggest that", text[match.end() :], words)]
    is_idea = text and not text.startswith(("to ", "that "))
    return [_said("suggest", text, words)] if is_idea else None


def _offered(kind: str, text: str, words: Lexicon) -> list[str] | None:
    first = next(iter(text.split()), "")
    says = words.pairs("direct.says")
    if f"{kind} {first}" in says:
        return [_said(f"{kind} {first}", text[len(first) :], words)]
    return [_said(kind, text, words)] if kind in says and text else None


def _said(key: str, text: str, words: Lexicon) -> str:
    """Return a text in the words with which an order is said to the reader."""
    said = words.pairs("direct.says")[key].replace("{}", text.strip(" .?!"))
    return _sentence(re.sub(r"\s+(?=[.,?!])", "", said))


def _has_more_orders(order: Order, content: str, words: Lexicon) -> bool:
    """Whether "and attach the list" follows, which nobody is told."""
    gap = r",\s+and" if order.kind in ("tell", "ask") else r",?\s+and"
    verbs = alternatives(words.words("reported.imperatives"))
    return re.search(rf"{gap}\s+{verbs}(?!\w)", content, re.IGNORECASE) is not None


def _is_order(sentence: str, words: Lexicon) -> bool:
    """Whether a sentence is one more order to an assistant, such as "Keep it short"."""
    first = next(iter(words.find_words(sentence)), "").lower()
    keys = ("reported.imperatives", "reported.greetings", "instructions.form")
    return first in frozenset().union(*map(words.words, keys))


def _is_mere_answer(text: str, words: Lexicon) -> bool:
    """Whether a text is no sentence but "yes to the dinner"."""
    answers = alternatives(words.words("answers.yes") | words.words("instructions.negations"))
    return re.match(rf"{answers}\s+(?:to|for)\s", text, re.IGNORECASE) is not None


def _capitals(text: str, words: Lexicon) -> str:
    """Return a text with I, days and months as they are written."""
    days = words.words_before("calendar.weekdays") | words.words_before("calendar.months")
    days -= words.words("calendar.loose_months")
    text = re.sub(r"(?<!\w)i(?=$|[\s',])", "I", text)
    pattern = rf"(?<!\w){alternatives(days)}(?!\w)"
    return re.sub(pattern, lambda match: match[0].capitalize(), text)


def _sentence(text: str, mark: str = "") -> str:
    """Return a text with a capital and a mark at its end: a full stop where it has none."""
    text = text.strip(" ,;")
    if mark:
        text = text.rstrip(".?!") + mark
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
