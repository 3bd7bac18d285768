"""Attention by segments: the output and gradients of one mask over the whole row."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from training.loop.segment_attention import segment_attention

WIDTH = 8


def inputs(tokens: int, heads: int, key_heads: int, dtype: torch.dtype) -> list[torch.Tensor]:
    """Query, key and value [1, heads, tokens, width], tokens first in memory as in a model."""
    torch.manual_seed(0)
    return [
        torch.randn(1, tokens, count, WIDTH, dtype=dtype).transpose(1, 2).requires_grad_()
        for count in (heads, key_heads, key_heads)
    ]


def in_one_mask(query, key, value, lengths):
    tokens = sum(lengths)
    allowed = torch.zeros(tokens, tokens, dtype=torch.bool)
    begin = 0
    for number, length in enumerate(lengths):
        end = begin + length
        allowed[begin:end, begin:end] = torch.ones(length, length, dtype=torch.bool).tril()
        if number:
            allowed[begin:end, : lengths[0]] = True
        begin = end
    groups = query.shape[1] // key.shape[1]
    key, value = (t.repeat_interleave(groups, 1) for t in (key, value))
    return F.scaled_dot_product_attention(query, key, value, attn_mask=allowed).transpose(1, 2)


@pytest.mark.parametrize("lengths", [(0, 5), (0, 5, 9), (4, 5, 9, 1), (7, 3)])
@pytest.mark.parametrize("heads", [(6, 2), (4, 4), (3, 1)])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12), (torch.bfloat16, 0.03)]
)
def test_each_segment_attends_to_the_prefix_and_itself(lengths, heads, dtype, tolerance):
    given = inputs(sum(lengths), *heads, dtype)
    exact = [t.detach().double().requires_grad_() for t in given]
    found = segment_attention(*given, lengths, WIDTH**-0.5)
    expected = in_one_mask(*exact, lengths)
    weight = torch.randn(expected.shape, dtype=torch.float64).to(dtype)
    gradients = torch.autograd.grad((found * weight).sum(), given)
    wanted = torch.autograd.grad((expected * weight).sum(), exact)
    assert found.dtype == dtype
    for one, other in zip((found, *gradients), (expected, *wanted), strict=True):
        torch.testing.assert_close(one.double(), other, atol=tolerance, rtol=tolerance)


def test_under_autocast_it_computes_in_bfloat16_and_gradients_have_the_inputs_types():
    query, key, value = inputs(6, 2, 1, torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        found = segment_attention(query, key, value, (2, 4), 1.0)
    found.float().sum().backward()
    assert found.dtype == torch.bfloat16
    assert {t.grad.dtype for t in (query, key, value)} == {torch.float32}
