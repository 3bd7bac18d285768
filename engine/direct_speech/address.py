"""Who the reader of a mail is: he or she, and whether they are called by a formal you."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.checking.brief import Brief
from engine.checking.first_names import sex_of
from engine.checking.lexicon import Lexicon, alternatives, fold
from engine.direct_speech.family import SEX_OF


@dataclass(frozen=True)
class Reader:
    """family: "he" or "she", '' where it is not known and no pronoun tells.

    is_anybody: whether several may be the reader, or somebody unknown, of whom nothing is said.
    """

    family: str
    is_formal: bool
    is_anybody: bool = False


def reader_of(whoms: Sequence[str], text: str, brief: Brief) -> Reader | None:
    """Return who the reader is; None if it can't be told.

    whoms: as the orders name them. text: what is said to them.
    """
    words = brief.words
    pronouns = words.words("direct.others") | words.words_before("direct.she")
    named = {word.lower() for word in words.find_words(f"{' '.join(whoms)} {brief.recipient}")}
    if words.words("direct.several").isdisjoint(named):
        pronouns |= words.words_before("direct.he")  # A group is never "he".
    spoken = {word.lower() for word in words.find_words(text)}
    is_said_of_them = not spoken.isdisjoint(pronouns) or words.phrases(
        "direct.several_readers"
    ).search(text)
    anybody = None if is_said_of_them else Reader("", False, is_anybody=True)
    return _one_reader(whoms, text, brief) or anybody


def _one_reader(whoms: Sequence[str], text: str, brief: Brief) -> Reader | None:
    """Return the reader who is one person, or a firm; None if it can't be told."""
    words = brief.words
    named = [word.lower() for whom in whoms for word in words.find_words(whom)]
    known = [*named, *(word.lower() for word in words.find_words(brief.recipient))]
    joiners = alternatives(words.words("numbers.joiners"))
    is_several = re.search(rf"[,;&]|\s{joiners}\s", brief.recipient) is not None
    if is_several or not words.words("direct.several").isdisjoint(known):
        return None
    if not words.words("direct.bodies").isdisjoint(known):
        spoken = {word.lower() for word in words.find_words(text)}
        pronouns = words.words("direct.others") | words.words_before("direct.she")
        return Reader("", True) if spoken.isdisjoint(pronouns) else None
    is_formal = not words.words("direct.titles").isdisjoint(known)
    is_familiar = any(sex_of(word) for word in known) or not words.words(
        "direct.male", "direct.female"
    ).isdisjoint(known)
    if not is_formal and not is_familiar and not _is_one_name(brief, named):
        return None
    names = {word.lower() for word in words.find_words(brief.recipient)}
    ignored = words.words("direct.before_whom", "function_words.list")
    is_first_name = len(set(named) - ignored) == 1  # "Sag Toni", to Toni Huber.
    if not is_formal and len(names) > 1 and "@" not in brief.recipient and not is_first_name:
        return None  # "Toni Huber" may be either.
    return _reader(named, known, text, is_formal, brief)


def _reader(
    named: Sequence[str], known: Sequence[str], text: str, is_formal: bool, brief: Brief
) -> Reader | None:
    words = brief.words
    for family, sex in SEX_OF.items():
        if not words.words(f"direct.{sex}").isdisjoint(known):
            return Reader(family, is_formal)
    for family in SEX_OF:
        if not words.words_before(f"direct.{family}").isdisjoint(named):
            return Reader(family, is_formal)
    used = {
        family
        for family in SEX_OF
        for word in words.find_words(text)
        if _tells(word, family, words)
    }
    sexes = {sex_of(word) for word in known} - {""}
    family = next((one for one, its in SEX_OF.items() if sexes == {its}), "")
    if family and used and family not in used:
        return None
    if not family and len(used) > 1:
        return None
    return Reader(family or next(iter(used), ""), is_formal)


def _tells(word: str, family: str, words: Lexicon) -> bool:
    return word.lower() in words.words_before(f"direct.{family}")


def _is_one_name(brief: Brief, named: Sequence[str]) -> bool:
    """Whether the reader is called by one name only, such as a first name that is not known."""
    words = brief.words
    names = {
        fold(word)
        for word in named
        if word not in words.words("direct.before_whom", "function_words.list")
    }
    recipient = {fold(word) for word in re.findall(r"[^\W\d_]+", brief.recipient.split("@")[0])}
    return len(recipient or names) == 1
