"""Fit what tells which of several is meant: one weight for each of their features."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


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
