"""Whose a verb is, in languages that leave out pronouns; the verb where it is the reader's."""

from __future__ import annotations

from engine.direct_speech.romance.clause import Clause, Unclear, is_pronoun
from engine.direct_speech.romance.ordered import note_order

_BEFORE_NOUNS = (
    "direct.articles",
    "direct.subjects_of_things",
    "direct.possessives",
    "roles.first_possessive",
)
OTHERS = ("other", "somebody")
"""Whose a verb may be besides the reader's and the writer's."""


def is_readers(
    clause: Clause, start: int, verb: int, end: int, is_main: bool, may_ask: bool
) -> bool:
    """Whether the reader does it; change the verb then. Take note of whose the verb is."""
    word, reader, words = clause.lower[verb], clause.reader, clause.words
    clause.has_object = False
    subject = _subject_before(clause, start, verb)
    behind = _subject_behind(clause, verb, end)
    is_first = word in clause.forms.first and not clause.forms.is_third(word)
    if is_first or "first" in (subject, behind):
        reader.last = "first"
        return False
    if subject in OTHERS and behind == "reader" and not reader.is_formal:
        raise Unclear  # "La harina puede traerla ella".
    if subject in OTHERS or (behind in OTHERS and subject == ""):
        reader.last = subject or behind
        return False
    is_named = "reader" in (subject, behind)
    if not is_named and _is_nobodys(clause, start, verb, end):
        return False
    is_order = word in clause.forms.orders
    if not is_named and not _may_be_left_out(clause, verb):
        if reader.is_formal and not is_order:
            return False
        raise Unclear
    if is_order and not (is_main and subject == ""):
        if reader.is_formal and not clause.ordered:
            return True
        if not clause.ordered or clause.at(start - 1) not in words.words("direct.joins"):
            raise Unclear
    if is_order:
        note_order(clause, verb, start)
    elif not reader.is_formal:
        known = clause.forms.second
        if word not in known and not (may_ask or is_named):
            raise Unclear
        clause.changes[verb] = known[word] if word in known else clause.forms.shared[word]
    reader.last = "reader"
    return True


def _is_nobodys(clause: Clause, start: int, verb: int, end: int) -> bool:
    """Whether nobody does it: "hay", "le va bien"; unclear for "mi manca" and "si cambia"."""
    word, words, before = clause.lower[verb], clause.words, clause.lower[start:verb]
    if word in words.words("direct.impersonal"):
        if not words.words("direct.me").isdisjoint(before) and verb + 1 == end:
            raise Unclear
        return True
    is_dative = not words.words("direct.dative").isdisjoint(before[-2:])
    if is_dative and word in words.words("direct.things_do"):
        return True
    is_general = not words.words("direct.in_general").isdisjoint(before[-1:])
    if is_general and word not in clause.forms.orders:
        raise Unclear
    return False


def _may_be_left_out(clause: Clause, verb: int) -> bool:
    """Whether the subject that is left out is the reader, not somebody or something else."""
    if clause.reader.others:
        return False
    may_be_things = clause.lower[verb] in clause.words.words("direct.things_do")
    return not may_be_things or not clause.reader.genders or _must_do(clause, verb)


def _must_do(clause: Clause, verb: int) -> bool:
    """Whether somebody has to do something: "tiene que venir"."""
    behind = clause.lower[verb + 1 : verb + 3]
    return (
        len(behind) == 2
        and behind[0] in clause.words.words("direct.must")
        and behind[1].endswith(("r", "re", "rsi"))
    )


def _subject_before(clause: Clause, start: int, verb: int) -> str:
    """Return whose the words before a verb say it is: '' if nobody's."""
    words, before = clause.words, range(start, verb)
    articles = words.words("direct.articles")
    is_object = clause.at(verb - 1) in words.words("direct.accusative") and len(before) > 1
    if is_object and clause.at(start) in articles and not clause.is_another(start + 1):
        clause.has_object = True  # "Las llaves las tiene".
        return ""
    days = words.words_before("calendar.weekdays")
    light = words.words("direct.between", "direct.object_pronouns") | days
    light |= words.words_before("calendar.relative")
    times = days | words.words("direct.times")
    demonstratives = words.words("direct.subjects_of_things") | articles
    content = [
        place
        for place in before
        if clause.lower[place] not in light | words.words("direct.times")
        and not (clause.lower[place] in demonstratives and clause.at(place + 1) in times)
        and not is_pronoun(clause, place)
    ]
    if not content:
        return ""
    first = clause.lower[content[0]]
    if first in words.words("direct.i"):
        return "first"
    if sex := words.pairs("direct.third").get(first):
        return "reader" if is_reader_by(clause, sex) else "somebody"
    is_noun = first in words.words(*_BEFORE_NOUNS) or first[0].isdigit()
    if not is_noun and not clause.is_another(content[0]):
        raise Unclear
    return "somebody" if any(clause.is_another(place) for place in content[:2]) else "other"


def is_reader_by(clause: Clause, sex: str) -> bool:
    """Whether he or she is the reader; unclear where it may be somebody else."""
    if not clause.reader.may_be(sex):
        clause.reader.others[sex] = sex
        return False
    if not clause.reader.has_others_like(sex):
        return True
    if clause.reader.is_formal:
        return False
    raise Unclear


def _subject_behind(clause: Clause, verb: int, end: int) -> str:
    """Return whose the words behind a verb say it is: "viene él", "llega el paquete"."""
    words = clause.words
    prepositions = words.words("direct.prepositions")
    times = words.words("direct.times") | words.words_before("calendar.weekdays")
    is_often_behind = clause.lower[verb] in words.words("direct.subject_follows")
    has_it = clause.at(verb - 1) in words.words("direct.accusative")  # "Las tiene el portero".
    for place in range(verb + 1, end):
        word, before = clause.lower[place], clause.at(place - 1) if place > verb + 1 else ""
        if before not in prepositions:
            if word in words.words("direct.i"):
                return "first"
            if sex := words.pairs("direct.third").get(word):
                if before in words.words("instructions.negations", "direct.clauses"):
                    return ""
                return "reader" if is_reader_by(clause, sex) else "somebody"
            is_owner = place > verb + 2 and clause.at(place - 2) in prepositions
            if clause.is_another(place) and not is_owner:
                clause.behind = place
                return "somebody"
        is_time = not times.isdisjoint((word, clause.at(place + 1)))  # "Viene el lunes".
        is_next = place == verb + 1 and not is_time and (is_often_behind or has_it)
        if is_next and word in words.words(*_BEFORE_NOUNS):
            return "other"
    return ""
