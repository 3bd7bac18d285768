"""Causal attention of a packed row's segments on a CPU, as products of whole groups of heads.

torch's own kernel takes four times as long in bfloat16, most of it in the backward pass. Here the
heads that share a key are rows of one product, and autograd keeps query, key and value once;
attention weights are computed again in the backward pass.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

_CACHED_BIASES = 16
"""About as many as a row has segments; that of a mail of 512 tokens takes 1.5 MiB."""


def segment_attention(
    query: Tensor, key: Tensor, value: Tensor, lengths: Sequence[int], scale: float
) -> Tensor:
    """The output [1, tokens, heads, width] for query [1, heads, tokens, width] and fewer key heads.

    lengths: of the prefix (it may be 0) and of each rest. The prefix attends to itself, each rest
    to the prefix and itself.
    """
    return _SegmentAttention.apply(query, key, value, tuple(lengths), scale)


class _SegmentAttention(torch.autograd.Function):
    @staticmethod
    @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.bfloat16)
    def forward(ctx, query, key, value, lengths, scale):
        _, heads, tokens, width = query.shape
        shape = tokens, key.shape[1], heads // key.shape[1], width
        q = _by_key_head(query[0].transpose(0, 1).reshape(shape))
        k, v = key[0].contiguous(), value[0].contiguous()
        output = query.new_empty(shape)
        for rows, keys, values, bias, tokens_at, _ in _segments(q, k, v, lengths):
            found = torch.bmm(_weights(q[:, rows], keys, bias, scale), values)
            output[tokens_at] = _by_token(found, shape)
        ctx.save_for_backward(q, k, v)
        ctx.lengths, ctx.scale, ctx.shape = lengths, scale, shape
        return output.view(1, tokens, heads, width)

    @staticmethod
    @once_differentiable
    @torch.amp.custom_bwd(device_type="cpu")
    def backward(ctx, grad_output):
        q, k, v = ctx.saved_tensors
        tokens, key_heads, groups, width = ctx.shape
        grad = _by_key_head(grad_output.to(q.dtype).reshape(ctx.shape))
        grad_q = q.new_empty(ctx.shape)
        # In float32, as all segments add to the prefix.
        wide = torch.promote_types(k.dtype, torch.float32)
        grad_k, grad_v = (torch.zeros(k.shape, dtype=wide) for _ in "kv")
        for rows, keys, values, bias, tokens_at, prefix in _segments(q, k, v, ctx.lengths):
            weights = _weights(q[:, rows], keys, bias, ctx.scale)
            grad_values = torch.bmm(weights.mT, grad[:, rows])
            grad_scores = torch.ops.aten._softmax_backward_data(
                torch.bmm(grad[:, rows], values.mT), weights, -1, weights.dtype
            ).mul_(ctx.scale)
            grad_q[tokens_at] = _by_token(torch.bmm(grad_scores, keys), ctx.shape)
            grad_keys = torch.bmm(grad_scores.mT, q[:, rows])
            for total, part in ((grad_k, grad_keys), (grad_v, grad_values)):
                total[:, :prefix] += part[:, :prefix]
                total[:, tokens_at] += part[:, prefix:]
        grad_query = grad_q.view(1, tokens, key_heads * groups, width).transpose(1, 2)
        return grad_query, grad_k.to(k.dtype)[None], grad_v.to(v.dtype)[None], None, None


def _by_key_head(rows: Tensor) -> Tensor:
    """[tokens, key heads, groups, width] -> [key heads, tokens * groups, width], contiguous."""
    return rows.transpose(0, 1).reshape(rows.shape[1], -1, rows.shape[3])


def _by_token(rows: Tensor, shape: Sequence[int]) -> Tensor:
    """[key heads, some tokens * groups, width] -> [some tokens, key heads, groups, width]."""
    return rows.view(shape[1], -1, *shape[2:]).transpose(0, 1)


def _segments(
    q: Tensor, k: Tensor, v: Tensor, lengths: Sequence[int]
) -> Iterator[tuple[slice, Tensor, Tensor, Tensor, slice, int]]:
    """Of each segment: its rows of `q`, keys, values, bias, tokens, and length of its prefix."""
    groups = q.shape[1] // k.shape[1]
    begin = 0
    for number, length in enumerate(lengths):
        if not length:
            continue
        prefix = lengths[0] if number else 0
        at = slice(begin, begin + length)
        keys, values = k[:, at], v[:, at]
        if prefix:
            keys, values = (torch.cat([t[:, :prefix], t[:, at]], 1) for t in (k, v))
        bias = _causal_bias(length, prefix, groups, q.dtype)
        yield slice(at.start * groups, at.stop * groups), keys, values, bias, at, prefix
        begin = at.stop


def _weights(rows: Tensor, keys: Tensor, bias: Tensor, scale: float) -> Tensor:
    """Attention weights [key heads, rows, keys]."""
    return torch.baddbmm(bias, rows, keys.mT, alpha=scale).softmax(-1)


@functools.lru_cache(maxsize=_CACHED_BIASES)
def _causal_bias(rest: int, prefix: int, groups: int, dtype: torch.dtype) -> Tensor:
    """[rest * groups, prefix + rest]: 0 where a token may attend, minus infinity elsewhere."""
    ahead = torch.ones(rest, prefix + rest, dtype=torch.bool).triu(prefix + 1)
    bias = torch.zeros(ahead.shape, dtype=dtype).masked_fill_(ahead, float("-inf"))
    return bias.repeat_interleave(groups, 0)
