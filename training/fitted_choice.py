"""Fit what tells which of several texts is meant: one weight for each of their features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from training.fitting import folds_of

_SHARPNESS, _SAME = 8.0, 3.0
_L2 = 0.01
_STEPS = 80


@dataclass(frozen=True)
class Choice:
    """Several texts for one line: features, and how near each is to what was written by hand.

    nearness: from 0 to 1. is_same: whether it is that. writer: of the line.
    """

    writer: str
    features: tuple[dict[str, float], ...]
    nearness: tuple[float, ...]
    is_same: tuple[bool, ...]


def fitted_choice(rows: Sequence[tuple[Tensor, Tensor]], l2: float, steps: int) -> Tensor:
    """Return the weights [features] with which a softmax over each choice is nearest its target.

    rows: for each choice the features [options, features], in float64, and the shares [options]
    that its options should have. l2: the penalty on the weights. steps: of L-BFGS, at most.
    """
    weights = torch.zeros(rows[0][0].shape[1], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=steps)

    def loss() -> Tensor:
        optimizer.zero_grad()
        total = l2 * (weights**2).sum()
        for features, target in rows:
            chosen = torch.log_softmax(features @ weights, 0)
            total = total - (target * chosen).sum() / len(rows)
        total.backward()
        return total

    optimizer.step(loss)
    return weights.detach()


def weights_of(learnt: Sequence[Choice]) -> dict[str, float]:
    """Return the weight of each feature; nearer texts are preferred, and most what was written."""
    names = _names(learnt)
    rows = []
    for one in learnt:
        wanted = torch.tensor(one.nearness).double() * _SHARPNESS
        wanted = torch.softmax(wanted + torch.tensor(one.is_same).double() * _SAME, 0)
        rows.append((_matrix(one, names), wanted))
    weights = fitted_choice(rows, _L2, _STEPS)
    return {name: round(value, 3) for name, value in zip(names, weights.tolist(), strict=True)}


def nearness_in_folds(found: Sequence[Choice]) -> dict[str, float]:
    """Return the mean nearness of the first text, of the chosen one, and of the best there was.

    The weights are fitted to other writers each time.
    """
    names = _names(found)
    totals = dict.fromkeys(("first", "chosen", "best of all"), 0.0)
    for fold in folds_of(one.writer for one in found):
        weights = weights_of([one for one in found if one.writer not in fold])
        values = torch.tensor([weights[name] for name in names]).double()
        for one in (one for one in found if one.writer in fold):
            totals["first"] += one.nearness[0]
            totals["chosen"] += one.nearness[int(torch.argmax(_matrix(one, names) @ values))]
            totals["best of all"] += max(one.nearness)
    return {name: round(total / len(found), 3) for name, total in totals.items()}


def _names(found: Sequence[Choice]) -> list[str]:
    return sorted(found[0].features[0])


def _matrix(one: Choice, names: Sequence[str]) -> Tensor:
    return torch.tensor([[row[name] for name in names] for row in one.features]).double()
