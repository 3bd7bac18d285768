"""Who the reader is to the writer: tu, or usted, vous and Lei."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.checking.brief import Brief
from engine.checking.first_names import SEXES
from engine.checking.lexicon import fold
from engine.direct_speech.others import is_somebody, others_in, reader_sex

_MOST_LETTERS = 3  # of an abbreviation


@dataclass
class Reader:
    """The reader, and what is told so far.

    is_formal: whether the mail calls them usted, vous or Lei. sex: "female", "male" or ''.
    others: who else is mentioned, with their sex. genders: of the things mentioned. last: whose the
    last verb is: "reader", "first", "somebody", "other" or ''.
    """

    is_formal: bool
    sex: str
    others: dict[str, str] = field(default_factory=dict)
    genders: set[str] = field(default_factory=set)
    last: str = ""

    def may_be(self, sex: str) -> bool:
        """Whether a pronoun of this sex may be for the reader."""
        return self.sex in ("", sex)

    def has_others_like(self, sex: str) -> bool:
        """Whether a pronoun of this sex may be for somebody else who is mentioned."""
        return any(other in ("", sex) for other in self.others.values())


def reader_of(brief: Brief, whom: str, *, is_ordered: bool) -> Reader | None:
    """Return the reader by the name and whom the orders are for; None for several, or a firm.

    is_ordered: whether the instruction has orders. In notes, he and she may be others.
    """
    words = brief.words
    named = {fold(word) for word in words.find_words(f"{whom} {brief.recipient}")}
    if not named:  # Whose "su" is can't be known.
        return Reader(is_formal=False, sex="", others={"": ""})
    if brief.has_several_addressees or _has(named, "direct.groups", brief):
        return None
    by_title = (sex for sex in SEXES if _has(named, f"direct.{sex}", brief))
    sex = next(by_title, "") or reader_sex(brief)
    is_formal = _has(named, "names.titles", brief) or _has(named, "direct.titles", brief)
    is_relative = _has(named, "roles.first_possessive", brief)
    has_article = _has(named, "direct.articles", brief) or _has(named, "direct.to_the", brief)
    if has_article and not (is_formal or is_relative):
        return None  # A firm, or whom the writer hardly knows.
    return Reader(is_formal, sex, others={} if is_ordered else {"": ""})


def _has(named: set[str], key: str, brief: Brief) -> bool:
    return not named.isdisjoint(map(fold, brief.words.words(key)))


def notice(word: str, before: str, reader: Reader, brief: Brief) -> None:
    """Take note of a word that is somebody, or an article of something. before: the word before."""
    if is_another(word, before, brief):
        reader.others[fold(word)] = others_in([word], brief)[0]
    genders = brief.words.pairs("direct.genders")
    reader.genders.update(genders.get(word.lower(), "").split())


def is_another(word: str, before: str, brief: Brief) -> bool:
    """Whether a word is a person besides writer and reader, no letters such as "m'" or "KR".

    before: the word before it. In small letters, many a word is a name somewhere: "hoy", "due
    panini", "la marée".
    """
    words = brief.words
    is_letters = len(word) == 1 or (word.isupper() and len(word) <= _MOST_LETTERS)
    if is_letters or not is_somebody(word, brief):
        return False
    people = words.words("roles.people", "direct.male", "direct.female") - words.words(
        "direct.things"
    )
    if word[:1].isupper() or fold(word) in map(fold, people):
        return True
    numbers = words.words_before("numbers.values")
    times = words.words_before("calendar.weekdays") | words.words_before("calendar.months")
    little = words.words("function_words.list", "direct.between", "direct.openers")
    determiners = words.words("direct.articles", "direct.possessives", "roles.first_possessive")
    is_noun = before in determiners | numbers or before.isdigit()
    return not is_noun and word not in little | numbers | times | words.words("direct.times")


def is_of_reader(word: str, brief: Brief) -> bool:
    """Whether a word names the reader: of their name, or "my father" in a mail to dad."""
    words = brief.words
    for sex in SEXES:
        relatives = words.words(f"direct.{sex}") - words.words("direct.titles", "names.titles")
        if word.lower() in relatives:
            return not set(map(fold, relatives)).isdisjoint(brief.addressee)
    titles = words.words("names.titles", "direct.titles")
    is_name = word[:1].isupper() or brief.instruction[:1].islower()
    return is_name and word.lower() not in titles and fold(word) in brief.addressee
