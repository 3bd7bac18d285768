"""Attention over packed examples that share a prefix, which is computed once.

A packed row is [prefix][rest of example 1][rest of example 2] ..., and `lengths` counts the tokens
of each segment. The prefix attends to itself, each rest to the prefix and itself. One mask over the
whole row would give the same but computes all pairs of tokens: five times as many for eight mails.
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

from training.loop.segment_attention import segment_attention

_NAME = "sdpa_packed"

# Configuration keys of attention that is more than causal.
_MORE_THAN_CAUSAL = ("sliding_window", "attn_logit_softcapping", "attention_chunk_size")

_CACHED_MASKS = 256
"""A step has as many masks as it has examples; a mask of 512 tokens takes 256 KiB."""


def supports_shared_prefix(model: Any) -> bool:
    """Whether the model's attention is plain causal attention, so that ours can replace it."""
    model = unwrap_model(model)
    return bool(
        getattr(model, "_supports_attention_backend", False)
        and getattr(model, "_supports_sdpa", False)
        and not any(getattr(model.config, name, None) for name in _MORE_THAN_CAUSAL)
    )


def use_packed_attention(model: Any) -> None:
    """Switch the model to `packed_attention_forward`; without `lengths` that is torch's SDPA."""
    model = unwrap_model(model)
    if model.config._attn_implementation != _NAME:
        model.set_attn_implementation(_NAME)


def packed_attention_forward(
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

    lengths: of the prefix (it may be 0) and of each rest; `attention_mask` is then not used.
    """
    if lengths is None:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **options
        )
    if query.device.type == "cpu" and not dropout:
        scale = query.shape[-1] ** -0.5 if scaling is None else scaling
        return segment_attention(query, key, value, lengths, scale), None
    groups = query.shape[1] // key.shape[1]
    key, value = repeat_kv(key, groups), repeat_kv(value, groups)
    sdpa = functools.partial(
        functional.scaled_dot_product_attention, dropout_p=dropout, scale=scaling
    )
    # Split once: each slice on its own would get a gradient of the whole row's size.
    prefix, *rests = zip(*(t.split(list(lengths), 2) for t in (query, key, value)), strict=True)
    outputs = [sdpa(*prefix, is_causal=True)] if lengths[0] else []
    for q, k, v in rests:
        if lengths[0]:
            mask = _prefix_causal_mask(q.shape[2], lengths[0], q.device)
            k, v = torch.cat([prefix[1], k], 2), torch.cat([prefix[2], v], 2)
            outputs.append(sdpa(q, k, v, attn_mask=mask))
        else:
            outputs.append(sdpa(q, k, v, is_causal=True))
    return torch.cat(outputs, 2).transpose(1, 2), None


@functools.lru_cache(maxsize=_CACHED_MASKS)
def _prefix_causal_mask(rest: int, prefix: int, device: torch.device) -> Tensor:
    """[rest, prefix + rest], True where a token may attend: to the prefix and not ahead."""
    ones = torch.ones(rest, prefix + rest, dtype=torch.bool, device=device)
    return ones.tril(prefix)


def unwrap_model(model: Any) -> Any:
    """The transformers model inside the wrappers of torch.distributed and PEFT."""
    model = getattr(model, "module", model)
    return model.get_base_model() if hasattr(model, "get_base_model") else model


AttentionInterface.register(_NAME, packed_attention_forward)
AttentionMaskInterface.register(_NAME, sdpa_mask)
