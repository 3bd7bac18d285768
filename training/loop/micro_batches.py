"""Examples -> packed micro-batches -> the loss of the mails' tokens, in little memory.

A micro-batch is one row of several packed examples without padding. The prefix that all examples
have in common, such as the preamble, is computed once per row. Logits are computed at labelled
positions only, in chunks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from accelerate.utils import send_to_device
from torch import Tensor
from torch.nn import functional

from training.examples.tokens import Example
from training.loop.fused_layers import use_fused_layers
from training.loop.packed_attention import (
    supports_shared_prefix,
    unwrap_model,
    use_packed_attention,
)
from training.loop.response_head import identity_lm_head, linear_lm_head, lm_head_loss

MicroBatch = dict[str, Any]
"""input_ids, position_ids [1, tokens]; predict_at, targets [labelled]; mail_ids, labelled
[examples]: the examples in order, and how many labelled tokens each has; with a shared prefix also
`lengths`: the tokens of the prefix and of each example's rest."""

_MIN_SHARED_PREFIX = 8
"""Tokens. Chosen by hand: a prefix costs each layer one attention call more."""


def pack(
    examples: Sequence[Example], token_budget: int, *, share_prefix: bool = False
) -> list[MicroBatch]:
    """Pack examples into rows of at most `token_budget` tokens by first fit.

    Longest first, so that short ones fill the gaps. An example longer than the budget gets a row of
    its own. share_prefix: put the examples' common prefix into each row once, for models that
    `supports_shared_prefix`; otherwise positions restart at 0 with each example, by which
    transformers keeps their attention apart.
    """
    prefix = _common_prefix(examples) if share_prefix and examples else 0
    rows: list[list[Example]] = []
    room: list[int] = []
    for example in _longest_first(examples):
        length = len(example.token_ids) - prefix
        row = next((i for i, free in enumerate(room) if length <= free), None)
        if row is None:
            rows.append([])
            room.append(token_budget - prefix)
            row = len(rows) - 1
        rows[row].append(example)
        room[row] -= length
    # Largest row first: the memory that it frees then fits the others without fragmentation.
    rows = [row for _, row in sorted(zip(room, rows, strict=True), key=lambda pair: pair[0])]
    return [_to_tensors(row, prefix if share_prefix else None) for row in rows]


def examples_of_rank(examples: Sequence[Example], rank: int, world_size: int) -> list[Example]:
    """The examples of a step that process `rank` computes; may be none.

    Each process gets about as many tokens as the others.
    """
    shards: list[list[Example]] = [[] for _ in range(world_size)]
    tokens = [0] * world_size
    for example in _longest_first(examples):
        smallest = tokens.index(min(tokens))
        shards[smallest].append(example)
        tokens[smallest] += len(example.token_ids)
    return shards[rank]


def pack_for(model: Any, examples: Sequence[Example], token_budget: int) -> list[MicroBatch]:
    """Pack examples, with a shared prefix where the model supports it."""
    return pack(examples, token_budget, share_prefix=supports_shared_prefix(model))


def labelled_tokens(micro_batches: Sequence[MicroBatch]) -> int:
    """How many tokens of the micro-batches have a label."""
    return sum(batch["targets"].numel() for batch in micro_batches)


def response_loss(model: Any, batch: MicroBatch, dtype: torch.dtype | None = None) -> Tensor:
    """Summed cross-entropy (nats) of the labelled tokens of one micro-batch, a scalar.

    dtype: the format to compute in; None for that of the model's weights. Parameters of an adapter
    are float32 in any case, and so are their gradients.
    """
    head, output = _outputs(model, batch, dtype)
    return _loss(head, output, batch["targets"])


def _loss(head: Any, output: Tensor, targets: Tensor) -> Tensor:
    """Summed cross-entropy (nats) of what `_outputs` returned, or of a part of it."""
    if head:
        return lm_head_loss(head, output, targets)
    return functional.cross_entropy(output.float(), targets, reduction="sum")


