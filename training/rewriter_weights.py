"""Fit how a rewritten instruction is chosen: `python -m training.rewriter_weights`.

The model that puts follow-ups into instructions writes several for each follow-up of the writers
whom it has not learnt; those are preferred that make most of the changes of the one written by
hand. Takes ten minutes. Prints how near the chosen ones come in five folds by writers.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.checking.lexicon import Lexicon, lexicon_of
from engine.follow_ups.choosing import WEIGHTS, features
from engine.follow_ups.rewriter import Rewriter, is_made_of
from engine.follow_ups.standalone import changed
from engine.home.home import Home
from training.corpus import FollowUp, read_follow_ups
from training.fitted_choice import fitted_choice
from training.rewriter import split

_FOLDS, _SEED = 5, 1
_SHARPNESS, _SAME = 8.0, 3.0
_L2 = 0.01
_STEPS = 80


@dataclass(frozen=True)
class Choice:
    """What a model wrote for a follow-up: features, and how near each is to what was written."""

    writer: str
    features: tuple[dict[str, float], ...]
    nearness: tuple[float, ...]
    is_same: tuple[bool, ...]


def choices(rows: Sequence[FollowUp], rewriter: Rewriter) -> list[Choice]:
    """Return a choice for each English follow-up that the rules leave to the model."""
    found = []
    for row in rows:
        lexicon = lexicon_of(f"{row.instruction}\n{row.follow_up}")
        if lexicon.language != "en" or changed(row.instruction, row.follow_up).is_exact:
            continue
        both = f"{row.instruction} {row.follow_up}"
        made = {one.text: one for one in rewriter.proposals(row.instruction, row.follow_up)}
        sound = [one for one in made.values() if is_made_of(one.text, both, lexicon)]
        if len(sound) > 1:
            found.append(
                Choice(
                    row.name,
                    tuple(features(one, row.instruction, row.follow_up, lexicon) for one in sound),
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


def fit(learnt: Sequence[Choice], names: Sequence[str]) -> dict[str, float]:
    """Return the weight of each feature."""
    rows = []
    for one in learnt:
        wanted = torch.tensor(one.nearness).double() * _SHARPNESS
        wanted = torch.softmax(wanted + torch.tensor(one.is_same).double() * _SAME, 0)
        rows.append((_matrix(one, names), wanted))
    weights = fitted_choice(rows, _L2, _STEPS)
    return {name: round(value, 3) for name, value in zip(names, weights.tolist(), strict=True)}


def main() -> None:
    """Print how near the chosen ones come in folds, and write choosing.toml."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder)).prepare()
        with closing(Rewriter(home, lambda: 1)) as rewriter:
            found = choices(split(read_follow_ups())[1], rewriter)
    names = sorted(found[0].features[0])
    writers = sorted({one.writer for one in found})
    random.Random(_SEED).shuffle(writers)
    fold_of = {writer: number % _FOLDS for number, writer in enumerate(writers)}
    totals = dict.fromkeys(("first", "chosen", "best of all"), 0.0)
    for fold in range(_FOLDS):
        weights = fit([one for one in found if fold_of[one.writer] != fold], names)
        values = torch.tensor([weights[name] for name in names]).double()
        for one in (one for one in found if fold_of[one.writer] == fold):
            totals["first"] += one.nearness[0]
            totals["chosen"] += one.nearness[int(torch.argmax(_matrix(one, names) @ values))]
            totals["best of all"] += max(one.nearness)
    print(len(found), {name: round(total / len(found), 3) for name, total in totals.items()})
    lines = [f"{name} = {weight}" for name, weight in fit(found, names).items()]
    head = "# Fitted by `python -m training.rewriter_weights`; what they are of: choosing.py.\n\n"
    WEIGHTS.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def _matrix(one: Choice, names: Sequence[str]) -> torch.Tensor:
    return torch.tensor([[row[name] for name in names] for row in one.features]).double()


def _bare(text: str) -> str:
    return text.strip().lower().rstrip(".")


if __name__ == "__main__":
    main()
