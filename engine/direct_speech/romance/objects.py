"""To him and to her: "le", "la" and "su" where they are for the reader, and where they may not."""

from __future__ import annotations

import re

from engine.direct_speech.romance.clause import Clause, Unclear


def check_object(clause: Clause, place: int) -> None:
    """Change "la llamo" where "la" is the reader; unclear where it may be something else."""
    words = clause.words
    genders = words.pairs("direct.accusative_genders").get(clause.lower[place], "").split()
    is_dative_before = clause.at(place - 1) in words.words("direct.object_pronouns")
    if is_dative_before or clause.has_object or genders == ["several"]:  # "Se la llevo".
        return
    behind = clause.lower[place + 1 : place + 5]
    verb = next((one for one in behind[:2] if one in clause.forms), "")
    if verb in words.words("direct.of_it"):  # "Lo siento".
        return
    is_personal = not words.words("direct.to_people").isdisjoint(behind) or any(
        word.removesuffix("e") in words.words("direct.calling") for word in behind
    )
    if clause.reader.is_formal and not (is_personal and "*" in clause.own):
        return
    is_known = not clause.reader.genders.isdisjoint(genders)
    if is_personal and not is_known and not clause.reader.others:
        clause.changes[place] = clause.own["*"]
    elif is_personal or not is_known:
        raise Unclear


def turn_infinitives(clause: Clause) -> None:
    """Change what is joined to infinitives: "decirle" -> "decirte"."""
    words = clause.words
    pattern = re.compile(rf"(\w+?[aeiáéí]r)({words.expressions('direct.joined')})")
    for place, word in enumerate(clause.lower):
        match = pattern.fullmatch(word)
        if not match or place in clause.changes:
            continue
        verb, ending = match[1], match[2]
        is_reflexive = ending in words.words("direct.reflexive")
        if ending in words.words("direct.accusative"):
            _turn_joined_object(clause, place, verb, ending)
        elif f"-{ending}" in clause.own and is_reflexive == (place not in clause.others_do):
            must_be_reader(clause, place, is_reflexive)
            clause.changes[place] = verb + clause.own[f"-{ending}"]


def _turn_joined_object(clause: Clause, place: int, verb: str, ending: str) -> None:
    """Change "llamarlo" where "lo" is the reader; unclear where it may be something else."""
    words = clause.words
    is_personal = verb in words.words("direct.calling") or (
        clause.at(place + 1) in words.words("direct.to_people")
    )
    genders = words.pairs("direct.accusative_genders").get(ending, "").split()
    is_by_reader = place not in clause.others_do
    if not is_personal or is_by_reader or genders == ["several"] or "*" not in clause.own:
        return
    if not clause.reader.genders.isdisjoint(genders) or clause.has_others[place]:
        raise Unclear
    clause.changes[place] = verb + clause.own["*"]


def check_article(clause: Clause, place: int) -> None:
    """Refuse "le" before what may be a verb that is not known."""
    behind = clause.at(place + 1)
    if behind.endswith("o") and behind not in clause.words.words("direct.nouns"):
        raise Unclear


def is_for_somebody(clause: Clause, place: int, end: int) -> bool:
    """Whether "le" is for whom the clause names: "le dije a Nuria"."""
    to = clause.words.words("direct.to", "direct.articles")
    return any(
        clause.is_another(later) and not to.isdisjoint((clause.at(later - 1), clause.at(later - 2)))
        for later in range(place + 2, end)
    )


def may_be_dative(clause: Clause, word: str) -> bool:
    """Whether "le" or "gli" may be the reader; unclear where it may be several things."""
    sex = clause.words.pairs("direct.datives").get(word, clause.reader.sex)
    is_plural = word in clause.words.words("direct.plural_pronouns")
    if not clause.reader.is_formal and is_plural and "several" in clause.reader.genders:
        raise Unclear
    if not clause.reader.may_be(sex) and not clause.reader.others:
        raise Unclear
    return clause.reader.may_be(sex)


def is_the_subject_only_other(clause: Clause) -> bool:
    """Whether only one other person is mentioned, who does it: "el médico le ha dado"."""
    return len(clause.reader.others) == 1 and clause.reader.last == "somebody"


def must_be_reader(clause: Clause, place: int, is_readers: bool = False) -> None:
    """Refuse a word that may be for somebody else, who is mentioned before it."""
    if clause.has_others[place] and not is_readers and not clause.reader.is_formal:
        raise Unclear
