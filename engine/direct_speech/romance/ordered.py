"""What the reader is asked to do: "que me traiga pan" -> "tráeme pan"."""

from __future__ import annotations

import re

from engine.direct_speech.romance.clause import Clause, replaced
from engine.direct_speech.romance.imperative import with_pronouns
from engine.direct_speech.romance.told import Told


def note_order(clause: Clause, verb: int, start: int) -> None:
    """Take note of "me traiga", which is said as "tráeme" or behind "te pido que"."""
    before = verb
    joined = clause.words.pairs("direct.joined_pronouns")
    while before > start and clause.lower[before - 1] in joined:
        before -= 1
    clause.ordered.append((start, before, verb))


def with_orders(clause: Clause) -> Told:
    """Return a clause with its orders in both ways."""
    words, alone, behind = clause.words, dict(clause.changes), dict(clause.changes)
    joined = words.pairs("direct.joined_pronouns")
    is_alone = True
    for number, (start, before, verb) in enumerate(clause.ordered):
        is_not = before > start and clause.at(before - 1) in words.words("instructions.negations")
        first = before - is_not
        word = clause.lower[verb]
        said = clause.forms.orders[word]
        pronouns = [clause.changes.get(place, clause.lower[place]) for place in range(before, verb)]
        if said in words.words("direct.infinitives", "direct.more_infinitives"):
            ending = "".join(joined[pronoun] for pronoun in pronouns)
            stem = re.sub(r"r?re$", "r", said) if pronouns else said
            infinitive = f"{'non ' if is_not else ''}{stem}{ending}"
            gone = dict.fromkeys(range(first, verb), "")
            of = clause.words.pairs("direct.says")["and to"]
            behind.update({**gone, verb: f"{of} {infinitive}" if number else infinitive})
            alone.update({**gone, verb: f"{of if number else clause.says['order']} {infinitive}"})
            if first > start and not number:  # "Oggi venga."
                behind = alone
            continue
        behind[verb] = word if clause.reader.is_formal else said
        is_alone = is_alone and first == start
        if is_not:
            alone[verb] = behind[verb]
            continue
        imperative = word if clause.reader.is_formal else clause.forms.imperatives[word]
        alone.update(dict.fromkeys(range(before, verb), ""))
        alone[verb] = with_pronouns(imperative, pronouns)
    text = replaced(clause, behind)
    return Told(text, replaced(clause, alone) if is_alone else f"{clause.says['order']} {text}")
