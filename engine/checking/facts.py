"""Find all facts of a text: names, numbers, times, days, amounts, links, addresses, IBANs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from engine.checking.calendar import find_days
from engine.checking.clock import find_times
from engine.checking.contacts import find_contacts
from engine.checking.fact import Fact
from engine.checking.lexicon import lexicon, lexicon_of, straight
from engine.checking.names import find_names
from engine.checking.quantities import find_quantities

_LONGEST_TEXT = 50_000
"""Characters that are read; a longer text is quoted or machine-made."""

_FOUND = "\x01"


@lru_cache(maxsize=256)
def find_facts(text: str, language: str = "") -> tuple[Fact, ...]:
    """Return the facts of a text in order; the firm ones do not overlap.

    language: ISO 639-1; '' to guess it from the text.
    """
    text = straight(text[:_LONGEST_TEXT])
    words = lexicon(language) if language else lexicon_of(text)
    facts: list[Fact] = []
    rest = _take(find_contacts(text), text, facts)
    rest = _take(find_times(rest, words.language), rest, facts)
    rest = _take(find_days(rest, words), rest, facts)
    loose: list[Fact] = []
    quantities = list(find_quantities(rest, words))
    rest = _take((fact for fact in quantities if fact.firm), rest, facts)
    _take((fact for fact in quantities if not fact.firm), rest, loose)
    _take(find_names(text, words, rest), rest, facts)
    return tuple(sorted(facts + loose, key=lambda fact: fact.start))


def _take(found: Iterable[Fact], text: str, facts: list[Fact]) -> str:
    """Add the found facts that overlap no earlier one; return the text with them crossed out."""
    for fact in found:
        if _FOUND not in text[fact.start : fact.end]:
            facts.append(fact)
            if fact.firm:
                crossed = _FOUND * (fact.end - fact.start)
                text = f"{text[: fact.start]}{crossed}{text[fact.end :]}"
    return text
