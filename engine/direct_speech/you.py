"""The reader as you where a verb may stand last: "dass er kommt" -> "dass du kommst"."""

from __future__ import annotations

from engine.checking.brief import Brief
from engine.checking.first_names import sex_of
from engine.checking.lexicon import capitalised, fold, replace_words
from engine.direct_speech.address import Reader
from engine.direct_speech.clauses import Clause, Parsed
from engine.direct_speech.family import SEX_OF
from engine.direct_speech.others import others_in
from engine.direct_speech.verbs import behind_you, is_finite


def spoken_to(text: str, reader: Reader, brief: Brief, before: str = "") -> str | None:
    """Return a text with a reader's pronouns as you, verbs included.

    before: what is said before it, where others may be named. None if a pronoun may be somebody
    else's, or a verb is not found.
    """
    changed = _Spoken(text, reader, brief, before)
    return changed.text() if changed.change() else None


class _Spoken:
    """The changes of one text."""

    def __init__(self, text: str, reader: Reader, brief: Brief, before: str) -> None:
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
        self.subjects: dict[int, int] = {}  # The clause's start -> its subject's place.
        earlier = Parsed(before, brief.words)
        self.named_before = earlier.lower
        self.people = self._people(self.parsed)
        self.people_before = set(self._people(earlier).values())

    def text(self) -> str:
        made = {
            place: capitalised(word) if self._is_capital(place) else word
            for place, word in self.changes.items()
        }
        return replace_words(self.parsed.text, self.parsed.tokens, made)

    def change(self) -> bool:
        """Find all changes; return whether everything is understood."""
        for place, word in enumerate(self.lower):
            if self._is_reader_named(place):
                begins = place == self.parsed.clause_of(place).first
                if not begins or not self._subject(place, self._i()):
                    return False
            elif word in self.forms:
                if not self._pronoun(place):
                    return False
            elif word in self.words.words("direct.others") and not self._others(place):
                return False
        return all(map(self._reflexive, range(len(self.lower)))) and self._no_verb_is_left()

    def _pronoun(self, place: int) -> bool:
        word = self.lower[place]
        if word in ("sein", "zijn") and self._is_verb(place):
            return True
        if word in self.owned and self._is_owner(place) is None:
            return False
        if self._is_owner(place):
            return self._own(place)
        if word in self.words.words("direct.nominative"):
            return self._nominative(place)
        return self._object(place)

    def _nominative(self, place: int) -> bool:
        """Change er, sie, hij or ze, which may be an object, or several."""
        clause = self.parsed.clause_of(place)
        if clause.start in self.subjects:  # "Sie kann sie abholen."
            return self._object(place)
        if self._is_fragment(clause):
            return self._contrast(place, clause)
        if self._is_choice(place, clause):
            return True
        other = self._other_subject(clause, place)
        is_object = self.lower[place] in self.words.words_before("direct.done_to")
        if other and is_object:
            return self._object(place)
        found = self.parsed.verb_of(place)
        if found is None:
            return False
        verb = self.lower[found[0]]
        if self._is_plural(verb) and self.lower[place] in self.words.words("direct.others"):
            return self._are_others(place)
        if not self._is_personal(place, clause, verb) or not self._is_free(place):
            return False
        return self._subject(place, self.forms[self.lower[place]])

    def _others(self, place: int) -> bool:
        """Whether a pronoun that may be "they" is understood as it stands."""
        if self.lower[place] not in self.words.words("direct.nominative"):
            return self._are_others(place)
        found = self.parsed.verb_of(place)
        if found is None or not self._is_plural(self.lower[found[0]]):
            return True
        return self._other_subject(self.parsed.clause_of(place), place) or self._are_others(place)

    def _are_others(self, place: int) -> bool:
        """Whether "they" are people or things that were named before, not the reader's."""
        named = self.words.words("direct.she_things", "direct.several", "numbers.values")
        is_named = any(
            word in named or word[0].isdigit() or one in self.people
            for one, word in enumerate(self.lower[:place])
        )
        return is_named and not (self.reader.is_formal and self._is_capital(place))

    def _is_choice(self, place: int, clause: Clause) -> bool:
        """Change "he or Bernd" behind "who has it"."""
        before = next((one for one in self.parsed.clauses if one.end == clause.start), None)
        asks = before is not None and self.lower[before.first] in self.words.words("direct.who")
        joined = place + 1 < clause.end and self.lower[place + 1] in self.words.words(
            "direct.joining"
        )
        if not asks or place != clause.first or not joined or clause.end > place + 4:
            return False
        you = self._you(self.forms[self.lower[place]])
        self.changes[place] = self.words.pairs("direct.stressed").get(you, you)
        return True

    def _subject(self, place: int, you: str) -> bool:
        """Make a word you, and its verbs agree."""
        found = self.parsed.verb_of(place)
        if found is None:
            return False
        verb, is_first = found
        clause = self.parsed.clause_of(place)
        if self.lower[place + 1 : place + 2] and self.lower[place + 1] in self.words.words(
            "direct.joining"
        ):
            return False  # "Er oder Anne kauft es."
        more = self.parsed.more_verbs(verb, clause)
        if more is None:
            return False
        for one in (verb, *more):
            form = self._verb(one, is_first and one == verb)
            if form is None:
                return False
            self.changes[one] = form
        self.changes[place] = self._you(you)
        self.subjects[clause.start] = place
        return True

    def _verb(self, place: int, is_first: bool) -> str | None:
        """Return a verb's form behind you, unchanged where it is the same in all forms."""
        form = behind_you(self.lower[place], self.reader.is_formal, self.words, is_first=is_first)
        if form is None and self.words.pairs("direct.verbs_before") and not is_first:
            return self.parsed.written[place]
        return form

    def _object(self, place: int) -> bool:
        """Change whom something is done to; a thing or somebody else stays where it is clear."""
        word, clause = self.lower[place], self.parsed.clause_of(place)
        if clause.start in self.subjects:  # "Du kannst ihn holen."
            return True
        form = self.words.pairs("direct.done_to").get(word, self.forms[word])
        if word not in self.words.words("direct.to_persons") and self._has_thing(place):
            inside = self.lower[clause.start : clause.end]
            return not self.words.words("direct.of_things").isdisjoint(inside)
        if not self._is_free(place):
            return False
        self.changes[place] = self._you(form)
        return True

    def _own(self, place: int) -> bool:
        word, clause = self.lower[place], self.parsed.clause_of(place)
        is_known = clause.start in self.subjects or self._is_same_thing(place)
        if not is_known and (not self._is_free(place) or self._is_clause_owner(place, clause)):
            return False
        self.changes[place] = self._you(self.owned.get(word, self.forms[word]))
        return True

    def _you(self, form: str) -> str:
        if self.reader.is_formal:
            return self.words.pairs("direct.formally").get(form, form)
        return self.words.pairs("direct.familiarly").get(form, form)

    def _is_capital(self, place: int) -> bool:
        if self._is_reader_named(place):
            return place == 0 or self.parsed.ends_sentence(place)
        return self.parsed.written[place][:1].isupper()

    def _is_verb(self, place: int) -> bool:
        """Whether "sein" or "zijn" is to be, not his."""
        clause = self.parsed.clause_of(place)
        if place + 1 >= clause.end:
            return True
        following = self.lower[place + 1]
        before = self.lower[place - 1] if place > clause.start else ""
        return (
            following in self.words.words("direct.coordinators", "function_words.list")
            or following in self.words.words_before("direct.verbs")
            or before in ("zu", "te")
        )

    def _is_owner(self, place: int) -> bool | None:
        """Whether a pronoun is before what is hers; None if it can't be told."""
        word = self.lower[place]
        if word not in self.owned:
            return word in self.words.words("direct.owners")
        clause = self.parsed.clause_of(place)
        if place + 1 >= clause.end or self.parsed.gap(place + 1) != " ":
            return False
        given = self.words.words("direct.before_given")
        if place > clause.start and self.lower[place - 1] in given:
            return False  # "Von ihr."
        following = self.lower[place + 1]
        times = self.words.words_before("calendar.weekdays") | self.words.words_before(
            "calendar.relative"
        )
        if (
            following in self.words.words("function_words.list", "direct.adverbs")
            or following in times
            or following[0].isdigit()
            or (place + 2 == clause.end and is_finite(following, self.words))
            or following in self.words.words_before("numbers.values")
        ):
            return False
        giving = self.words.words("direct.giving")
        verbs = [*self.lower[clause.start : place], *self.lower[place + 2 : clause.end]]
        gives = any(stem in verb for verb in verbs for stem in giving)
        # "Dass ich ihr Kuchen mitbringe."
        return None if gives and self._other_subject(clause, place) else True

    def _other_subject(self, clause: Clause, place: int) -> bool:
        nominative = self.words.words("direct.subjects") - {"es"}
        inside = range(clause.first, clause.end)
        return any(self.lower[one] in nominative for one in inside if one != place)

    def _is_fragment(self, clause: Clause) -> bool:
        """Whether a clause is only "not she"."""
        rest = [
            word
            for word in self.lower[clause.first : clause.end]
            if word not in self.words.words("direct.contrasting")
        ]
        return len(rest) == 1

    def _contrast(self, place: int, clause: Clause) -> bool:
        """Change "not she" behind a clause whose subject is the writer."""
        before = next((one for one in self.parsed.clauses if one.end == clause.start), None)
        if before is None:
            return False
        own_words = self.words.words("roles.first", "direct.first_objects")
        if own_words.isdisjoint(self.lower[before.start : before.end]):
            return False
        own = self.words.words("direct.contrasting") | {self.lower[place]}
        if not set(self.lower[clause.first : clause.end]) <= own:
            return False
        you = self._you(self.forms[self.lower[place]])
        self.changes[place] = self.words.pairs("direct.stressed").get(you, you)
        return True

    def _is_plural(self, verb: str) -> bool:
        if is_finite(verb, self.words):
            return False
        return verb.endswith(tuple(self.words.words("direct.plural_endings"))) or verb in (
            self.words.words("direct.plurals")
        )

    def _is_personal(self, place: int, clause: Clause, verb: str) -> bool:
        """Whether the subject of a verb can be no thing that was named before."""
        if not self._has_thing(place):
            return True
        inside = set(self.lower[clause.start : clause.end])
        return verb in self.words.words("direct.personal") and inside.isdisjoint(
            self.words.words("direct.impersonal")
        )

    def _has_thing(self, place: int) -> bool:
        """Whether something that the pronoun may mean was named before."""
        things = self.words.words(f"direct.{self.family}_things")
        named = [*self.named_before, *self.lower[:place]]
        return not things.isdisjoint(named)

    def _is_clause_owner(self, place: int, clause: Clause) -> bool:
        """Whether something may be its clause's subject's: "the dog has his lead"."""
        if self._other_subject(clause, place):
            return False
        things = self.words.words(f"direct.{self.family}_things")
        inside = range(clause.first, place)
        return any(self.lower[one] in things and one not in self.changes for one in inside)

    def _is_same_thing(self, place: int) -> bool:
        """Whether the same is owned as before, which was the reader's: "her aunt … her aunt"."""
        pair = self.lower[place : place + 2]
        return any(
            self.lower[one : one + 2] == pair and one in self.changes for one in range(place)
        )

    def _is_free(self, place: int) -> bool:
        """Whether nobody else whom the pronoun may mean was named before it."""
        mine = ("", SEX_OF.get(self.family, ""))
        is_named_before = not self.people_before.isdisjoint(mine)
        return not is_named_before and not any(
            one < place and sex in mine for one, sex in self.people.items()
        )

    def _people(self, parsed: Parsed) -> dict[int, str]:
        """Return the places of others in a text, with their sex."""
        words = self.words
        found = dict(others_in(parsed.written, self.brief))
        no_names = words.words("names.also_words", "function_words.list")
        for place, word in enumerate(parsed.written):
            sex = sex_of(word)
            if sex and word[0].isupper() and word.lower() not in no_names:
                found.setdefault(place, sex)
            if self._may_be_name(place, parsed):
                found.setdefault(place, "")
            is_several = word.lower() in words.words("direct.several")
            if is_several and self.family == "she":
                found[place] = ""
        return {
            place: sex
            for place, sex in found.items()
            if fold(parsed.written[place]) not in self.brief.addressee
        }

    def _may_be_name(self, place: int, parsed: Parsed) -> bool:
        """Whether a word with a capital stands where a name would: "dass Ben kommt"."""
        times = self.words.words_before("calendar.weekdays")
        little = self.words.words("function_words.list", "names.also_words", "answers.yes")
        word = parsed.lower[place]
        opens = place == 0 or parsed.lower[place - 1] in self.words.words("direct.subordinators")
        return opens and parsed.written[place].istitle() and word not in little | times

    def _is_reader_named(self, place: int) -> bool:
        word = self.lower[place]
        if word in self.words.words("direct.titles", "direct.male", "direct.female"):
            return False
        return not self.brief.addressee.isdisjoint((fold(word), fold(word).removesuffix("s")))

    def _i(self) -> str:
        """You as a subject."""
        nominative = self.words.words("direct.nominative")
        return next(you for he, you in self.words.pairs("direct.he").items() if he in nominative)

    def _reflexive(self, place: int) -> bool:
        """Change "sich" of the reader."""
        clause = self.parsed.clause_of(place)
        if self.lower[place] not in self.words.words("direct.reflexive"):
            return True
        if clause.start not in self.subjects or self.reader.is_formal:
            return True
        of_themselves = self.words.words("direct.of_themselves")
        if of_themselves and of_themselves.isdisjoint(self.lower[clause.start : clause.end]):
            return False
        self.changes[place] = self.words.pairs("direct.of_you")[self.lower[place]]
        return True

    def _no_verb_is_left(self) -> bool:
        """Whether no clause begins with a verb whose subject is left out."""
        for clause in self.parsed.clauses:
            first = clause.first
            if first in self.changes or not is_finite(self.lower[first], self.words):
                continue
            known = self.words.words_before("direct.verbs")
            if self.lower[first].endswith("e") and self.lower[first] not in known:
                continue  # "Gute Besserung."
            inside = self.lower[first + 1 : clause.end]
            nominative = self.words.words("direct.subjects")
            if nominative.isdisjoint(inside) and clause.start not in self.subjects:
                return False
        return True
