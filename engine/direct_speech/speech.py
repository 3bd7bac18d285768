"""A text that is said to its reader: its words, and what each of them becomes.

`you.py` fills in the changes, word by word; `rivals.py`, `owners.py` and `fragments.py` are asked
on the way. "Dass er kommt" has the changes {1: "du", 2: "kommst"} and the subject {0: 1}.
"""

from __future__ import annotations

from engine.checking.brief import Brief
from engine.checking.lexicon import capitalised, fold, replace_words
from engine.direct_speech.address import Reader
from engine.direct_speech.clauses import Clause, Parsed


class Speech:
    """A text, its reader, and the changes found so far.

    forms: each pronoun that may be the reader's -> you. owned: those of them that may stand before
    what is owned. changes: a word's place -> what it becomes. subjects: a clause's start -> the
    place of its subject, where that has become you.
    """

    def __init__(self, text: str, reader: Reader, brief: Brief) -> None:
        self.reader, self.brief, self.words = reader, brief, brief.words
        self.parsed = Parsed(text, brief.words)
        self.lower = self.parsed.lower
        self.family = reader.family
        self.forms = self.words.pairs(f"direct.{self.family}") if self.family else {}
        self.owned = {
            word: form
            for word, form in self.words.pairs("direct.owned").items()
            if word in self.forms
        }
        self.changes: dict[int, str] = {}
        self.subjects: dict[int, int] = {}

    def text(self) -> str:
        """Return the text with its changes, and capitals where it had them."""
        made = {
            place: capitalised(word) if self.is_capital(place) else word
            for place, word in self.changes.items()
        }
        return replace_words(self.parsed.text, self.parsed.tokens, made)

    def you(self, form: str) -> str:
        """Return you as the reader is called: "dich", or "Sie"."""
        key = "direct.formally" if self.reader.is_formal else "direct.familiarly"
        return self.words.pairs(key).get(form, form)

    def is_capital(self, place: int) -> bool:
        """Whether a word has a capital that what it becomes must have, too."""
        if self.is_reader_named(place):
            return place == 0 or self.parsed.ends_sentence(place)
        return self.parsed.written[place][:1].isupper()

    def is_reader_named(self, place: int) -> bool:
        """Whether a word is the reader's name."""
        word = self.lower[place]
        if word in self.words.words("direct.titles", "direct.male", "direct.female"):
            return False
        return not self.brief.addressee.isdisjoint((fold(word), fold(word).removesuffix("s")))

    def has_other_subject(self, clause: Clause, place: int) -> bool:
        """Whether a clause has a subject besides the pronoun at a place: "dass ich ihn hole"."""
        nominative = self.words.words("direct.subjects") - {"es"}
        inside = range(clause.first, clause.end)
        return any(self.lower[one] in nominative for one in inside if one != place)

    def is_joined(self, place: int) -> bool:
        """Whether "or" stands behind a word: "er oder Anne"."""
        behind = self.lower[place + 1 : place + 2]
        return bool(behind) and behind[0] in self.words.words("direct.joining")
