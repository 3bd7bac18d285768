"""A clause of an instruction on its way to the reader, and what its words are."""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.checking.lexicon import replace_words
from engine.direct_speech.romance.reader import Reader, is_another, is_of_reader, notice
from engine.direct_speech.romance.verbs import forms


class Unclear(Exception):
    """Whose a word is can't be told."""


class Clause:
    """The words of a clause, and what they are changed to.

    changes: by a word's place; '' takes it away. has_others: whether anybody else is mentioned
    before each word. others_do: the places where somebody else does it. reader_does: where the
    reader does. ordered: where each order
    begins, its pronouns and its verb. has_object: whether the object comes first: "la llave la".
    behind: the place of whom the verb is for, behind it.
    """

    def __init__(self, text: str, reader: Reader, brief: Brief) -> None:
        self.text, self.reader, self.brief, self.words = text, reader, brief, brief.words
        self.tokens = list(self.words.match_words(text))
        self.lower = [token[0].lower() for token in self.tokens]
        self.forms = forms(self.words)
        self.own = self.words.pairs("direct.formal" if reader.is_formal else "direct.informal")
        self.says = self.words.pairs("direct.says_formal" if reader.is_formal else "direct.says")
        self.changes: dict[int, str] = {}
        self.has_others = self._others()
        self.others_do: set[int] = set()
        self.reader_does: set[int] = set()
        self.ordered: list[tuple[int, int, int]] = []
        self.has_object = False
        self.behind: int | None = None

    def at(self, place: int) -> str:
        """Return the word at a place in lower case; '' outside of the clause."""
        return self.lower[place] if 0 <= place < len(self.lower) else ""

    def gap(self, place: int) -> str:
        """Return what stands between a word and the next."""
        if not 0 <= place < len(self.tokens) - 1:
            return ""
        return self.text[self.tokens[place].end() : self.tokens[place + 1].start()]

    def is_another(self, place: int) -> bool:
        """Whether a word is a person besides writer and reader."""
        return is_another(self.tokens[place][0], self.at(place - 1), self.brief)

    def is_known_opening(self, place: int) -> bool:
        """Whether a statement may begin with a word: no order to an assistant."""
        words = self.words
        known = words.words("function_words.list", "direct.between", "direct.openers")
        times = words.words_before("calendar.weekdays") | words.words_before("calendar.relative")
        word = self.lower[place]
        is_known = word in known | times | words.words_before("numbers.values")
        return is_known or word[0].isdigit() or self.is_another(place)

    def check_name(self) -> None:
        """Refuse a clause with the reader's name."""
        if any(is_of_reader(token[0], self.brief) for token in self.tokens):
            raise Unclear

    def _others(self) -> list[bool]:
        seen, found = bool(self.reader.others), []
        for place in range(len(self.tokens)):
            found.append(seen)
            seen = seen or self.is_another(place)
        return found


def replaced(clause: Clause, changes: dict[int, str]) -> str:
    """Return a clause with changes, and the apostrophes of Italian: "l'ho" as "ti ho"."""
    said = replace_words(clause.text, clause.tokens, changes)
    said = re.sub(r"\b(t[ei])'", r"\1 ", said).replace("la'", "l'")
    return re.sub(r"\s+", " ", said).strip()


def see(clause: Clause, place: int) -> None:
    """Take note of whom or what a word mentions."""
    if not is_pronoun(clause, place):
        notice(clause.tokens[place][0], clause.at(place - 1), clause.reader, clause.brief)


def is_verb(clause: Clause, place: int, start: int) -> bool:
    """Whether a word is a verb, not a noun that is written like one: "la compra"."""
    word, words = clause.lower[place], clause.words
    before = clause.lower[place - 1] if place > start else ""
    if word not in clause.forms or before in words.words("direct.before_nouns"):
        return False
    pronouns = words.words("direct.object_pronouns", "instructions.negations")
    is_object = place > start + 1 and clause.at(place - 2) in pronouns  # "Se la lleva".
    may_be_noun = not is_object and (before in words.words("direct.articles") or not before)
    return not (word in words.words("direct.nouns") and may_be_noun)


def is_pronoun(clause: Clause, place: int) -> bool:
    """Whether "la" or "le" stands before a verb rather than a noun."""
    pronouns = clause.words.words("direct.object_pronouns", "direct.accusative")
    if clause.lower[place] not in pronouns or place + 1 == len(clause.lower):
        return False
    return is_verb(clause, place + 1, place) or is_pronoun(clause, place + 1)
