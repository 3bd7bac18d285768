"""Cross-entropy of a language model's head in chunks, so that few logits are held at once.

Logits of a real vocabulary are the largest tensors of a step: for 300 labelled tokens and 49,152
words three of them (logits, their softmax, its gradient) take 170 MiB. Here the loss and gradient
of each chunk of positions are computed before the next chunk's logits are made.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from training.bases.quantised_layers import QuantisedLinear
from training.cost.sizes import LOGIT_CHUNK, QUANTISED_LOGIT_CHUNK

_CPU_SOFTMAX_ROWS = 16
"""Positions whose softmax is computed at once, so that it stays in the processor's cache."""

# Other operations on logits, as configurations call them; most have "logit" in their name.
_LOGIT_OPERATIONS = ("output_multiplier", "unpadded_vocab_size", "lm_head_multiplier")


def linear_lm_head(model: Any) -> nn.Linear | None:
    """The LM head of a transformers model, if logits are the unchanged output of that layer.

    None, too, where its weight is sharded over processes (FSDP, DeepSpeed's stage 3): only the
    head's own forward gathers it.
    """
    head = model.get_output_embeddings()
    config = model.config.get_text_config()
    operations = (
        value
        for name, value in vars(config).items()
        if "logit" in name or name in _LOGIT_OPERATIONS
    )
    if not all(value in (None, False, 1) for value in operations):
        return None
    if type(head) is QuantisedLinear:
        return head
    if type(head) is not nn.Linear:
        return None
    unsharded = type(head.weight.data) is Tensor
    return (
        head if unsharded and head.weight.shape == (head.out_features, head.in_features) else None
    )


@contextmanager
def identity_lm_head(head: nn.Linear) -> Iterator[None]:
    """Replace the head by the identity: the model's "logits" are then its last hidden states."""
    head.forward = _identity
    try:
        yield
    finally:
        del head.forward


def lm_head_loss(head: nn.Linear, hidden: Tensor, targets: Tensor) -> Tensor:
    """Summed cross-entropy (nats), a scalar, of hidden [labelled, width] and targets [labelled].

    Products are computed in the dtype of `hidden`.
    """
    return _ChunkedLoss.apply(
        hidden, head.weight, head.bias, targets, torch.is_grad_enabled(), head
    )


def _identity(hidden: Tensor) -> Tensor:
    return hidden


def _cross_entropy(logits: Tensor, targets: Tensor, *, into_gradient: bool) -> Tensor:
    """Summed cross-entropy in float32; `into_gradient`: logits are replaced by its gradient."""
    size = _CPU_SOFTMAX_ROWS if logits.device.type == "cpu" else len(logits)
    scores, probs = torch.empty(2, size, logits.shape[1], device=logits.device).unbind()
    total = torch.zeros((), device=logits.device)
    for part, target in zip(logits.split(size), targets[:, None].split(size), strict=True):
        score, prob = scores[: len(part)].copy_(part), probs[: len(part)]
        torch.softmax(score, 1, out=prob)
        # log Σ exp(score), from the largest score: its probability can't be rounded to zero.
        log_sum = score.amax(1) - prob.amax(1).log_()
        total += (log_sum - score.gather(1, target)[:, 0]).sum()
        if into_gradient:  # Softmax minus one-hot target.
            part.copy_(prob.scatter_add_(1, target, score.new_full(target.shape, -1)))
    return total


class _ChunkedLoss(torch.autograd.Function):
    """Computes the gradients in the forward pass; the backward pass only scales them."""

    @staticmethod
    def forward(ctx, hidden, weight, bias, targets, grad_enabled, head):
        inputs = hidden, weight, bias
        grads = [
            torch.zeros_like(tensor) if grad_enabled and needed else None
            for tensor, needed in zip(inputs, ctx.needs_input_grad, strict=False)
        ]
        grad_hidden, grad_weight, grad_bias = grads
        quantised = isinstance(head, QuantisedLinear)
        size = QUANTISED_LOGIT_CHUNK if quantised else LOGIT_CHUNK
        whole = None if quantised else weight.to(hidden.dtype)
        # The memory of each chunk's logits is used again for their gradient and the next chunk:
        # the first use of new memory takes longer than the arithmetic.
        held = hidden.new_empty(min(len(targets), size), head.out_features)
        none_needed = all(grad is None for grad in grads)
        total = torch.zeros((), dtype=torch.float32, device=hidden.device)
        for begin in range(0, len(targets), size):
            chunk = slice(begin, begin + size)
            logits = held[: len(targets[chunk])]
            for columns, rows in _columns(head, whole):
                torch.mm(hidden[chunk], rows.to(hidden.dtype).t(), out=logits[:, columns])
            if bias is not None:
                logits += bias
            total += _cross_entropy(logits, targets[chunk], into_gradient=not none_needed)
            if grad_hidden is not None:
                for columns, rows in _columns(head, whole):
                    gradient = grad_hidden[chunk]
                    torch.addmm(gradient, logits[:, columns], rows.to(hidden.dtype), out=gradient)
            if grad_weight is not None:
                grad_weight += logits.t() @ hidden[chunk]
            if grad_bias is not None:
                grad_bias += logits.sum(0)
        ctx.save_for_backward(*grads)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_output):
        scaled = (None if grad is None else grad * grad_output for grad in ctx.saved_tensors)
        return (*scaled, None, None, None)


def _columns(head: Any, whole: Tensor | None) -> Iterator[tuple[slice, Tensor]]:
    """Columns of the logits, and the rows of the head's weight that make them.

    whole: the weight, or None to dequantise a part of it at a time.
    """
    if whole is not None:
        yield slice(None), whole
        return
    for start, rows in head.row_blocks():
        yield slice(start, start + len(rows)), rows
