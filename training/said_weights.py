"""Fit which of several texts is taken for what a line says: `python -m training.said_weights`.

The model for lines writes several texts for each line of the writers whom it has not learnt; of
those that are sound, what says most nearly what was written by hand is preferred. Takes ten
minutes. Prints how near the chosen ones come in five folds by writers.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from engine.checking.brief import Brief
from engine.checking.facts import find_facts
from engine.direct_speech.agreement import FAITHFUL, agreement, persons_apart
from engine.direct_speech.by_model import options
from engine.direct_speech.choosing import WEIGHTS, features, is_sound
from engine.mail_base.line_model import LineModel
from training.corpus import SaidLine, read_said_lines
from training.fitted_choice import Choice, fit_with_model
from training.line_model import split

_PERSON, _FACT = 0.12, 0.2
"""Off for each person who is another, and for each fact lost or added; two of them at most."""


def choices(rows: Sequence[SaidLine], lines: LineModel) -> list[Choice]:
    """Return a choice for each line that the model may read."""
    found = []
    for row in rows:
        brief = Brief(row.line, recipient=row.to, user_name=row.name)
        written = options(lines, brief, row.to)
        offered = [one for one in written if is_sound(one.text, brief)]
        if len(offered) > 1:
            near = [nearness(one.text, row.said, brief) for one in offered]
            found.append(
                Choice(
                    row.name,
                    tuple(features(one, written, brief) for one in offered),
                    tuple(value for value, _ in near),
                    tuple(is_same for _, is_same in near),
                )
            )
    return found


def nearness(text: str, said: str, brief: Brief) -> tuple[float, bool]:
    """Return how near a text is to what was written by hand, 1 for the same, and whether it says
    the same."""
    agrees, apart = agreement(said, text, brief)
    words = [[word.lower() for word in brief.words.find_words(side)] for side in (said, text)]
    alike = SequenceMatcher(None, words[0], words[1], autojunk=False).ratio()
    persons, facts = persons_apart(said, text, brief), _facts_apart(said, text)
    off = _PERSON * min(2, persons) + _FACT * min(2, facts)
    return (agrees + alike) / 2 - off, apart <= FAITHFUL and not persons and not facts


def _facts_apart(one: str, other: str) -> int:
    """Return how many firm facts each of two texts has that the other lacks, together."""
    sides = [find_facts(one), find_facts(other)]
    return sum(
        fact.firm and not any(fact.values & known.values for known in theirs)
        for mine, theirs in (sides, sides[::-1])
        for fact in mine
    )


def main() -> None:
    rows = split(read_said_lines())[1]
    fit_with_model(lambda lines: choices(rows, lines), WEIGHTS, "python -m training.said_weights")


if __name__ == "__main__":
    main()
