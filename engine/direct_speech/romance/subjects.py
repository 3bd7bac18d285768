"""He and she where they are the reader, with their verb: "il vient" -> "tu viens"."""

from __future__ import annotations

import re

from engine.direct_speech.romance.clause import Clause, Unclear
from engine.direct_speech.romance.verbs import spoken_to

_MOST_BEFORE_AN_ORDER = 4  # words: "il ne me le"


def turn_subject(clause: Clause, place: int) -> None:
    """Change "il vient" to "tu viens", "vient-il" to "viens-tu", "avec elle" to "avec toi"."""
    word, before, behind = clause.lower[place], clause.at(place - 1), clause.at(place + 1)
    if word == "il" and _is_nobody(clause, place):
        return
    if behind in ("seul", "seule"):
        raise Unclear
    is_stressed = _is_stressed(clause, place)
    if not _is_reader(clause, place, is_stressed):
        return
    if is_stressed:
        clause.changes[place] = clause.own["lui"]
        if behind == "qui":
            turn_verb(clause, place + 2)
        return
    clause.changes[place] = clause.own["il"]
    if place and clause.gap(place - 1) == "-":  # "A-t-il".
        if before == "t":
            clause.changes[place - 1] = ""
        turn_verb(clause, place - 2 if before == "t" else place - 1)
        return
    clause.reader_does.add(place)
    turn_verb(clause, place + 1)
    clause.reader.last = word


def _is_stressed(clause: Clause, place: int) -> bool:
    """Whether "elle" is no subject: "avec elle", "c'est elle qui"."""
    words, word = clause.words, clause.lower[place]
    before, behind = clause.at(place - 1), clause.at(place + 1)
    if word == "elle" and before in ("est", "c") and behind == "qui":
        return True
    if before in words.words("direct.before_clauses"):
        return word == "elle" and (behind == "" or is_apart(clause, place))
    return before in words.words("direct.prepositions") or behind in words.words(
        "direct.behind_stressed"
    )


def _is_reader(clause: Clause, place: int, is_stressed: bool) -> bool:
    """Whether "il" or "elle" is the reader; unclear where somebody or something else may be."""
    reader, words, word = clause.reader, clause.words, clause.lower[place]
    sex = words.pairs("direct.third")[word]
    if not reader.may_be(sex):
        if not reader.others and sex not in reader.genders:
            raise Unclear
        return False
    if reader.has_others_like(sex):
        raise Unclear
    is_again = reader.last == word and place <= 1
    if sex not in reader.genders or is_stressed or is_again:
        return True
    behind = clause.lower[place + 1 : place + 6]
    # "Elle peut la prendre" and "elle veut" are no thing.
    if "le" in behind if sex == "male" else "la" in behind:
        return True
    if words.words("direct.people_do").isdisjoint(behind[:3]) and "besoin" not in behind:
        raise Unclear
    return True


def is_apart(clause: Clause, place: int) -> bool:
    """Whether a comma or the like stands behind a word."""
    return clause.gap(place).strip() not in ("", "'")


def _is_nobody(clause: Clause, place: int) -> bool:
    """Whether "il" is nobody: "il y a", "il ne faut pas"."""
    behind = [word for word in clause.lower[place + 1 : place + 5] if word not in ("n", "ne")]
    if behind[:1] and behind[0] in ("me", "m", "nous", "lui", "te", "vous", "leur"):
        behind = behind[1:]
    phrases = {" ".join(behind[:1]), " ".join(behind[:2])}
    is_hour = behind[:1] == ["est"] and len(behind) > 1 and behind[1][0].isdigit()
    return is_hour or not phrases.isdisjoint(clause.words.words("direct.impersonal"))


def turn_verb(clause: Clause, place: int) -> None:
    """Change the verb at a place, behind "ne" and pronouns."""
    first = place
    while clause.at(place) in clause.words.words("direct.object_pronouns"):
        word = clause.at(place)
        if word == "lui" and not clause.reader.others:
            raise Unclear
        clause.changes[place] = clause.own["se"] if word in ("se", "s") else word
        place += 1
    verb = clause.at(place)
    order = clause.words.pairs("direct.order_verbs").get(verb)
    is_first = first == 1 and clause.at(0) in clause.words.words_before("direct.third")
    if order and is_first and place <= _MOST_BEFORE_AN_ORDER:
        clause.changes.update({0: "", place: order})  # "Il vienne", behind "je te demande de".
        clause.ordered.append((0, 0, place))
        return
    form = spoken_to(verb, clause.reader.is_formal, clause.words)
    if form is None:
        raise Unclear
    clause.changes[place] = form


def start_of(clause: Clause, place: int) -> int:
    """Return where the clause of a place begins."""
    while place and clause.at(place - 1) not in clause.words.words("direct.clauses"):
        if re.search(r"[,.;:!?]", clause.gap(place - 1)):
            break
        place -= 1
    return place
