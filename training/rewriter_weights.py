"""Fit which of several rewritten instructions is taken: `python -m training.rewriter_weights`.

The model that puts follow-ups into instructions writes several for each follow-up of the writers
whom it has not learnt; those are preferred that make most of the changes of the one written by
hand. Takes ten minutes. Prints how near the chosen ones come in five folds by writers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engine.checking.lexicon import Lexicon, lexicon_of
from engine.follow_ups.choosing import WEIGHTS, features
from engine.follow_ups.rewriter import is_made_of, rewriting
from engine.follow_ups.standalone import changed
from engine.mail_base.line_model import LineModel
from training.corpus import FollowUp, read_follow_ups
from training.fitted_choice import Choice, nearness_in_folds, weights_of
from training.fitting import packaged_line_model, write_weights
from training.line_model import split


def choices(rows: Sequence[FollowUp], lines: LineModel) -> list[Choice]:
    """Return a choice for each English follow-up that the rules leave to the model."""
    found = []
    for row in rows:
        lexicon = lexicon_of(f"{row.instruction}\n{row.follow_up}")
        if lexicon.language != "en" or changed(row.instruction, row.follow_up).is_exact:
            continue
        both = f"{row.instruction} {row.follow_up}"
        proposed = lines.proposals(rewriting(row.instruction, row.follow_up))
        sound = [one for one in proposed if is_made_of(one.text, both, lexicon)]
        if len({one.text for one in sound}) > 1:
            found.append(
                Choice(
                    row.name,
                    tuple(features(sound, row.instruction, row.follow_up, lexicon)),
                    tuple(nearness(one.text, row, lexicon) for one in sound),
                    tuple(_bare(one.text) == _bare(row.standalone) for one in sound),
                )
            )
    return found


def nearness(text: str, row: FollowUp, lexicon: Lexicon) -> float:
    """Return how far a text adds and leaves out what the one written by hand does: F1 of both."""

    def changes(side: str) -> Counter[tuple[str, str]]:
        old, new = (
            Counter(lexicon.stem(word) for word in lexicon.find_words(one.lower()))
            for one in (row.instruction, side)
        )
        added = {("added", word): times for word, times in (new - old).items()}
        return Counter(added | {("left out", word): times for word, times in (old - new).items()})

    made, written = changes(text), changes(row.standalone)
    return 2 * (made & written).total() / max(1, made.total() + written.total())


def main() -> None:
    rows = split(read_follow_ups())[1]
    with packaged_line_model() as lines:
        found = choices(rows, lines)
    print(len(found), nearness_in_folds(found))
    command = "python -m training.rewriter_weights"
    write_weights(WEIGHTS, {"": weights_of(found)}, command, "choosing.py")


def _bare(text: str) -> str:
    return text.strip().lower().rstrip(".")


if __name__ == "__main__":
    main()
