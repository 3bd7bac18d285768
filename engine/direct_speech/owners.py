"""Pronouns before what is owned, where a verb may stand last: "ihr Rad" -> "dein Rad".

Some of them are other words, too: "ihr" is her bicycle's, or what is given to her, and "sein" is
his, or to be.
"""

from __future__ import annotations

from engine.direct_speech.rivals import Rivals
from engine.direct_speech.speech import Speech
from engine.direct_speech.verbs import is_finite

_TO_BE = ("sein", "zijn")


def is_to_be(place: int, speech: Speech) -> bool:
    """Whether a word is to be, not his: "sie soll pünktlich sein"."""
    words, lower = speech.words, speech.lower
    if lower[place] not in _TO_BE:
        return False
    clause = speech.parsed.clause_of(place)
    if place + 1 >= clause.end:
        return True
    following = lower[place + 1]
    before = lower[place - 1] if place > clause.start else ""
    return (
        following in words.words("direct.coordinators", "function_words.list")
        or following in words.words_before("direct.verbs")
        or before in ("zu", "te")
    )


def is_owner(place: int, speech: Speech) -> bool | None:
    """Whether a pronoun is before what is hers; None if it can't be told."""
    words, lower = speech.words, speech.lower
    word = lower[place]
    if word not in speech.owned:
        return word in words.words("direct.owners")
    clause = speech.parsed.clause_of(place)
    if place + 1 >= clause.end or speech.parsed.gap(place + 1) != " ":
        return False
    if place > clause.start and lower[place - 1] in words.words("direct.before_given"):
        return False  # "Von ihr."
    following = lower[place + 1]
    times = words.words_before("calendar.weekdays") | words.words_before("calendar.relative")
    if (
        following in words.words("function_words.list", "direct.adverbs")
        or following in times
        or following[0].isdigit()
        or (place + 2 == clause.end and is_finite(following, words))
        or following in words.words_before("numbers.values")
    ):
        return False
    verbs = [*lower[clause.start : place], *lower[place + 2 : clause.end]]
    gives = any(stem in verb for verb in verbs for stem in words.words("direct.giving"))
    # "Dass ich ihr Kuchen mitbringe."
    return None if gives and speech.has_other_subject(clause, place) else True


def own(place: int, speech: Speech, rivals: Rivals) -> bool:
    """Change a pronoun before what is owned to your; return whether it is the reader's."""
    word, clause = speech.lower[place], speech.parsed.clause_of(place)
    is_known = clause.start in speech.subjects or _is_same_thing(place, speech)
    if not is_known and (not rivals.is_free(place) or rivals.may_own(place, clause)):
        return False
    speech.changes[place] = speech.you(speech.owned.get(word, speech.forms[word]))
    return True


def _is_same_thing(place: int, speech: Speech) -> bool:
    """Whether the same is owned as before, which was the reader's: "her aunt … her aunt"."""
    pair = speech.lower[place : place + 2]
    return any(
        speech.lower[one : one + 2] == pair and one in speech.changes for one in range(place)
    )
