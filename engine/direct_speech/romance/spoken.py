"""Say a clause to the reader in French, where a pronoun stands before the verb: "il vient"."""

from __future__ import annotations

from engine.checking.brief import Brief
from engine.checking.lexicon import replace_words
from engine.direct_speech.romance.clause import Clause, Unclear
from engine.direct_speech.romance.elision import elided
from engine.direct_speech.romance.nouns import is_object, turn_him, turn_his, turn_it
from engine.direct_speech.romance.reader import Reader, notice
from engine.direct_speech.romance.subjects import start_of, turn_subject
from engine.direct_speech.romance.told import Told


def to_reader(text: str, reader: Reader, brief: Brief, *, is_clause: bool = True) -> Told | None:
    """Return a clause as it is said to the reader; None where it is unclear who is meant.

    is_clause: whether it has a verb of its own; otherwise the reader does what its infinitives say.
    """
    clause = Clause(text, reader, brief)
    try:
        clause.check_name()
        if is_clause and not (clause.lower and clause.is_known_opening(0)):
            return None  # It may be an order to an assistant: "sois bref".
        for place in range(len(clause.lower)):
            if place not in clause.changes:
                _turn(clause, place, is_clause)
            if not is_object(clause, place):
                notice(clause.tokens[place][0], clause.at(place - 1), reader, brief)
    except Unclear:
        return None
    said = elided(replace_words(text, clause.tokens, clause.changes))
    order = elided(f"{clause.says['order']} {said}") if clause.ordered else ""
    return Told(said, order)


def _turn(clause: Clause, place: int, is_clause: bool) -> None:
    word = clause.lower[place]
    if word in clause.words.words_before("direct.third"):
        turn_subject(clause, place)
    elif word == "lui":
        turn_him(clause, place)
    elif word in clause.words.words("direct.his"):
        turn_his(clause, place)
    elif word in ("le", "la", "l"):
        turn_it(clause, place)
    elif word in ("se", "s") and _is_readers_infinitive(clause, place, is_clause):
        clause.changes[place] = clause.own["se"]
    elif word in ("ils", "elles", "eux") and not (clause.reader.others or clause.reader.genders):
        raise Unclear


def _is_readers_infinitive(clause: Clause, place: int, is_clause: bool) -> bool:
    """Whether the reader does it: "il peut se garer", "demande-lui de se garer"."""
    start = start_of(clause, place)
    is_by_reader = any(start <= one < place for one in clause.reader_does)
    is_infinitive = clause.at(place + 1).endswith(("er", "ir", "re"))
    return is_infinitive and (is_by_reader or (not is_clause and start == 0))
