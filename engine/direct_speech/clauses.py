"""Take a text apart into clauses, where the verb may stand last, and find each subject's verb."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from engine.checking.lexicon import Lexicon
from engine.direct_speech.verbs import is_finite, may_be_participle

_APART = re.compile(r"[,;:!?()–—…]|\.(?=\s|$)|\s-\s")


@dataclass(frozen=True)
class Clause:
    """A clause: the places of its words from `start` up to `end`.

    first: the place of its first word that is no "and". is_dependent: whether its verb is last.
    """

    start: int
    end: int
    first: int
    is_dependent: bool


class Parsed:
    """A text's words and clauses."""

    def __init__(self, text: str, words: Lexicon) -> None:
        self.text, self.words = text, words
        self.tokens = list(words.match_words(text))
        self.written = [token[0] for token in self.tokens]
        self.lower = [word.lower() for word in self.written]

    @cached_property
    def clauses(self) -> list[Clause]:
        """The clauses, in order; every word is in one."""
        starts = [place for place in range(len(self.tokens)) if self._begins(place)]
        return [
            self._clause(start, end)
            for start, end in zip(starts, [*starts[1:], len(self.tokens)], strict=True)
        ]

    def clause_of(self, place: int) -> Clause:
        """The clause that a word is in."""
        return next(clause for clause in self.clauses if clause.start <= place < clause.end)

    def gap(self, place: int) -> str:
        """What stands before a word, up to the one before it."""
        before = self.tokens[place - 1].end() if place else 0
        return self.text[before : self.tokens[place].start()]

    def ends_sentence(self, place: int) -> bool:
        """Whether a sentence ends before a word."""
        gap = self.gap(place)
        if re.search(r"[!?;]", gap):
            return True
        if "." not in gap or (place and self.lower[place - 1] in self.words.words("direct.titles")):
            return False
        if place and self.written[place - 1].isdigit():  # "Am 3. Mai".
            word = self.written[place]
            functions = self.words.words("function_words.list")
            return word[0].isupper() and word.lower() in functions
        return True

    def is_apart(self, place: int) -> bool:
        """Whether a mark stands before a word."""
        gap = self.gap(place)
        if gap.strip() == "." and not self.ends_sentence(place):
            return False
        return _APART.search(gap) is not None

    def verb_of(self, place: int) -> tuple[int, bool] | None:
        """Return the place of the verb whose subject is a pronoun, and whether it stands before.

        None if it is not found.
        """
        clause = self.clause_of(place)
        before = place - 1
        if before >= clause.first and not (clause.is_dependent and before == clause.first):
            if is_finite(self.lower[before], self.words) and self.written[before].islower():
                return before, True
            if before == clause.first and is_finite(self.lower[before], self.words):
                return before, True
        if not clause.is_dependent:
            is_next = place == clause.first and place + 1 < clause.end
            return (place + 1, False) if is_next else None
        verb = self.last_verb(place + 1, clause.end)
        return None if verb is None else (verb, False)

    def last_verb(self, start: int, end: int) -> int | None:
        """Return the place of the finite verb of a dependent clause between two places."""
        if start >= end:
            return None
        known = self.words.words_before("direct.verbs_before")
        if not known:  # It is always the last.
            return end - 1
        known |= self.words.words_before("direct.verbs")
        places = range(start, end)
        helping = next((place for place in places if self.lower[place] in known), None)
        verbs = (place for place in reversed(places) if is_finite(self.lower[place], self.words))
        return next(verbs, end - 1) if helping is None else helping

    def _begins(self, place: int) -> bool:
        words, lower = self.words, self.lower
        if place == 0 or self.is_apart(place):
            return True
        if lower[place] in words.words("direct.subordinators"):
            joined = lower[place - 1] in words.words("direct.coordinators")
            return not (joined and self._begins(place - 1))
        if lower[place] not in words.words("direct.coordinators") or place + 1 == len(lower):
            return False
        following = lower[place + 1]
        nominative = words.words("direct.subjects", "direct.nominative")
        asking = words.words("direct.subordinators", "instructions.interrogatives")
        behind = lower[place + 2] if place + 2 < len(lower) else ""
        return (
            following in nominative
            or following in asking
            or (is_finite(following, words) and behind in nominative)
        )

    def _clause(self, start: int, end: int) -> Clause:
        words, lower = self.words, self.lower
        first = start
        while first + 1 < end and lower[first] in words.words("direct.coordinators"):
            first += 1
        opening = lower[first : first + 2]
        strict = words.words("direct.subordinators")
        loose = words.words("direct.loose_subordinators", "instructions.interrogatives")
        is_first = start == 0 or self.ends_sentence(start)
        asks = [word for word in opening if word in words.words("instructions.interrogatives")]
        is_dependent = opening[0] in strict or bool(asks)
        if not is_dependent and not is_first and opening[0] in loose:
            # "The one he promised me", but "that I tell her myself".
            following = opening[1] if len(opening) > 1 else ""
            is_dependent = not is_finite(following, words) or end - first <= 2
        if first + 2 < end and opening[0] in words.words("direct.demonstrative"):
            # "That I do myself."
            is_dependent = is_dependent and lower[first + 2] not in words.words("direct.subjects")
        return Clause(start, end, first, is_dependent)

    def more_verbs(self, verb: int, clause: Clause) -> list[int] | None:
        """Return the places of further verbs of the same subject: "and brings it".

        None where it can't be told whether there is one.
        """
        words, found = self.words, []
        joiners = [
            place
            for place in range(verb + 1, min(clause.end, len(self.lower)))
            if self.lower[place] in words.words("direct.coordinators")
        ]
        for place in joiners:
            if place + 1 >= clause.end:
                return None
            if clause.is_dependent:
                if place - 1 != verb and place - 1 not in found:
                    continue
                if self.lower[place + 1] not in words.words("direct.more_of_same"):
                    return None
                stop = next((one for one in joiners if one > place), clause.end)
                found.append(stop - 1)
            elif is_finite(self.lower[place + 1], words):
                found.append(place + 1)
        ends_with_helper = found and self.lower[found[-1]] in words.words_before("direct.verbs")
        if ends_with_helper and may_be_participle(self.lower[verb], words):
            return None
        return found
