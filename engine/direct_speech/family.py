"""Which pronouns an instruction has for the reader: he, she or they."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, fold
from engine.direct_speech.orders import Order

FAMILIES = ("he", "she", "they")
SEXES = {"he": "male", "she": "female"}


def family_of(found: Sequence[Order], brief: Brief) -> str | None:
    """Return which pronouns are the reader's: "he", "she" or "they"; '' if none are used.

    Told by whom the orders are for ("ask her"), by a title or a word such as "dad", or by the first
    pronoun, before anybody else is mentioned. None if it can't be told.
    """
    words = brief.words
    named = [word for order in found for word in words.find_words(order.whom.lower())]
    for family in FAMILIES:
        if not words.words_before(f"direct.{family}").isdisjoint(named):
            return family
    for family, sex in SEXES.items():
        if not words.words(f"direct.{sex}").isdisjoint(named):
            return family
    if "and" in named or not words.words("direct.groups").isdisjoint(named):
        return "they"
    if named[:1] == ["the"] and named[-1].endswith("s"):  # "The Jensens".
        return "they"
    for order in found:
        first = _first_family(order, brief)
        if first != "":
            return first
    used = {family_of_word(word.lower(), words) for word in words.find_words(brief.instruction)}
    return None if used & set(SEXES) else ""


def _first_family(order: Order, brief: Brief) -> str | None:
    """Return the family of an order's first pronoun, '' if it is behind somebody else.

    None where it may be its own clause's subject's: "the drummer broke his wrist".
    """
    words, content = brief.words, order.content
    tells = re.match(r"(?:to|for|on)\s", content) is None
    clause: list[str] = []
    end = 0
    for match in words.match_words(content):
        word = match[0].lower()
        if re.search(r"[,.;:!?]", content[end : match.start()]):
            clause = []
        end = match.end()
        family = family_of_word(word, words)
        if family in SEXES:
            own = words.words("roles.first") | words.words("roles.first_possessive")
            is_clear = not tells or not clause or not own.isdisjoint(clause)
            return family if is_clear else None
        if is_somebody(word, brief):
            return ""
        if word in words.words("direct.clauses"):
            clause = []
        elif word not in words.words("direct.between"):
            clause.append(word)
    return ""


def is_somebody(word: str, brief: Brief) -> bool:
    """Whether a word is a person besides writer and reader."""
    words, bare = brief.words, fold(word.removesuffix("'s"))
    if bare in brief.addressee:
        return False
    keys = ("roles.people", "direct.male", "direct.female")
    people = frozenset().union(*map(words.words, keys)) - words.words("direct.things")
    names = {
        fold(part)
        for fact in brief.facts
        if fact.kind == "name"
        for part in words.find_words(fact.text)
    }
    return bare in people or bare in names


def family_of_word(word: str, words: Lexicon) -> str:
    return next((one for one in FAMILIES if word in words.words_before(f"direct.{one}")), "")
