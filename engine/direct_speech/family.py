"""Which pronouns an instruction has for the reader: he, she or they."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, fold
from engine.direct_speech.orders import Order
from engine.direct_speech.wording import auxiliaries

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
            return first if first is None or _explains_others(first, brief) else None
    used = {family_of_word(word.lower(), words) for word in words.find_words(brief.instruction)}
    return None if used & set(SEXES) or _are_they_readers(found, words) else ""


def _explains_others(family: str, brief: Brief) -> bool:
    """Whether pronouns of the other sex, if any, have somebody else whom they may be for."""
    words = brief.words
    found = words.find_words(brief.instruction)
    used = {family_of_word(word.lower(), words) for word in found}
    return not (used & set(SEXES)) - {family} or any(is_somebody(word, brief) for word in found)


def _are_they_readers(found: Sequence[Order], words: Lexicon) -> bool:
    """Whether "they" comes before anything that there are several of, and may be the reader."""
    for word in (word.lower() for order in found for word in words.find_words(order.content)):
        if word in words.words("direct.several") or re.search(r"[^s']s$|\d", word):
            return False
        if family_of_word(word, words) == "they":
            return True
    return False


def _first_family(order: Order, brief: Brief) -> str | None:
    """Return the family of an order's first pronoun, '' if it is behind somebody else.

    None where it may be its own clause's subject's: "the drummer broke his wrist".
    """
    words, content = brief.words, order.content
    tells = re.match(r"(?:to|for|on)\s", content) is None
    asking = auxiliaries(words)  # "Does she mean it?"
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
        elif word not in words.words("direct.between") and (clause or word not in asking):
            clause.append(word)
    return ""


def is_somebody(word: str, brief: Brief) -> bool:
    """Whether a word is a person besides writer and reader."""
    bare = fold(word.removesuffix("'s"))
    return bare not in brief.addressee and bare in _others(brief)


@lru_cache(maxsize=8)
def _others(brief: Brief) -> frozenset[str]:
    """The names, folded, and the words that others besides writer and reader may have."""
    words = brief.words
    people = words.words("roles.people", "direct.male", "direct.female")
    people -= words.words("direct.things")
    titles = words.words("names.titles") - set(map(fold, words.find_words(brief.recipient)))
    names = (fact.text for fact in brief.facts if fact.kind == "name")
    return people | titles | {fold(part) for name in names for part in words.find_words(name)}


def family_of_word(word: str, words: Lexicon) -> str:
    return next((one for one in FAMILIES if word in words.words_before(f"direct.{one}")), "")
