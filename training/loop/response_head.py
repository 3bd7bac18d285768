"""The head of a language model and its loss in pieces, so that few logits are ever held.

Logits of a real vocabulary are the largest tensors of a step: for 300 labelled tokens and 49,152
words three of them (logits, their softmax, its gradient) take 170 MiB. Here each piece of
positions is done with, its gradient included, before the next one begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

PIECE = 128
"""Positions whose logits are held at once: enough for the products to be as fast as for all."""

# What a model does to logits behind its head, as configurations call it; all have "logit" in common
# but these.
_MORE_BEHIND_THE_HEAD = ("output_multiplier", "unpadded_vocab_size", "lm_head_multiplier")


def plain_head(model: Any) -> nn.Linear | None:
    """The head of a transformers model, if its logits are that linear layer's output as it is.

    None, too, where its weight is spread over processes (FSDP, DeepSpeed's stage 3): only its own
    forward gathers that.
    """
    head = model.get_output_embeddings()
    config = model.config.get_text_config()
    more = (
        value
        for name, value in vars(config).items()
        if "logit" in name or name in _MORE_BEHIND_THE_HEAD
    )
    if type(head) is not nn.Linear or not all(value in (None, False, 1) for value in more):
        return None
    here = type(head.weight.data) is Tensor
    return head if here and head.weight.shape == (head.out_features, head.in_features) else None


@contextmanager
def put_off(head: nn.Linear) -> Iterator[None]:
    """Within the block the head gives what it is given: the model's "logits" are hidden states."""
    head.forward = _as_it_is
    try:
        yield
    finally:
        del head.forward


def labelled_loss(head: nn.Linear, hidden: Tensor, targets: Tensor) -> Tensor:
    """Summed cross-entropy (nats), a scalar, of hidden [labelled, width] and targets [labelled]."""
    return _LabelledLoss.apply(hidden, head.weight, head.bias, targets, torch.is_grad_enabled())


def _as_it_is(hidden: Tensor) -> Tensor:
    return hidden


class _LabelledLoss(torch.autograd.Function):
    """The gradients are made beside the loss; the backward pass only scales them."""

    @staticmethod
    def forward(ctx, hidden, weight, bias, targets, learns):
        inputs = hidden, weight, bias
        grads = [
            torch.zeros_like(tensor) if learns and needed else None
            for tensor, needed in zip(inputs, ctx.needs_input_grad, strict=False)
        ]
        grad_hidden, grad_weight, grad_bias = grads
        none_needed = all(grad is None for grad in grads)
        total = torch.zeros((), dtype=torch.float32, device=hidden.device)
        for begin in range(0, len(targets), PIECE):
            piece = slice(begin, begin + PIECE)
            wanted = targets[piece, None]
            scores = F.linear(hidden[piece], weight, bias).float().log_softmax(1)
            total -= scores.gather(1, wanted).sum()
            if none_needed:
                continue
            # Of cross-entropy by logits: their softmax less one at the target.
            slope = scores.exp_()
            slope.scatter_add_(1, wanted, torch.full_like(wanted, -1, dtype=slope.dtype))
            slope = slope.to(hidden.dtype)
            if grad_hidden is not None:
                grad_hidden[piece] = slope @ weight
            if grad_weight is not None:
                grad_weight += slope.t() @ hidden[piece]
            if grad_bias is not None:
                grad_bias += slope.sum(0)
        ctx.save_for_backward(*grads)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_output):
        scaled = (None if grad is None else grad * grad_output for grad in ctx.saved_tensors)
        return (*scaled, None, None)
