"""Examples -> packed micro-batches -> the loss of the mails' tokens, in little memory.

A micro-batch is one row of several examples, one behind the other: there is no padding to compute,
and what all examples begin with, as the preamble, is computed once a row. Logits are made at
labelled positions only, and of these at a piece at a time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import torch
from accelerate.utils import send_to_device
from torch import Tensor
from torch.nn import functional

from training.examples.tokens import Example
from training.loop.packed_attention import attend_by_mail, bare_model, can_share_beginnings
from training.loop.response_head import labelled_loss, plain_head, put_off

MicroBatch = dict[str, Any]
"""input_ids, position_ids [1, tokens]; predict_at, targets [labelled]; where a beginning is shared,
`lengths`: the tokens of that and of each example's rest."""

_SHORTEST_SHARED = 8


def pack(
    examples: Sequence[Example], token_budget: int, *, share: bool = False
) -> list[MicroBatch]:
    """Lay examples into as few rows of at most `token_budget` tokens as first fit finds.

    Longest first, so that the short ones fill the gaps. An example longer than the budget has a
    row of its own. share: rows have what all examples begin with once, which `response_loss` takes
    from models that `can_share_beginnings`; else positions start again at 0 with each example, by
    which transformers keeps their attention apart.
    """
    shared = _common_beginning(examples) if share and examples else 0
    rows: list[list[Example]] = []
    room: list[int] = []
    for example in sorted(examples, key=lambda e: (-len(e.token_ids), e.mail_id)):
        length = len(example.token_ids) - shared
        row = next((i for i, free in enumerate(room) if length <= free), None)
        if row is None:
            rows.append([])
            room.append(token_budget - shared)
            row = len(rows) - 1
        rows[row].append(example)
        room[row] -= length
    # The largest first: the memory it leaves has room for the others, wherever gradients lie in it.
    rows = [row for _, row in sorted(zip(room, rows, strict=True), key=lambda pair: pair[0])]
    return [_to_tensors(row, shared if share else None) for row in rows]


def share_of(examples: Sequence[Example], process: int, processes: int) -> list[Example]:
    """The examples of a step that one of several processes takes: about as many tokens as others.

    It may be none.
    """
    shares: list[list[Example]] = [[] for _ in range(processes)]
    tokens = [0] * processes
    for example in sorted(examples, key=lambda e: (-len(e.token_ids), e.mail_id)):
        least = tokens.index(min(tokens))
        shares[least].append(example)
        tokens[least] += len(example.token_ids)
    return shares[process]


def pack_for(model: Any, examples: Sequence[Example], token_budget: int) -> list[MicroBatch]:
    """`pack` as it suits a model."""
    return pack(examples, token_budget, share=can_share_beginnings(model))


def labelled_tokens(micro_batches: Sequence[MicroBatch]) -> int:
    """How many tokens of the micro-batches carry a label."""
    return sum(batch["targets"].numel() for batch in micro_batches)


def response_loss(model: Any, batch: MicroBatch) -> Tensor:
    """Summed cross-entropy (nats) of the labelled tokens of one micro-batch, a scalar."""
    lengths = {key: batch[key] for key in ("lengths",) if key in batch}
    if lengths:
        attend_by_mail(model)
    head = plain_head(bare_model(model))
    with put_off(head) if head else contextlib.nullcontext():
        output = model(
            input_ids=batch["input_ids"],
            position_ids=batch["position_ids"],
            logits_to_keep=batch["predict_at"],
            use_cache=False,
            **lengths,
        ).logits[0]
    if head:
        return labelled_loss(head, output, batch["targets"])
    return functional.cross_entropy(output.float(), batch["targets"], reduction="sum")


@torch.no_grad()
def mean_loss(model: Any, examples: Sequence[Example], token_budget: int) -> float:
    """Nats per labelled token over all examples, dropout off; NaN without examples."""
    micro_batches = pack_for(model, examples, token_budget)
    if not micro_batches:
        return float("nan")
    was_training = model.training
    model.eval()
    try:
        total = sum(
            response_loss(model, send_to_device(batch, model.device)).item()
            for batch in micro_batches
        )
    finally:
        model.train(was_training)
    return total / labelled_tokens(micro_batches)


def _common_beginning(examples: Sequence[Example]) -> int:
    """How many tokens all prompts begin with; their last is never of them, as it predicts."""
    first, last = min(e.token_ids for e in examples), max(e.token_ids for e in examples)
    most = min(example.prompt_tokens for example in examples) - 1
    # What the least and the greatest begin with, all between them do.
    count = next((i for i in range(most) if first[i] != last[i]), most)
    return count if len(examples) > 1 and count >= _SHORTEST_SHARED else 0


def _to_tensors(row: Sequence[Example], shared: int | None) -> MicroBatch:
    """shared: tokens that all begin with and that stand once; None: told apart by position."""
    begin = shared or 0
    ids: list[int] = list(row[0].token_ids[:begin])
    positions: list[int] = list(range(begin))
    predict_at: list[int] = []
    targets: list[int] = []
    for example in row:
        # Where the example's first token would stand, were it not shared.
        start, length = len(ids) - begin, len(example.token_ids)
        ids += example.token_ids[begin:]
        positions += range(begin, length)
        # The token before a labelled one predicts it.
        predict_at += range(start + example.prompt_tokens - 1, start + length - 1)
        targets += example.token_ids[example.prompt_tokens :]
    batch = {
        "input_ids": torch.tensor([ids]),
        "position_ids": torch.tensor([positions]),
        "predict_at": torch.tensor(predict_at),
        "targets": torch.tensor(targets),
    }
    if shared is not None:
        batch["lengths"] = (begin, *(len(example.token_ids) - begin for example in row))
    return batch
