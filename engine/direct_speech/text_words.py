"""The words of a text, and what stands between them."""

from __future__ import annotations

from engine.checking.lexicon import Lexicon
from engine.direct_speech.wording import may_stand_between


class TextWords:
    """A text's words, and what stands between them."""

    def __init__(self, text: str, words: Lexicon) -> None:
        self.text, self.words = text, words
        self.tokens = list(words.match_words(text))
        self.lower = [token[0].lower() for token in self.tokens]

    def gap(self, place: int) -> str:
        """What stands between a word and the one before it."""
        return self.text[self.tokens[place - 1].end() : self.tokens[place].start()]

    def before(self, place: int) -> str:
        """The word before one, '' where a mark or nothing is."""
        return self.lower[place - 1] if place and self.gap(place) == " " else ""

    def behind(self, place: int) -> str:
        """The word behind one, '' where a mark or nothing is."""
        is_next = place + 1 < len(self.tokens) and self.gap(place + 1) == " "
        return self.lower[place + 1] if is_next else ""

    def past_adverbs(self, place: int) -> int:
        """The place of the first word from a place on that may be a verb: "still | has"."""
        while place < len(self.lower) and may_stand_between(self.lower[place], self.words):
            place += 1
        return place
