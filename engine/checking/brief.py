"""What a draft was made from, and who it is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from engine.checking.fact import Fact, values_of
from engine.checking.facts import find_facts
from engine.checking.lexicon import (
    WORD,
    Lexicon,
    alternatives,
    fold,
    language_of_notes,
    lexicon,
    lexicon_of,
    straight,
)

_OPENING_WORDS = 6
_PLEASE = r"(?:please|pls|bitte|por favor)\s+"
_CAPITAL_WORDS = r"((?-i:[^\W\d_a-zß-ÿ][\w'-]*\.?)(?:\s(?-i:[^\W\d_a-zß-ÿ][\w'-]*)){0,2})"


@dataclass(frozen=True)
class Brief:
    """The texts that a draft may take facts from.

    recipient: a name or address, '' if unknown. thread: the mails being answered, by others.
    own: the user's own texts shown to the model: past mails, facts, earlier rounds.
    """

    instruction: str
    recipient: str = ""
    user_name: str = ""
    thread: tuple[str, ...] = ()
    own: tuple[str, ...] = ()

    @cached_property
    def words(self) -> Lexicon:
        """The word lists of the instruction's language."""
        return lexicon(language_of_notes(self.instruction))

    @cached_property
    def line(self) -> str:
        """The instruction on one line, with straight apostrophes."""
        return re.sub(r"\s+", " ", straight(self.instruction)).strip()

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """The facts of the instruction."""
        return find_facts(self.instruction, self.words.language)

    @cached_property
    def addressee(self) -> frozenset[str]:
        """The words of the addressee's name, folded; empty if unknown."""
        return frozenset(
            fold(word.removesuffix("'s"))
            for name in (re.sub(r"[@._]", " ", self.recipient), self.named_addressee)
            for word in self.words.find_words(name)
            if word.lower() not in self.words.words("function_words.list")
            and word.lower() not in self.words.words_before("calendar.weekdays")
        )

    @cached_property
    def named_addressee(self) -> str:
        """The name after "tell" or before a colon at the start of the instruction, or ''."""
        return _named_addressee(self)

    @cached_property
    def has_several_addressees(self) -> bool:
        """Whether the mail is to more than one person, as far as the recipient says."""
        joiner = alternatives(self.words.words("numbers.joiners"))
        several = re.compile(rf"[,;&]|\s{joiner}\s", re.IGNORECASE)
        opening = " ".join(self.instruction.split()[:_OPENING_WORDS])
        return several.search(self.recipient) is not None or (
            not self.recipient and several.search(opening) is not None
        )

    @cached_property
    def given_by_user(self) -> Known:
        """What the user gave: the instruction, own texts, the names."""
        return Known((self.instruction, *self.own, self.user_name, _spaced(self.recipient)))

    @cached_property
    def given_by_others(self) -> Known:
        """What the mails of others give."""
        return Known(self.thread)


@dataclass(frozen=True)
class Known:
    """Texts whose facts are known."""

    texts: tuple[str, ...]

    @cached_property
    def values(self) -> frozenset[str]:
        """Everything that the facts of the texts may mean."""
        return frozenset().union(*(values_of(find_facts(text)) for text in self.texts))

    @cached_property
    def stems(self) -> frozenset[str]:
        """The folded words of the texts and their stems; names also stand in lower case there."""
        found: set[str] = set()
        for text in self.texts:
            words = lexicon_of(text)
            for word in WORD.findall(straight(text)):
                for part in {word, *re.split(r"[-']", word)} - {""}:
                    found.update((fold(part), words.stem(part)))
        return frozenset(found)

    def states(self, fact: Fact, words: Lexicon) -> bool:
        """Whether the texts state a fact. words: the lists of the fact's language."""
        if fact.values & self.values:
            return True
        if fact.kind != "name":
            return False
        if not {fold(fact.text), words.stem(fact.text)}.isdisjoint(self.stems):
            return True
        stem = words.name_stem(fact.text)
        return stem != fold(fact.text) and any(known.startswith(stem) for known in self.stems)


def _named_addressee(brief: Brief) -> str:
    """Return the name after "tell" or before a colon at the start of an instruction, or ''."""
    text = straight(brief.instruction.strip())
    verbs = alternatives(brief.words.words("instructions.verbs"))
    to = alternatives(brief.words.words("instructions.to"))
    after_verb = re.match(
        rf"(?:{_PLEASE})?{verbs}\s+(?:{to}\s+)?{_CAPITAL_WORDS}", text, re.IGNORECASE
    )
    before_colon = re.match(r"([^\W\d_][\w'-]*(?:\s[^\W\d_][\w'-]*){0,2}):\s", text)
    found = after_verb or before_colon
    return found[1] if found else ""


def _spaced(address: str) -> str:
    return re.sub(r"[@._<>\"-]", " ", address)
