"""Notes with the "is" that they leave out: "Lena ill" -> "Lena is ill"."""

from __future__ import annotations

import re

from engine.checking.facts import find_facts
from engine.checking.first_names import sex_of
from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.wording import ends_in_plural_s, is_finite

_MOST_WORDS_OF_A_SUBJECT = 4


def with_is(text: str, words: Lexicon) -> str:
    """Return a piece of notes with "is" between its subject and what it is; else unchanged."""
    states = alternatives(words.words("direct.states"))
    match = re.match(rf"(.+?)\s+((?:not\s+|still\s+|all\s+)?{states})(?=$|\s)", text, re.IGNORECASE)
    if not match:
        return text
    subject = [word.lower() for word in words.find_words(match[1])]
    begins = words.words("reported.articles", "roles.first_possessive", "roles.second_possessive")
    inner = subject[1:] if subject and subject[0] in begins else subject
    little = words.words("function_words.list", "direct.whole", "direct.left_out_i")
    little |= words.words("direct.between", "direct.states", "reported.imperatives")
    is_noun = not any(
        word in little or (is_finite(word, words) and not sex_of(word)) for word in inner
    )
    is_behind = re.match(
        r"$|\s+(?:at|by|from|in|on|since|till|until|for|to|with|now|again|yet)\b",
        text[match.end() :],
    )
    if not inner or not is_noun or not is_behind or len(inner) > _MOST_WORDS_OF_A_SUBJECT:
        return text
    if inner[-1].endswith(("ing", "ly", "'s")) or inner[-1] in words.words_before(
        "calendar.weekdays"
    ):
        return text
    nouns = [word for word in inner if word[0].isalpha()] or inner
    is_counted = len(nouns) < len(inner) or any(
        one in words.pairs("numbers.values") for one in inner
    )
    may_be_verb = len(nouns) > 1 and inner == subject and not is_counted
    inner = nouns
    is_several = ends_in_plural_s(inner[-1])
    if is_several and may_be_verb:
        return text  # "The client bears fine".
    return f"{match[1]} {'are' if is_several else 'is'} {match[2]}{text[match.end() :]}"


def day_accepted(text: str, words: Lexicon) -> str:
    """Return "yes to Thursday 3pm" as "Thursday 3pm is fine"; else ''."""
    match = re.match(r"(?:yes|ok|okay|fine)\s+(?:to|for|with)\s+", text, re.IGNORECASE)
    if not match:
        return ""
    day = text[match.end() :]
    facts = find_facts(day, words.language)
    is_day = facts and facts[0].start == 0 and facts[0].kind in ("weekday", "date", "time")
    is_only = is_day and not re.sub(r"(?:at|on|the|\s)+", "", _without(day, words))
    return f"{day} is fine" if is_only else ""


def _without(text: str, words: Lexicon) -> str:
    for fact in reversed(find_facts(text, words.language)):
        if fact.kind in ("weekday", "date", "time"):
            text = text[: fact.start] + text[fact.start + len(fact.text) :]
    return text
