"""Say an order to the reader: "ask her to send it" -> "Could you send it?"."""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.orders import KINDS, Order
from engine.direct_speech.person import to_you
from engine.direct_speech.questions import asked
from engine.direct_speech.run_ons import with_stops
from engine.direct_speech.statements import stated
from engine.direct_speech.wording import (
    AND_THAT,
    auxiliaries,
    capitals,
    has_finite,
    second_person,
    sentence,
    worded,
)

_ENDS = re.compile(r"(?<=[.!?])\s+")
# "on the ward that", too.
_THAT = re.compile(r"^(?:(?:on|in|at|from|of)\s+[\w\s]{1,30}?\s+)?that\s+", re.IGNORECASE)


def say(
    order: Order, family: str, brief: Brief, before: str = "", *, weighs: bool = False
) -> list[str] | None:
    """Return the sentences that say an order to the reader; None where it is not understood.

    before: the contents of the orders before it. weighs: as in `to_you`.
    """
    words = brief.words
    # Whether she can come is always asked of the reader.
    asks = order.kind == "ask"
    content = to_you(order.content, family, brief, before, asks=asks, weighs=weighs)
    if content is None or _has_more_orders(order, content, words):
        return None
    if brief.instruction[:1].islower():
        content = _with_stops(content, words)
    content = re.sub(r"[!?]+(?=,)", "", re.sub(r"([!?])[!?]+", r"\1", content))
    first, *rest = _ENDS.split(capitals(content, words)) or [""]
    made = _first(order, first.rstrip(" ,"), words)
    if made is None or any(_is_order(one, words) or _has_no_doer(one, words) for one in rest):
        return None
    if not all(re.match(r"[\w£$€\"]", one) for one in made):  # "'s class", "? Their price".
        return None
    return [*made, *(_as_it_is(one, words) for one in rest if one.strip())]


def _with_stops(text: str, words: Lexicon) -> str:
    """Return a text typed in a hurry with full stops for the commas between its clauses."""
    subjects = alternatives(words.words("direct.subjects"))
    finite = alternatives(words.words("direct.finite"))
    clause = rf"(?:{subjects}\s|(?:the\s|my\s|our\s)?\w+\s{finite}(?!\w))"
    joining = alternatives(words.words("direct.clauses"))
    text = re.sub(rf",\s+(?!{joining}\s)(?={clause})", ". ", text)
    return " ".join(with_stops(one, words) for one in _ENDS.split(text))


def _as_it_is(text: str, words: Lexicon) -> str:
    """Return one more sentence, with a question mark if it asks the reader."""
    asking = alternatives(auxiliaries(words))
    opening = (
        rf"(?:and\s+|but\s+)?(?:{alternatives(words.words('instructions.interrogatives'))}\s+)?"
    )
    is_question = re.match(rf"{opening}{asking}\s+(?:you|I|we|it)\s", text, re.IGNORECASE)
    return sentence(text, "?" if is_question else "")


def _first(order: Order, content: str, words: Lexicon) -> list[str] | None:
    text = content.rstrip(".!")
    if order.kind == "tell":
        return _told(text, words)
    if order.kind == "ask":
        return asked(text, words)
    if order.kind == "remind":
        return _reminded(text, words)
    if order.kind == "act":
        return [sentence(f"{order.act}{'' if text.startswith(',') else ' '}{text}")]
    if order.kind == "suggest":
        return _suggested(text, words)
    if order.kind == "wish":
        return [worded("wish", text, words)] if text else None
    if order.kind in ("offer", "invite"):
        return _offered(order.kind, text, words)
    if order.kind == "give":
        return _given(text, words)
    text = re.sub(r"^(?:from|for)\s+(?:me|us)(?!\w)[\s,]*", "", text)
    first = next(iter(text.split()), "")
    is_for = not text or first in words.words("direct.reasons")
    return [worded(order.kind if is_for else f"{order.kind} and", text, words)]


