"""Whether he or she is the reader, where somebody else of that sex is named, too.

Rules can't tell in "tell Ann that Eva is ill and she should stay away". What tells is weighed: how
far the other one is, how the sentence goes on, and whom the pronouns before meant.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import tomli

from engine.checking.brief import Brief
from engine.checking.first_names import sex_of
from engine.checking.lexicon import fold
from engine.direct_speech.family import SEX_OF, family_of, family_of_word
from engine.direct_speech.orders import Order
from engine.direct_speech.others import others_in, reader_sex
from engine.direct_speech.text_words import TextWords
from engine.direct_speech.wording import auxiliaries
from engine.fitted_weights import weighed

WEIGHTS = Path(__file__).with_name("meant.toml")
"""Of the features of a pronoun, fitted to the corpus by `python -m training.pronoun_weights`."""

SURE = 0.8
"""The probability from which on somebody is meant. Chosen by hand."""

_FAR, _NEAR, _MANY = 20, 6, 3


def readers(text: str, family: str, brief: Brief, before: str, *, asks: bool) -> set[int] | None:
    """Return the places of the words of a text that are the reader's among he or she and the like.

    family: "he" or "she". before: what is told before the text, asks: whether the text asks the
    reader. None where somebody else may be meant as well.
    """
    said = Said(text, before, family, brief, asks=asks)
    weights = _weights()
    meant: dict[int, bool] = {}
    for place in said.pronouns:
        found = said.features(place, meant)
        total = weighed(found, weights)
        likely = 1 / (1 + math.exp(-total))
        if place >= said.start and max(likely, 1 - likely) < SURE:
            return None
        meant[place] = likely > 0.5
    return {
        place - said.start
        for place, is_reader in meant.items()
        if is_reader and place >= said.start
    }


def family_or_weighed(found: Sequence[Order], brief: Brief) -> tuple[str | None, bool]:
    """Return which pronouns are the reader's, as `family_of`, and whether each has to be weighed.

    None where not even weighing tells.
    """
    family = family_of(found, brief)
    return (family_to_weigh(found, brief), True) if family is None else (family, False)


def family_to_weigh(found: Sequence[Order], brief: Brief) -> str | None:
    """Return "he" or "she" if some of these pronouns may be the reader's; None if it isn't known.

    None, too, where they may be the reader's, or of "Ann's teacher" one and Ann the other.
    """
    words = brief.words
    if any("'s " in f"{order.whom} " for order in found):
        return None
    contents = " ".join(order.content for order in found)
    used = {family_of_word(word.lower(), words) for word in words.find_words(contents)} - {""}
    sex = sex_of_reader(brief)
    own = {family for family in used & set(SEX_OF) if not sex or SEX_OF[family] == sex}
    return own.pop() if len(own) == 1 and "they" not in used else None


class Said:
    """What is told, and who may be meant in it. start: the place at which the text begins."""

    def __init__(
        self, text: str, before: str, family: str, brief: Brief, *, asks: bool = False
    ) -> None:
        words = brief.words
        self._read = TextWords(f"{before} {text}" if before else text, words)
        self._words, self._asks, self._sex = words, asks, SEX_OF[family]
        self.start = len(words.find_words(before))
        lower = self._read.lower
        forms = words.words_before(f"direct.{family}")
        self.pronouns = [place for place, word in enumerate(lower) if word in forms]
        self._forms = forms
        self._people = _people(self._read, brief)
        self._reader = sex_of_reader(brief)
        self._starts = words.words("direct.clauses", "direct.conditions")
        self._mine = words.words("roles.first", "roles.first_possessive", "reported.first_objects")
        self._reports = words.words("direct.reports")
        self._animals = words.words("direct.animals")
        others = {word for one in SEX_OF for word in words.words_before(f"direct.{one}")} - forms
        second = words.words("roles.second", "roles.second_possessive", "roles.second_objects")
        self._always = {
            "others_of_other_sex": float(not others.isdisjoint(lower)),
            "you": float(not second.isdisjoint(lower)),
            f"reader.{_compared(self._reader, self._sex)}": 1.0,
        }

    def features(self, place: int, meant: Mapping[int, bool]) -> dict[str, float]:
        """Return what tells whom the pronoun at a place means: name -> value.

        meant: for the places of the pronouns before it, whether the reader is meant.
        """
        lower, read = self._read.lower, self._read
        found = {"bias": 1.0, "asks": float(self._asks and place >= self.start)} | self._always
        found["first_sentence"] = float(not self._ends(0, place))
        found["question"] = float(self._is_question(place))
        before, behind = read.before(place), read.behind(place)
        form = self._form_of(place, behind)
        found[f"form.{form}"] = 1.0
        mark = "start" if place == 0 else "mark" if not before else ""
        known = self._starts | auxiliaries(self._words)
        found[f"before.{mark or (before if before in known else 'other')}"] = 1.0
        found[f"behind.{behind if behind in known else 'other' if behind else 'end'}"] = 1.0
        people = self._people.items()
        rivals = [one for one, sex in people if one < place and sex in ("", self._sex)]
        same = [one for one in rivals if self._people[one]]
        found["rivals"] = min(_MANY, len(rivals)) / _MANY
        found["no_rival"], found["no_rival_of_sex"] = float(not rivals), float(not same)
        for name, ones in (("rival", rivals), ("of_sex", same)):
            if ones:
                found |= self._between(name, max(ones), place)
        earlier = [one for one in self.pronouns if one < place and one in meant]
        if earlier:
            last = earlier[-1]
            who = "reader" if meant[last] else "other"
            found[f"last.{who}"] = 1.0
            found[f"last.{who}.{'sentence' if self._ends(last, place) else 'same'}"] = 1.0
            found[f"last.{who}.{'rival' if any(one > last for one in rivals) else 'none'}"] = 1.0
            clause = any(word in self._starts for word in lower[last + 1 : place])
            found[f"last.{who}.{form}"] = float(not clause)
            if len({meant[one] for one in earlier}) == 1:
                found[f"all.{who}"] = 1.0
        else:
            found[f"first.{'rival' if rivals else 'none'}"] = 1.0
        return found

    def _between(self, name: str, other: int, place: int) -> dict[str, float]:
        """Return how somebody else stands to a pronoun behind them."""
        read, lower = self._read, self._read.lower
        inside = range(other + 1, place)
        marks = sum(bool(read.gap(one).strip()) for one in range(other + 1, place + 1))
        first = other
        while first and read.gap(first) == " " and self._belongs(first - 1):
            first -= 1
        before = read.before(first) if first else ""
        return {
            f"{name}.far": min(_FAR, place - other) / _FAR,
            f"{name}.words.{min(_NEAR, place - other)}": 1.0,
            f"{name}.marks.{min(_MANY, marks)}": 1.0,
            f"{name}.sentence": float(self._ends(other, place)),
            f"{name}.clauses": sum(lower[one] in self._starts for one in inside) / 2,
            f"{name}.subject": float(not before or before in self._starts),
            f"{name}.owner": float(lower[other].endswith("'s")),
            f"{name}.mine": float(lower[first] in self._mine),
            f"{name}.theirs": float(lower[first] in self._forms),
            f"{name}.writer": float(any(lower[one] in self._mine for one in inside)),
            f"{name}.reports": float(any(lower[one] in self._reports for one in inside)),
            f"{name}.animal": float(lower[other] in self._animals),
        }

    def _belongs(self, place: int) -> bool:
        """Whether a word belongs to the noun behind it: "my old friend Ann"."""
        begins = self._words.words("reported.articles") | self._mine | self._forms
        return self._read.lower[place] in begins or place in self._people

    def _form_of(self, place: int, behind: str) -> str:
        word = self._read.lower[place].partition("'")[0]
        if word in SEX_OF:
            return "subject"
        if word == "her":
            little = behind in self._words.words("function_words.list") or not behind
            return "object" if little else "owner"
        return "object" if word == "him" else "owner"

    def _ends(self, first: int, last: int) -> bool:
        """Whether a sentence ends between two words."""
        return any(
            re.search(r"[.!?;\n]", self._read.gap(one)) for one in range(first + 1, last + 1)
        )

    def _is_question(self, place: int) -> bool:
        end = self._read.tokens[place].end()
        mark = re.search(r"[.!?;\n]", self._read.text[end:])
        return mark is not None and mark[0] == "?"


def _compared(reader: str, sex: str) -> str:
    return "unknown" if not reader else "same" if reader == sex else "other"


def sex_of_reader(brief: Brief) -> str:
    """Return the sex that the reader's name or title tells, '' if none does."""
    called = {word.lower() for word in brief.words.find_words(brief.recipient)}
    told = [
        sex for sex in SEX_OF.values() if not called.isdisjoint(brief.words.words(f"direct.{sex}"))
    ]
    return told[0] if len(told) == 1 else reader_sex(brief)


def _people(read: TextWords, brief: Brief) -> dict[int, str]:
    """Return the places of people and animals besides writer and reader, with their sex or ''."""
    written = [token[0] for token in read.tokens]
    found = dict(others_in(written, brief))
    animals = brief.words.words("direct.animals")
    no_names = brief.words.words("names.also_words", "function_words.list")
    reports = brief.words.words("direct.reports")
    nobody = brief.words.words("function_words.list", "direct.subjects", "direct.between")
    for place, word in enumerate(written):
        name = word.removesuffix("'s")
        if name.lower() in animals:
            found.setdefault(place, "")
        if read.behind(place) in reports and not name.endswith("s"):  # "Bo told me".
            is_named = name.isalpha() and name.lower() not in nobody | auxiliaries(brief.words)
            if is_named and fold(name) not in brief.addressee:
                found.setdefault(place, sex_of(name))
        is_name = name[:1].isupper() and not name.isupper() and name.lower() not in no_names
        if is_name and sex_of(name) and fold(name) not in brief.addressee:
            found.setdefault(place, sex_of(name))
    return found


@cache
def _weights() -> dict[str, float]:
    return tomli.loads(WEIGHTS.read_text(encoding="utf-8"))["weights"]
