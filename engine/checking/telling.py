"""The telling words of an instruction, and how many of them a draft holds."""

from __future__ import annotations

from engine.checking.brief import Brief, Known
from engine.checking.fact import Fact
from engine.checking.lexicon import fold
from engine.checking.support import demanded_facts


def telling_words(brief: Brief) -> tuple[list[str], list[Fact]]:
    """Return the words that an instruction's mail should hold, and the facts it should state.

    Left out: function words, verbs such as "tell", words about the mail's form, the addressee.
    """
    words = brief.words
    ignored = (
        words.words("function_words.list")
        | words.words("instructions.verbs")
        | words.words("instructions.form")
    )
    found: dict[str, str] = {}
    for match in words.match_words(brief.instruction):
        word = match[0].lower()
        in_fact = any(
            fact.start < match.end() and match.start() < fact.end
            for fact in brief.facts
            if fact.firm
        )
        if in_fact or word in ignored or word.removesuffix("'s") in ignored:
            continue
        if fold(word.removesuffix("'s")) in brief.addressee or not any(map(str.isalpha, word)):
            continue
        found.setdefault(words.stem(word), word)
    return list(found.values()), demanded_facts(brief)


def coverage(draft: str, brief: Brief) -> float:
    """Return the share of the telling words and facts of an instruction that a draft holds.

    1.0 for an instruction without any.
    """
    told, facts = telling_words(brief)
    total = len(told) + len(facts)
    if not total:
        return 1.0
    return 1.0 - len(uncovered(draft, brief)) / total


def uncovered(draft: str, brief: Brief) -> list[str]:
    """Return the telling words and facts that a draft lacks."""
    told, facts = telling_words(brief)
    stated = Known((draft,))
    stems = {brief.words.stem(word) for word in brief.words.find_words(draft)} | stated.stems
    words = [word for word in told if brief.words.stem(word) not in stems]
    return words + [fact.text for fact in facts if not stated.states(fact, brief.words)]
