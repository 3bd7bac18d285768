"""Say a clause to the reader in a language that leaves out pronouns: "viene" -> "vienes"."""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.direct_speech.romance.clause import Clause, Unclear, is_verb, replaced, see
from engine.direct_speech.romance.objects import turn_infinitives
from engine.direct_speech.romance.ordered import with_orders
from engine.direct_speech.romance.pronouns import turn_words
from engine.direct_speech.romance.reader import Reader
from engine.direct_speech.romance.told import Told
from engine.direct_speech.romance.whose import is_readers

_BREAK = re.compile(r"[,.;:!?()«»\"]")


def to_reader(
    text: str,
    reader: Reader,
    brief: Brief,
    *,
    may_ask: bool = False,
    is_told: bool = True,
    is_clause: bool = True,
) -> Told | None:
    """Return a clause as it is said to the reader; None where it is unclear who is meant.

    may_ask: whether forms that the first person has, too, are the reader's. is_told: whether a verb
    at the beginning is the reader's rather than an order to an assistant: "confirma la hora".
    is_clause: whether it has a verb of its own.
    """
    clause = Clause(text, reader, brief)
    if not is_told and begins_with_order(clause):
        return None
    try:
        return said(clause, may_ask, is_clause)
    except Unclear:
        return None


def said(clause: Clause, may_ask: bool, is_clause: bool) -> Told:
    """Return a clause to the reader."""
    clause.check_name()
    for number, (start, end) in enumerate(_segments(clause)):
        _read(clause, start, end, is_clause and number == 0, may_ask)
    turn_infinitives(clause)
    return with_orders(clause) if clause.ordered else Told(replaced(clause, clause.changes))


def begins_with_order(clause: Clause) -> bool:
    """Whether a clause may be one to an assistant: "confirma la hora", "pon la fecha"."""
    if not clause.lower or clause.forms.is_third(clause.lower[0]):
        return True
    ends = tuple(clause.words.words("direct.first_person_endings"))
    is_first_person = clause.lower[0] in clause.forms.first or clause.lower[0].endswith(ends)
    return not (is_first_person or clause.is_known_opening(0))


def _segments(clause: Clause) -> list[tuple[int, int]]:
    """Return the places of the clauses, without what joins them."""
    joining = clause.words.words("direct.clauses")
    found, start = [], 0
    for place in range(len(clause.tokens)):
        if place > start and _BREAK.search(clause.gap(place - 1)):
            found.append((start, place))
            start = place
        if clause.lower[place] in joining:
            found.append((start, place))
            start = place + 1
    return [(one, end) for one, end in [*found, (start, len(clause.tokens))] if end > one]


def _read(clause: Clause, start: int, end: int, is_main: bool, may_ask: bool) -> None:
    """Change a part with one verb at most, and take note of whom and what it mentions."""
    verb = next((place for place in range(start, end) if is_verb(clause, place, start)), None)
    if verb is None:
        _check_opening(clause, start, end, is_main)
        for place in range(start, end):
            see(clause, place)
        turn_words(clause, start, end, end, is_readers=False)
        if clause.reader.last != "reader":
            clause.others_do.update(range(start, end))
        return
    for place in range(start, verb):
        see(clause, place)
    _check_if(clause, start, verb)
    by_reader = is_readers(clause, start, verb, end, is_main, may_ask)
    if clause.behind is not None:
        see(clause, clause.behind)
    turn_words(clause, start, verb, end, is_readers=by_reader)
    if not by_reader:
        clause.others_do.update(range(start, end))
    for place in range(verb, end):
        see(clause, place)


def _check_if(clause: Clause, start: int, verb: int) -> None:
    """Refuse "se la tiene", where "se" is no if."""
    objects, ifs = clause.words.words("direct.accusative"), clause.words.words("direct.if")
    if verb == start + 1 and clause.at(start) in objects and clause.at(start - 1) in ifs:
        raise Unclear


def _check_opening(clause: Clause, start: int, end: int, is_main: bool) -> None:
    """Refuse a clause that begins with a word which may be a verb that is not known."""
    word, words = clause.lower[start], clause.words
    pronouns, articles = words.words("direct.object_pronouns"), words.words("direct.articles")
    if is_main and not clause.reader.is_formal and word in pronouns - articles:
        raise Unclear
    if clause.is_known_opening(start):
        return
    if word.endswith("n") and word[:-1] in clause.forms.orders:  # "Que vengan".
        raise Unclear
    if word.endswith(tuple(words.words("direct.other_endings"))):
        return
    follows = clause.lower[start + 1] if start + 1 < end else ""
    may_be_verb = follows in pronouns | articles
    if is_main or (clause.reader.last == "reader" and may_be_verb):
        raise Unclear
