"""Him, her and what is theirs in French, where they are the reader: "je lui dis", "sa clé"."""

from __future__ import annotations

from engine.direct_speech.romance.clause import Clause, Unclear
from engine.direct_speech.romance.subjects import is_apart, start_of, turn_verb
from engine.direct_speech.romance.verbs import spoken_to

_INFINITIVE = ("er", "ir", "re")
_GENDERS = {"le": {"male"}, "la": {"female"}, "l": {"male", "female"}}


def turn_him(clause: Clause, place: int) -> None:
    """Change "je lui dis" to "je te dis", "chez lui" to "chez toi", "le lui" to "te le"."""
    is_stressed = _is_stressed(clause, place)
    if is_stressed and not clause.reader.may_be("male"):
        if not clause.reader.others and "male" not in clause.reader.genders:
            raise Unclear
        return
    is_subjects = not is_stressed and _is_the_subject_only_other(clause, place)
    if clause.reader.others and not is_subjects:
        raise Unclear
    if is_stressed:
        clause.changes[place] = clause.own["lui"]
        if clause.at(place + 1) == "qui":
            turn_verb(clause, place + 2)
    elif clause.at(place - 1) in ("le", "la", "les", "l"):
        clause.changes.update({place: clause.at(place - 1), place - 1: clause.own["se"]})
    else:
        clause.changes[place] = clause.own["se"]


def turn_his(clause: Clause, place: int) -> None:
    """Change "son" to "ton", unclear where it may be for the subject: "le vieux a pris sa clé"."""
    words = clause.words
    if clause.reader.others:
        raise Unclear
    before = clause.lower[start_of(clause, place) : place]
    is_noun = before[:1] and before[0] in words.words("direct.articles", "roles.first_possessive")
    may_have = is_noun and words.words("direct.being").isdisjoint(before)
    pronouns = words.words("direct.before_pronouns", "direct.object_pronouns")
    if may_have and any(word in pronouns or spoken_to(word, False, words) for word in before[2:]):
        raise Unclear
    clause.changes[place] = clause.own[clause.lower[place]]


def turn_it(clause: Clause, place: int) -> None:
    """Change "je la rappelle" where "la" is the reader; unclear where it may be something else."""
    words, reader = clause.words, clause.reader
    if not is_object(clause, place) or clause.at(place + 1) == "lui":
        return
    behind = clause.lower[place + 1 : place + 4]
    is_known = not reader.genders.isdisjoint(_GENDERS[clause.lower[place]])
    if words.words("direct.to_people").isdisjoint(behind):
        if not is_known and words.words("direct.of_it").isdisjoint(behind):
            raise Unclear
    elif is_known or reader.others:
        raise Unclear
    else:
        clause.changes[place] = clause.own["se"]


def is_object(clause: Clause, place: int) -> bool:
    """Whether "le" or "la" stands before a verb rather than a noun."""
    before = clause.at(place - 1)
    is_infinitive = clause.at(place + 1).endswith(_INFINITIVE)
    is_before = before in clause.words.words("direct.before_pronouns")
    is_article = before in ("de", "pour", "pas", "plus") and not is_infinitive
    return clause.lower[place] in ("le", "la", "l", "les") and is_before and not is_article


def _is_the_subject_only_other(clause: Clause, place: int) -> bool:
    """Whether only one other person is mentioned, who does it: "Lucie lui apporte la clé"."""
    start = start_of(clause, place)
    is_subject = any(clause.is_another(one) for one in range(start, min(start + 3, place)))
    return is_subject and len(clause.reader.others) == 1


def _is_stressed(clause: Clause, place: int) -> bool:
    """Whether "lui" is no object before a verb."""
    before, behind = clause.at(place - 1), clause.at(place + 1)
    if behind == "" or behind in clause.words.words("direct.behind_stressed"):
        return True
    is_behind = before in clause.words.words("direct.prepositions")
    return is_apart(clause, place) or (is_behind and not behind.endswith(_INFINITIVE))
