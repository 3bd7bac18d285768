"""Examples -> packed micro-batches -> the loss of the mails' tokens, in little memory.

A micro-batch is one row of several examples, one behind the other, their positions starting again
at 0 each time, by which transformers keeps their attention apart: there is no padding to compute.
Logits are made at labelled positions only: [labelled, vocabulary] is the largest tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from training.examples import Example

MicroBatch = dict[str, Tensor]


def pack(examples: Sequence[Example], token_budget: int) -> list[MicroBatch]:
    """Lay examples into as few rows of at most `token_budget` tokens as first fit finds.

    Longest first, so that the short ones fill the gaps. An example longer than the budget has a
    row of its own.
    """
    rows: list[list[Example]] = []
    room: list[int] = []
    for example in sorted(examples, key=lambda e: (-len(e.token_ids), e.mail_id)):
        length = len(example.token_ids)
        row = next((i for i, free in enumerate(room) if length <= free), None)
        if row is None:
            rows.append([])
            room.append(token_budget)
            row = len(rows) - 1
        rows[row].append(example)
        room[row] -= length
    return [_to_tensors(row) for row in rows]


def labelled_tokens(micro_batches: Sequence[MicroBatch]) -> int:
    """How many tokens of the micro-batches carry a label."""
    return sum(batch["targets"].numel() for batch in micro_batches)


def response_loss(model: Any, batch: MicroBatch) -> Tensor:
    """Summed cross-entropy (nats) of the labelled tokens of one micro-batch, a scalar.

    batch: input_ids and position_ids [1, tokens]; predict_at and targets [labelled].
    """
    logits = model(
        input_ids=batch["input_ids"],
        position_ids=batch["position_ids"],
        logits_to_keep=batch["predict_at"],
        use_cache=False,
    ).logits[0]
    return functional.cross_entropy(logits.float(), batch["targets"], reduction="sum")


@torch.no_grad()
def mean_loss(model: Any, examples: Sequence[Example], token_budget: int) -> float:
    """Nats per labelled token over all examples, dropout off; NaN without examples."""
    micro_batches = pack(examples, token_budget)
    if not micro_batches:
        return float("nan")
    was_training = model.training
    model.eval()
    try:
        total = sum(
            response_loss(model, {k: v.to(model.device) for k, v in batch.items()}).item()
            for batch in micro_batches
        )
    finally:
        model.train(was_training)
    return total / labelled_tokens(micro_batches)


def _to_tensors(row: Sequence[Example]) -> MicroBatch:
    ids: list[int] = []
    positions: list[int] = []
    predict_at: list[int] = []
    targets: list[int] = []
    for example in row:
        start, length = len(ids), len(example.token_ids)
        ids += example.token_ids
        positions += range(length)
        # The token before a labelled one predicts it.
        predict_at += range(start + example.prompt_tokens - 1, start + length - 1)
        targets += example.token_ids[example.prompt_tokens :]
    return {
        "input_ids": torch.tensor([ids]),
        "position_ids": torch.tensor([positions]),
        "predict_at": torch.tensor(predict_at),
        "targets": torch.tensor(targets),
    }
