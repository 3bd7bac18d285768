"""Find the facts of a draft that nothing gives, and those of its instruction that it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from engine.checking.brief import Brief, Known
from engine.checking.fact import Fact
from engine.checking.facts import find_facts
from engine.checking.lexicon import WORD, alternatives, fold, lexicon_of

_FROM_OTHERS = ("link", "email", "iban", "amount", "phone")
"""What a mail to answer may want to smuggle into the user's own words."""

_FEWEST_WORDS = 7  # of a copied sentence
_LONGEST_MAIL = 20_000  # characters that are compared
_SENTENCE_END = re.compile(r"[.!?…。！？]+(?=\s|$)|\n")

_CHARACTERS_BEFORE = 24  # in which "instead of" stands before a fact


def unsupported_facts(draft: str, brief: Brief) -> list[Fact]:
    """Return the firm facts of a draft that are in nothing that it was made from."""
    words = lexicon_of(draft, brief.words.language)
    # Without the user's name, nobody can tell whether the signature is invented.
    last_line = draft.rstrip().rfind("\n")
    signature = len(draft) if brief.user_name or last_line < 0 else last_line
    return _joined(
        draft,
        (
            fact
            for fact in find_facts(draft, words.language)
            if fact.firm
            and not (fact.start >= signature and fact.kind == "name")
            and not brief.given_by_user.states(fact, words)
            and not brief.given_by_others.states(fact, words)
        ),
    )


def facts_from_others(draft: str, brief: Brief) -> list[Fact]:
    """Return links, addresses, IBANs, phone numbers and amounts that only others' mails give.

    And whole sentences that are copied from them.
    """
    words = lexicon_of(draft, brief.words.language)
    facts = [
        fact
        for fact in find_facts(draft, words.language)
        if fact.kind in _FROM_OTHERS
        and not brief.given_by_user.states(fact, words)
        and brief.given_by_others.states(fact, words)
    ]
    return sorted([*facts, *_copied_sentences(draft, brief)], key=lambda fact: fact.start)


def missing_facts(draft: str, brief: Brief) -> list[Fact]:
    """Return the firm facts of the instruction that a draft lacks.

    Not those about its form ("in two sentences"), nor the addressee's name, nor what the mail
    should no longer say ("instead of Monday").
    """
    stated = Known((draft,))
    lacking = (fact for fact in demanded_facts(brief) if not stated.states(fact, brief.words))
    return _joined(brief.instruction, lacking)


def demanded_facts(brief: Brief) -> list[Fact]:
    """Return the facts of the instruction that its mail has to state."""
    form = alternatives(brief.words.words("instructions.form"))
    about_form = re.compile(rf"\s{form}\b", re.IGNORECASE)
    instead = alternatives(brief.words.words("instructions.instead"))
    no_longer = re.compile(rf"\b{instead}\s(?:\w+\s)?$", re.IGNORECASE)
    text = brief.instruction
    return [
        fact
        for fact in brief.facts
        if fact.firm
        and not (fact.kind == "name" and fold(fact.text) in brief.addressee)
        and not (fact.kind == "number" and about_form.match(text, fact.end))
        and not no_longer.search(text[max(0, fact.start - _CHARACTERS_BEFORE) : fact.start])
    ]


def _copied_sentences(draft: str, brief: Brief) -> Iterator[Fact]:
    """Yield the sentences of others' mails that stand word for word in a draft, each once.

    Not those that the user wrote, too, nor short ones, which may be mere politeness.
    """
    words = list(WORD.finditer(draft))
    drafted = _spelt(words)
    texts = (text for mail in brief.thread for text in _SENTENCE_END.split(mail[:_LONGEST_MAIL]))
    sentences = {_spelt(WORD.finditer(text)) for text in texts}
    copied = sorted(
        sentence
        for sentence in sentences
        if sentence.count(" ") > _FEWEST_WORDS and sentence in drafted
    )
    own = [_spelt(WORD.finditer(text)) for text in brief.given_by_user.texts] if copied else []
    for sentence in copied:
        if any(sentence in text for text in own):
            continue
        count = sentence.count(" ") - 1
        first = drafted[: drafted.index(sentence)].count(" ")
        start, end = words[first].start(), words[first + count - 1].end()
        yield Fact("sentence", draft[start:end], start, end, frozenset({f"sentence{sentence}"}))


def _spelt(words: Iterable[re.Match[str]]) -> str:
    """Return words in one spelling, with a space before each and one behind the last."""
    return "".join(f" {fold(word[0]).replace(' ', '')}" for word in words) + " "


def _joined(text: str, facts: Iterable[Fact]) -> list[Fact]:
    """Join names that follow each other, as in "Ann Lee"."""
    joined: list[Fact] = []
    for fact in facts:
        last = joined[-1] if joined else None
        if last and last.kind == fact.kind == "name" and text[last.end : fact.start] == " ":
            values = last.values | fact.values
            joined[-1] = Fact("name", text[last.start : fact.end], last.start, fact.end, values)
        else:
            joined.append(fact)
    return joined
