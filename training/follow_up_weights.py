"""Fit the weights of changed instructions: `python -m training.follow_up_weights`.

Learns from the corpus's follow-ups, whose standalone instructions were written by hand: of the
rewrites that rules make, those are preferred that have most words in common with the written one.
Prints how near the chosen ones come in five folds by writers, and writes the weights of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from engine.checking.lexicon import lexicon_of
from engine.follow_ups.changes import changes
from engine.follow_ups.rewrites import Rewrite, best, rewrites
from engine.follow_ups.standalone import WEIGHTS
from training.corpus import FollowUp, read_follow_ups
from training.fitted_choice import fitted_choice
from training.fitting import folds_of, write_weights

_SHARPNESS = 60.0  # A rewrite with 1 % more words in common is preferred almost two to one.
_L2 = 0.002
_STEPS = 60


@dataclass(frozen=True)
class Choice:
    """The rewrites for one change, and how much each has in common with the written instruction."""

    writer: str
    rewrites: tuple[Rewrite, ...]
    likeness: tuple[float, ...]


def choices(rows: Sequence[FollowUp]) -> list[Choice]:
    """Return a choice for each change; the changes of one follow-up build on the best ones."""
    found = []
    for row in rows:
        lexicon, text = lexicon_of(f"{row.instruction}\n{row.follow_up}"), row.instruction
        for change in changes(row.follow_up, lexicon):
            made = tuple(rewrites(text, change, lexicon))
            near = tuple(likeness(one.text, row.standalone) for one in made)
            found.append(Choice(row.name, made, near))
            text = made[near.index(max(near))].text
    return found


def fit(learnt: Sequence[Choice], names: Sequence[str]) -> dict[str, float]:
    """Return the weight of each feature."""
    place = {name: number for number, name in enumerate(names)}
    rows = [
        (_matrix(one, place), torch.softmax(torch.tensor(one.likeness).double() * _SHARPNESS, 0))
        for one in learnt
    ]
    weights = fitted_choice(rows, _L2, _STEPS)
    return {name: round(weights[place[name]].item(), 3) for name in names}


def main() -> None:
    """Print the likeness in folds, and write weights.toml."""
    found = choices(list(read_follow_ups()))
    names = sorted({name for one in found for made in one.rewrites for name in made.features})
    figures = dict.fromkeys(("put together", "chosen", "best of all"), 0.0)
    for fold in folds_of(one.writer for one in found):
        weights = fit([one for one in found if one.writer not in fold], names)
        for one in (one for one in found if one.writer in fold):
            figures["put together"] += one.likeness[0]
            figures["chosen"] += one.likeness[one.rewrites.index(best(one.rewrites, weights))]
            figures["best of all"] += max(one.likeness)
    for name, total in figures.items():
        print(f"{name}: {total / len(found):.4f}")
    _write(fit(found, names))


def likeness(text: str, written: str) -> float:
    """Return twice the words that both have, by the words of both."""
    one, other = (Counter(lexicon_of(t).find_words(t.lower())) for t in (text, written))
    return 2 * (one & other).total() / max(1, one.total() + other.total())


def _matrix(choice: Choice, place: dict[str, int]) -> torch.Tensor:
    features = torch.zeros(len(choice.rewrites), len(place), dtype=torch.float64)
    for number, made in enumerate(choice.rewrites):
        for name, value in made.features.items():
            features[number, place[name]] = value
    return features


def _write(weights: dict[str, float]) -> None:
    tables: dict[str, dict[str, float]] = {}
    for name, weight in weights.items():
        done, _, feature = name.partition(".")
        tables.setdefault(done, {})[feature] = weight
    write_weights(WEIGHTS, tables, "python -m training.follow_up_weights", "rewrites.py")


if __name__ == "__main__":
    main()
