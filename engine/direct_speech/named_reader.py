"""The reader's name as you: "tell Ann that Bo has Ann's key" -> "Bo has your key".

Where the name is the subject of a verb, it is left to others: the verb's form would change.
"""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, alternatives, fold
from engine.direct_speech.several import is_body, is_named_in
from engine.direct_speech.wording import auxiliaries, may_stand_between, past_forms, second_person


def with_you(text: str, brief: Brief) -> str | None:
    """Return a text with you for the reader's name; None where it is the subject of a verb."""
    if not brief.addressee:
        return text
    words = brief.words
    name = alternatives(brief.addressee)
    the = r"(?P<the>(?:the|our|my)\s+)?"
    pattern = re.compile(rf"(?<!\w){the}(?:{name}\s+)*{name}(?P<own>'s)?(?![\w-])", re.IGNORECASE)
    made, end = "", 0
    for match in pattern.finditer(text):
        behind = (word.lower() for word in words.find_words(text[match.end() :]))
        following = next((one for one in behind if not may_stand_between(one, words)), "")
        if not _is_reader(match, following, brief):
            continue
        before = ["", *words.find_words(text[: match.start()].lower())][-1]
        if match["own"]:
            if _is_participle(following, words):  # "Lotte's gone".
                return None
        elif _may_be_subject(match, before, words):
            return None
        start = match.start()
        if before in auxiliaries(words) and not match["own"]:  # "Is Maddy free?"
            start -= len(before) + 1
            made += text[end:start] + second_person(before, words) + " "
        else:
            made += text[end:start]
        made += "your" if match["own"] else "you"
        end = match.end()
    return made + text[end:]


def _is_reader(match: re.Match[str], following: str, brief: Brief) -> bool:
    """Whether words of the reader's name are the reader, before a word that follows them."""
    words, text = brief.words, match.string
    has_capitals = any(word[1:].islower() and word[0].isupper() for word in text.split()[1:])
    is_noun = match[0].split()[-1].removesuffix("'s") in brief.recipient.split()  # "The staff".
    if has_capitals and match[0][:1].islower() and not is_noun:
        return False  # "The second van", for Swift Van Hire.
    named = {fold(word) for word in words.find_words(match[0])}
    if named <= set(map(fold, words.words("names.titles"))):
        return False  # "Mrs Abel", for Mrs Bell.
    # "The road", for Ridge Road Neighbours.
    return not is_body(brief) or is_named_in(match, following, words)


def _may_be_subject(match: re.Match[str], before: str, words: Lexicon) -> bool:
    """Whether a name behind a word may do something: "that Ann", "so, Ann", "my Ann"."""
    is_apart = not re.search(r"\w $", match.string[: match.start()])
    return (
        not before
        or before in words.words("direct.clauses")
        or is_apart
        or before in ("my", "our")
        or (match["the"] is None and _may_be_called(before, words))
    )


def _may_be_called(before: str, words: Lexicon) -> bool:
    """Whether a word before a name may say who that is: "lady", "neighbour"."""
    return before in words.words("roles.people", "direct.people", "direct.male", "direct.female")


def _is_participle(word: str, words: Lexicon) -> bool:
    """Whether "'s" before a word is "is" or "has": "Ann's gone", "Ann's a nurse"."""
    irregular = past_forms(words)
    is_doing = word.endswith("ing") and word not in words.words("direct.ing_nouns")
    return word in irregular or word in words.words("reported.articles") or is_doing
