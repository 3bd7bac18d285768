"""The words for the reader besides verbs: "su" -> "tu", "con él" -> "contigo"."""

from __future__ import annotations

from engine.direct_speech.romance.clause import Clause, Unclear, is_pronoun
from engine.direct_speech.romance.objects import (
    check_article,
    check_object,
    is_for_somebody,
    is_the_subject_only_other,
    may_be_dative,
    must_be_reader,
)
from engine.direct_speech.romance.whose import OTHERS, is_reader_by


def turn_words(clause: Clause, start: int, verb: int, end: int, *, is_readers: bool) -> None:
    """Change the words for the reader besides verbs. is_readers: whether the reader does it."""
    third = clause.words.pairs("direct.third")
    for place in range(start, end):
        word = clause.lower[place]
        if clause.changes.get(place) == "":
            continue
        if word in third:
            _turn_stressed(clause, place, third[word])
        elif word in clause.words.words("direct.accusative") and is_pronoun(clause, place):
            if not is_readers:
                check_object(clause, place)
        elif word in clause.words.words("direct.reflexive"):
            _turn_reflexive(clause, place, is_readers)
        elif word in clause.own:
            if word in clause.words.words("direct.object_pronouns"):
                _turn_dative(clause, place, end, is_readers)
            else:
                _turn_possessive(clause, place, verb)


def _turn_reflexive(clause: Clause, place: int, is_readers: bool) -> None:
    """Change "se" in "se lo doy" and in "se sienta", where the reader does."""
    is_of_it = clause.at(place + 1) in clause.words.words("direct.accusative")
    if is_readers and is_of_it:  # "Que se lo coma", "que se lo diga".
        raise Unclear
    if not clause.reader.is_formal and (is_readers or is_of_it):
        must_be_reader(clause, place, is_readers)
        clause.changes[place] = clause.own.get(clause.lower[place], clause.lower[place])


def _turn_dative(clause: Clause, place: int, end: int, is_readers: bool) -> None:
    """Change "le" before a verb, which is for somebody else where the reader does it."""
    word = clause.lower[place]
    if word in clause.words.words("direct.articles") and not is_pronoun(clause, place):
        check_article(clause, place)
        return
    if is_readers or not may_be_dative(clause, word):
        return
    if not is_the_subject_only_other(clause):
        must_be_reader(clause, place)
    if is_for_somebody(clause, place, end) or clause.own[word] == "?":
        raise Unclear
    clause.changes[place] = clause.own[word]


def _turn_possessive(clause: Clause, place: int, verb: int) -> None:
    """Change "su", unclear where it may be for the subject: "el vecino tiene su llave"."""
    must_be_reader(clause, place)
    is_of_subject = clause.reader.last in OTHERS and place > verb
    if is_of_subject and clause.at(verb) not in clause.words.words("direct.being"):
        raise Unclear
    clause.changes[place] = clause.own[clause.lower[place]]


def _turn_stressed(clause: Clause, place: int, sex: str) -> None:
    """Change he and she, alone or behind a preposition."""
    words, before = clause.words, clause.at(place - 1)
    stressed = words.pairs(
        "direct.formal_stressed" if clause.reader.is_formal else "direct.stressed"
    )
    if clause.lower[place] == stressed["subject"]:
        return
    if not is_reader_by(clause, sex):
        if clause.reader.may_be(sex):
            raise Unclear
        return
    if before in stressed:  # "Con él" -> "contigo".
        is_his = before in words.words("direct.of")
        if is_his and clause.at(place - 2) not in words.words("direct.before_of"):
            raise Unclear
        clause.changes.update({place - 1: "", place: stressed[before]})
    elif before in words.words("direct.prepositions"):
        if "*" not in stressed:
            raise Unclear
        clause.changes[place] = stressed["*"]
    else:
        clause.changes[place] = stressed["subject"]