def _outputs(model: Any, batch: MicroBatch, dtype: torch.dtype | None) -> tuple[Any, Tensor]:
    """(LM head, last hidden states), or where the head can't be split off (None, logits).

    Both [labelled, ...].
    """
    lengths = {key: batch[key] for key in ("lengths",) if key in batch}
    if lengths:
        use_packed_attention(model)
    bare = unwrap_model(model)
    use_fused_layers(bare)
    head = linear_lm_head(bare)
    dtype = dtype or bare.dtype
    with (
        torch.autocast(bare.device.type, dtype, enabled=dtype == torch.bfloat16),
        identity_lm_head(head) if head else contextlib.nullcontext(),
    ):
        output = model(
            input_ids=batch["input_ids"],
            position_ids=batch["position_ids"],
            logits_to_keep=batch["predict_at"],
            use_cache=False,
            **lengths,
        ).logits[0]
    return head, output.to(dtype) if head else output


@torch.no_grad()
def mean_loss(
    model: Any, examples: Sequence[Example], token_budget: int, dtype: torch.dtype | None = None
) -> float:
    """Nats per labelled token over all examples, without dropout; NaN without examples.

    dtype: as for `response_loss`.
    """
    micro_batches = pack_for(model, examples, token_budget)
    if not micro_batches:
        return float("nan")
    was_training = model.training
    model.eval()
    try:
        total = sum(
            response_loss(model, send_to_device(batch, model.device), dtype).item()
            for batch in micro_batches
        )
    finally:
        model.train(was_training)
    return total / labelled_tokens(micro_batches)


@torch.no_grad()
def example_losses(
    model: Any, examples: Sequence[Example], token_budget: int, dtype: torch.dtype | None = None
) -> list[float]:
    """Nats of each example's labelled tokens, without dropout. dtype: as for `response_loss`."""
    numbered = [replace(example, mail_id=number) for number, example in enumerate(examples)]
    losses = [0.0] * len(examples)
    was_training = model.training
    model.eval()
    try:
        for micro_batch in pack_for(model, numbered, token_budget):
            batch = send_to_device(micro_batch, model.device)
            for number, loss in summed_losses(model, batch, dtype).items():
                losses[number] = loss.item()
    finally:
        model.train(was_training)
    return losses


def summed_losses(
    model: Any, batch: MicroBatch, dtype: torch.dtype | None = None
) -> dict[int, Tensor]:
    """Return mail_id -> summed cross-entropy (nats) of its labelled tokens, a scalar each.

    dtype: as for `response_loss`.
    """
    head, output = _outputs(model, batch, dtype)
    sizes = batch["labelled"].tolist()
    parts = zip(output.split(sizes), batch["targets"].split(sizes), strict=True)
    numbers = batch["mail_ids"].tolist()
    return {
        number: _loss(head, part, targets)
        for number, (part, targets) in zip(numbers, parts, strict=True)
    }


def _longest_first(examples: Sequence[Example]) -> list[Example]:
    return sorted(examples, key=lambda e: (-len(e.token_ids), e.mail_id))


def _common_prefix(examples: Sequence[Example]) -> int:
    """How many tokens all prompts start with, at most all but the last, which predicts; or 0."""
    first, last = min(e.token_ids for e in examples), max(e.token_ids for e in examples)
    longest = min(example.prompt_tokens for example in examples) - 1
    # What the first and the last in sorted order have in common, all between them have too.
    count = next((i for i in range(longest) if first[i] != last[i]), longest)
    return count if len(examples) > 1 and count >= _MIN_SHARED_PREFIX else 0


def _to_tensors(row: Sequence[Example], prefix: int | None) -> MicroBatch:
    """prefix: tokens that the examples share; None: they are kept apart by their positions."""
    shared = prefix or 0
    ids: list[int] = list(row[0].token_ids[:shared])
    positions: list[int] = list(range(shared))
    predict_at: list[int] = []
    targets: list[int] = []
    for example in row:
        # Where the example would start if the prefix were repeated.
        start, length = len(ids) - shared, len(example.token_ids)
        ids += example.token_ids[shared:]
        positions += range(shared, length)
        # The token before a labelled one predicts it.
        for begin, end in example.labelled_spans:
            predict_at += range(start + begin - 1, start + end - 1)
            targets += example.token_ids[begin:end]
    batch = {
        "input_ids": torch.tensor([ids]),
        "position_ids": torch.tensor([positions]),
        "predict_at": torch.tensor(predict_at),
        "targets": torch.tensor(targets),
        "mail_ids": torch.tensor([example.mail_id for example in row]),
        "labelled": torch.tensor([example.labelled_tokens for example in row]),
    }
    if prefix is not None:
        batch["lengths"] = (shared, *(len(example.token_ids) - shared for example in row))
    return batch
