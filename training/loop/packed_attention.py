"""Attention over a packed row: each mail apart, and what all of them begin with computed once.

A row is [beginning][rest of mail 1][rest of mail 2] ..., its `lengths` the tokens of each of these.
The beginning attends to itself, each rest to the beginning and itself. One mask over the whole row
would give the same, but computes all pairs of tokens: five times as many for eight mails.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import repeat_kv, sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

_NAME = "sdpa_by_mail"

# What other attention does beside weighing all earlier tokens, as configurations call it.
_MORE_THAN_CAUSAL = ("sliding_window", "attn_logit_softcapping", "attention_chunk_size")


def can_share_beginnings(model: Any) -> bool:
    """Whether the model's attention is plain causal attention, which `attend` then replaces."""
    bare = bare_model(model)
    return bool(
        getattr(bare, "_supports_attention_backend", False)
        and getattr(bare, "_supports_sdpa", False)
        and not any(getattr(bare.config, name, None) for name in _MORE_THAN_CAUSAL)
    )


def attend_by_mail(model: Any) -> None:
    """Have the model compute attention here; without `lengths` it does as torch's own would."""
    bare = bare_model(model)
    if bare.config._attn_implementation != _NAME:
        bare.set_attn_implementation(_NAME)


def attend(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    lengths: Sequence[int] | None = None,
    **options: Any,
) -> tuple[Tensor, None]:
    """The output [1, tokens, heads, width] for query, key and value [1, heads, tokens, width].

    lengths: of the beginning (it may be 0) and of each rest; `attention_mask` is then not needed.
    """
    if lengths is None:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **options
        )
    groups = query.shape[1] // key.shape[1]
    key, value = repeat_kv(key, groups), repeat_kv(value, groups)
    product = functools.partial(
        functional.scaled_dot_product_attention, dropout_p=dropout, scale=scaling
    )
    # One split each: the gradients of single slices would be as many tensors of the whole row.
    first, *rests = zip(*(t.split(list(lengths), 2) for t in (query, key, value)), strict=True)
    shared = lengths[0]
    outputs = [product(*first, is_causal=True)] if shared else []
    for q, k, v in rests:
        if shared:
            mask = _causal(q.shape[2], shared, q.device)
            k, v = torch.cat([first[1], k], 2), torch.cat([first[2], v], 2)
            outputs.append(product(q, k, v, attn_mask=mask))
        else:
            outputs.append(product(q, k, v, is_causal=True))
    return torch.cat(outputs, 2).transpose(1, 2), None


@functools.lru_cache(maxsize=256)
def _causal(rest: int, shared: int, device: torch.device) -> Tensor:
    """[rest, shared + rest], True where a token may look: at the beginning and not ahead."""
    ones = torch.ones(rest, shared + rest, dtype=torch.bool, device=device)
    return ones.tril(shared)


def bare_model(model: Any) -> Any:
    """The transformers model in its wrappers of PEFT and torch.distributed."""
    model = getattr(model, "module", model)
    return model.get_base_model() if hasattr(model, "get_base_model") else model


AttentionInterface.register(_NAME, attend)
AttentionMaskInterface.register(_NAME, sdpa_mask)
