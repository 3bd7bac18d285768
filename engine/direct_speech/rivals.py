"""Who or what else a pronoun may mean than the reader, where a verb may stand last.

In "dass Ben kommt und er den Schlüssel hat" he may be Ben, and in "the dog has his lead" the lead
may be the dog's; such a text is not said.
"""

from __future__ import annotations

from engine.checking.first_names import sex_of
from engine.checking.lexicon import fold
from engine.direct_speech.clauses import Clause, Parsed
from engine.direct_speech.family import SEX_OF
from engine.direct_speech.others import others_in
from engine.direct_speech.speech import Speech


class Rivals:
    """Those whom a text, or what was said before it, names besides writer and reader."""

    def __init__(self, speech: Speech, before: str) -> None:
        self.speech = speech
        earlier = Parsed(before, speech.words)
        self.named_before = earlier.lower
        self.people = _people(speech.parsed, speech)
        """The places of people in the text, with their sex: one of SEXES or ''."""
        self.sexes_before = set(_people(earlier, speech).values())

    def is_free(self, place: int) -> bool:
        """Whether nobody else whom the pronoun at a place may mean was named before it."""
        mine = ("", SEX_OF.get(self.speech.family, ""))
        return self.sexes_before.isdisjoint(mine) and not any(
            one < place and sex in mine for one, sex in self.people.items()
        )

    def has_thing(self, place: int) -> bool:
        """Whether a thing that the pronoun at a place may mean was named before it."""
        named = [*self.named_before, *self.speech.lower[:place]]
        return not self._things().isdisjoint(named)

    def are_others(self, place: int) -> bool:
        """Whether "they" are people or things that were named before, not the reader's."""
        speech = self.speech
        named = speech.words.words("direct.she_things", "direct.several", "numbers.values")
        is_named = any(
            word in named or word[0].isdigit() or one in self.people
            for one, word in enumerate(speech.lower[:place])
        )
        return is_named and not (speech.reader.is_formal and speech.is_capital(place))

    def may_own(self, place: int, clause: Clause) -> bool:
        """Whether something may be its clause's subject's: "the dog has his lead"."""
        speech = self.speech
        if speech.has_other_subject(clause, place):
            return False
        things = self._things()
        inside = range(clause.first, place)
        return any(speech.lower[one] in things and one not in speech.changes for one in inside)

    def _things(self) -> frozenset[str]:
        return self.speech.words.words(f"direct.{self.speech.family}_things")


def _people(parsed: Parsed, speech: Speech) -> dict[int, str]:
    """Return the places of people besides the reader in a text, with their sex."""
    words, brief = speech.words, speech.brief
    found = dict(others_in(parsed.written, brief))
    no_names = words.words("names.also_words", "function_words.list")
    for place, word in enumerate(parsed.written):
        sex = sex_of(word)
        if sex and word[0].isupper() and word.lower() not in no_names:
            found.setdefault(place, sex)
        if _may_be_name(place, parsed):
            found.setdefault(place, "")
        is_several = word.lower() in words.words("direct.several")
        if is_several and speech.family == "she":  # "Sie" and "ze" may be they, too.
            found[place] = ""
    return {
        place: sex
        for place, sex in found.items()
        if fold(parsed.written[place]) not in brief.addressee
    }


def _may_be_name(place: int, parsed: Parsed) -> bool:
    """Whether a word with a capital stands where a name would: "dass Ben kommt"."""
    words = parsed.words
    times = words.words_before("calendar.weekdays")
    little = words.words("function_words.list", "names.also_words", "answers.yes")
    word = parsed.lower[place]
    opens = place == 0 or parsed.lower[place - 1] in words.words("direct.subordinators")
    return opens and parsed.written[place].istitle() and word not in little | times
