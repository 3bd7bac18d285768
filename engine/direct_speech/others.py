"""The people besides writer and reader whom an instruction names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from engine.checking.brief import Brief
from engine.checking.first_names import sex_of, sex_told_by
from engine.checking.lexicon import alternatives, capitalised, fold, replace_words
from engine.direct_speech.wording import is_finite


def others_in(found: Sequence[str], brief: Brief) -> dict[int, str]:
    """Return the places of the words that are somebody, with their sex: one of SEXES or ''.

    In "my son Robin", Robin's is the son's.
    """
    others: dict[int, str] = {}
    before_places = brief.words.words("names.places")
    before_roles = brief.words.words("direct.before_roles")
    for place, word in enumerate(found):
        if place and found[place - 1].lower() in before_places:
            continue  # "In Malmö".
        if place and found[place - 1].lower() in before_roles and word.islower():
            continue  # "Take over as treasurer".
        if is_somebody(word, brief):
            named = sex_told_by(word.removesuffix("'s"), brief.words)
            others[place] = others.get(place - 1, "") or named
    return others


def names_opening_sentences(text: str, brief: Brief) -> dict[int, str]:
    """Return the places of known first names with which sentences begin, with their sex."""
    words = brief.words
    no_names = words.words("names.also_words", "function_words.list", "reported.imperatives")
    no_names |= words.words("reported.auxiliaries", "direct.whole")
    return {
        place: sex_of(match[0])
        for place, match in enumerate(words.match_words(text))
        if match[0].istitle()
        and sex_of(match[0])
        and text[: match.start()].rstrip().endswith((".", "!", "?"))
        and match[0].lower() not in no_names
        and fold(match[0]) not in brief.addressee
    }


def is_somebody(word: str, brief: Brief) -> bool:
    """Whether a word is a person besides writer and reader."""
    bare = fold(word.removesuffix("'s"))
    return bare not in brief.addressee and (
        bare in _others(brief) or _is_name_in_small_letters(word, brief)
    )


def with_capitals(text: str, brief: Brief) -> str:
    """Return a text with the names of others as they are written: "mrs kemp" -> "Mrs Kemp"."""
    words = brief.words
    titles = alternatives(words.words("names.titles"))
    verb = r"(?<!still )(?<!will )(?<!to )(?<!'t )(?<!'ll )(?<!i )(?<!we )(?<!you )(?<!they )"
    titles = rf"(?:(?!miss\b){titles}|{verb}miss)"  # No "I Miss You".
    little = words.words("function_words.list")

    def named(match: re.Match[str]) -> str:
        """A title with its name; "the dr says" has none."""
        name = match["name"].lower()
        if name in little or is_finite(name, words):
            return match[0]
        return f"{match['title'].title()} {capitalised(match['name'])}"

    pattern = rf"(?<!\w)(?P<title>{titles}) (?P<name>[^\W\d_][\w'-]*)"
    text = re.sub(pattern, named, text, flags=re.IGNORECASE)
    found = list(words.match_words(text))
    names = {
        place: capitalised(word[0])
        for place, word in enumerate(found)
        if _is_name_in_small_letters(word[0], brief)
    }
    return replace_words(text, found, names)


def reader_sex(brief: Brief) -> str:
    """Return the sex of the reader as far as their name tells it: one of SEXES or ''."""
    if brief.has_several_addressees:
        return ""
    found = {sex_of(word) for word in brief.addressee} - {""}
    return found.pop() if len(found) == 1 else ""


def _is_name_in_small_letters(word: str, brief: Brief) -> bool:
    """Whether a word is a first name in an instruction that was typed without capitals."""
    if not brief.instruction[:1].islower() or not word[:1].islower():
        return False
    bare = word.removesuffix("'s")
    return bool(sex_of(bare)) and bare not in brief.words.words("names.also_words")


@lru_cache(maxsize=8)
def _others(brief: Brief) -> frozenset[str]:
    """The names, folded, and the words that others besides writer and reader may have."""
    words = brief.words
    people = words.words("roles.people", "direct.people", "direct.male", "direct.female")
    people = frozenset(map(fold, people - words.words("direct.things")))
    titles = words.words("names.titles") - set(map(fold, words.find_words(brief.recipient)))
    names = (fact.text for fact in brief.facts if fact.kind == "name")
    return people | titles | {fold(part) for name in names for part in words.find_words(name)}