def _told(text: str, words: Lexicon) -> list[str] | None:
    """Say what is told, a sentence for each "that", without who the reader is: "my neighbour"."""
    text = _THAT.sub("", text)
    if re.match(r"(?:not\s+)?to\s", text):
        whom = alternatives(words.words("reported.articles", "roles.first_possessive"))
        return None if re.match(rf"to\s+{whom}\s", text, re.IGNORECASE) else asked(text, words)
    first, second = [*words.find_words(text.lower())[:2], "", ""][:2]
    is_pronoun = first in words.words("reported.subjects")
    if is_pronoun and second in words.words("direct.little"):
        return None  # "Write it as one writes to a friend."
    no_statements = words.words("direct.no_statement", "instructions.interrogatives")
    if first in no_statements or _is_order(text, words) or _is_mere_yes(text, words):
        return None
    found = words.find_words(text.lower())
    if (
        first in words.words("reported.articles")
        and len(found) < 5
        and not has_finite(found, words)
    ):
        return None  # "Write to Bo | the sweep".
    parts = AND_THAT.split(re.sub(r"\bbut that\b", "but", text))
    return [one for part in parts for one in stated(part, words)]


def _reminded(text: str, words: Lexicon) -> list[str] | None:
    first = next(iter(text.split()), "")
    if first == "to":
        return [worded("remind to", text[len(first) :], words)]
    if first in ("about", "of"):
        return [worded("remind", text, words)]
    told = _told(text, words)
    if not told:
        return None
    is_own = re.match(r"I\b", told[0])
    first = told[0] if is_own else told[0][:1].lower() + told[0][1:]
    return [worded("remind that", first.rstrip("."), words), *told[1:]]


def _suggested(text: str, words: Lexicon) -> list[str] | None:
    if match := re.match(r"(?:that\s+)?(?=(?:you|we|I)\s)", text):
        return [worded("suggest that", text[match.end() :], words)]
    is_idea = text and not text.startswith(("to ", "that "))
    return [worded("suggest", text, words)] if is_idea else None


def _given(text: str, words: Lexicon) -> list[str] | None:
    """Hand over a number or an address; nobody but the writer can give anything else."""
    if not re.search(r"\d|@|://", text):
        return None
    several = re.match(r"[^:\d]*[^s:\d\s]s\s*(?::|\d|$)", text)
    return [worded("give several" if several else "give", text, words)]


def _offered(kind: str, text: str, words: Lexicon) -> list[str] | None:
    """Say what is offered, and what is told behind its comma: "to lunch, it's on me"."""
    subject = alternatives(words.words("direct.subjects", "roles.first_possessive"))
    text, *told = re.split(rf",\s+(?={subject}\s)", text, maxsplit=1, flags=re.IGNORECASE)
    first = next(iter(text.split()), "")
    says = words.pairs("direct.says")
    rest = [one for part in told for one in stated(part, words)]
    if f"{kind} {first}" in says:
        return [worded(f"{kind} {first}", text[len(first) :], words), *rest]
    return [worded(kind, text, words), *rest] if kind in says and text else None


def _has_more_orders(order: Order, content: str, words: Lexicon) -> bool:
    """Whether "and attach the list" follows, which nobody is told."""
    joins = r"\s+(?:and|but)"
    gap = rf",{joins}" if order.kind in ("tell", "ask") else rf",?{joins}"
    verbs = alternatives(words.words("reported.imperatives"))
    return re.search(rf"{gap}\s+{verbs}(?!\w)", content, re.IGNORECASE) is not None


def _is_order(sentence: str, words: Lexicon) -> bool:
    """Whether a sentence is one more order to an assistant, such as "Keep it short"."""
    first = words.first_word(sentence).lower()
    keys = ("reported.imperatives", "reported.greetings", "instructions.form")
    orders = words.words(*keys, *(f"direct.{kind}" for kind in KINDS))
    return first in orders or first in words.words_before("direct.acts")


def _has_no_doer(text: str, words: Lexicon) -> bool:
    """Whether a sentence leaves out whose verb it begins with: "Needs to sign"."""
    first = words.first_word(text).lower()
    bases = words.words("reported.imperatives", "reported.verbs")
    return second_person(first, words) in bases - {first} and not text.rstrip().endswith("?")


def _is_mere_yes(text: str, words: Lexicon) -> bool:
    """Whether a text is no sentence but "yes to the dinner"."""
    yes = alternatives(words.words("answers.yes"))
    is_yes = re.match(rf"{yes}\s+(?:to|for)\s|(?:yes|no),?\s+(?:about|for|to\s+you)\s", text, re.I)
    return is_yes is not None
