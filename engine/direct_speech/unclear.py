"""Whether he, she or they may mean somebody besides the reader: "tell Ann that Eva lost her key".

A text where that is so is not said. It may be said where the others are of the other sex.
"""

from __future__ import annotations

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, fold
from engine.direct_speech.family import SEX_OF
from engine.direct_speech.others import names_opening_sentences, others_in
from engine.direct_speech.several import is_unknown
from engine.direct_speech.wording import is_finite

_OTHER_FAMILY = {"he": "she", "she": "he"}
_DONE_TO = ("him", "his", "her", "hers")
"""Of he and she, what an animal may be meant by as well."""


def is_unclear(text: str, family: str, brief: Brief, before: str, things: set[int]) -> bool:
    """Whether a pronoun of a family, such as "she", may be somebody else's who is named before it.

    It is not where one other person is named and pronouns of the other sex are used. before: what
    is told before the text. things: the places in the text of pronouns that are things.
    """
    words = brief.words
    spoken = words.find_words(f"{before} {text}")
    found = [word.lower() for word in spoken]
    forms = words.words_before(f"direct.{family}")
    own, other = SEX_OF.get(family, ""), _OTHER_FAMILY.get(family, "")
    has_other_sex = bool(other) and not words.words_before(f"direct.{other}").isdisjoint(found)
    others = others_in(spoken, brief)
    names = {fold(found[place]) for place in others}
    if family == "they":
        rivals = {one for one in others if is_unknown(found[one], words) or len(names) > 1}
    else:
        rivals = {one for one, sex in others.items() if sex in ("", own)}
    opening = {
        place
        for place, sex in names_opening_sentences(f"{before} {text}", brief).items()
        if sex == own and place not in others
    }
    animal = -1 if has_other_sex else _animal(found, words)
    is_clear = has_other_sex and len(names) == 1
    start = len(words.find_words(before))
    for place in range(start, len(found)):
        word = found[place]
        if word not in forms:
            continue
        if 0 <= animal < place:
            return True  # "Don't feed the cat that, she gets sick."
        if place in others:
            continue
        if word == family in SEX_OF and any(one < place for one in opening):
            return True  # "Imogen told me that she wants it."
        named = [one for one in rivals if one < place]
        is_sure = is_clear and not any(others[one] == own != "" for one in named)
        if named and not is_sure and place - start not in things:
            return True
    return False


def may_be_an_animals(text: str, family: str, brief: Brief, before: str) -> bool:
    """Whether an animal may be meant: "she can keep the dog and I have her lead"."""
    words = brief.words
    found = [word.lower() for word in words.find_words(f"{before} {text}")]
    other = _OTHER_FAMILY.get(family, "")
    if other and not words.words_before(f"direct.{other}").isdisjoint(found):
        return False
    animal, start = _animal(found, words), len(words.find_words(before))
    forms = words.words_before(f"direct.{family}").intersection(_DONE_TO)
    return animal >= 0 and not forms.isdisjoint(found[max(start, animal + 1) :])


def _animal(found: list[str], words: Lexicon) -> int:
    """Return the place of an animal that he and she may mean, not "her cat"; -1 for none."""
    begins = words.words("reported.articles", "roles.first_possessive")
    for place, word in enumerate(found):
        behind = [*found[place + 1 :], "and"][0]
        is_noun = behind in words.words("function_words.list") or is_finite(behind, words)
        is_any = word in words.words("direct.animals") and is_noun and place > 0
        if is_any and found[place - 1] in begins and "it" not in found[place:]:
            return place
    return -1
