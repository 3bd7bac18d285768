"""A pronoun without a verb of its own: "not she", "he or Bernd" -> "not you", "you or Bernd"."""

from __future__ import annotations

from engine.direct_speech.clauses import Clause
from engine.direct_speech.speech import Speech

_LONGEST_CHOICE = 4  # words


def is_fragment(clause: Clause, speech: Speech) -> bool:
    """Whether a clause is only "not she"."""
    rest = [
        word
        for word in speech.lower[clause.first : clause.end]
        if word not in speech.words.words("direct.contrasting")
    ]
    return len(rest) == 1


def contrasted(place: int, clause: Clause, speech: Speech) -> bool:
    """Change "not she" behind a clause whose subject is the writer; return whether it is such."""
    words, lower = speech.words, speech.lower
    before = _clause_before(clause, speech)
    if before is None:
        return False
    own_words = words.words("roles.first", "direct.first_objects")
    if own_words.isdisjoint(lower[before.start : before.end]):
        return False
    own = words.words("direct.contrasting") | {lower[place]}
    if not set(lower[clause.first : clause.end]) <= own:
        return False
    _stress(place, speech)
    return True


def chosen(place: int, clause: Clause, speech: Speech) -> bool:
    """Change "he or Bernd" behind "who has it"; return whether it is such a choice."""
    before = _clause_before(clause, speech)
    asks = before is not None and speech.lower[before.first] in speech.words.words("direct.who")
    is_joined = place + 1 < clause.end and speech.is_joined(place)
    is_short = clause.end <= place + _LONGEST_CHOICE
    if not asks or place != clause.first or not is_joined or not is_short:
        return False
    _stress(place, speech)
    return True


def _clause_before(clause: Clause, speech: Speech) -> Clause | None:
    return next((one for one in speech.parsed.clauses if one.end == clause.start), None)


def _stress(place: int, speech: Speech) -> None:
    """Make a pronoun you as it stands alone: "jij", not "je"."""
    you = speech.you(speech.forms[speech.lower[place]])
    speech.changes[place] = speech.words.pairs("direct.stressed").get(you, you)
