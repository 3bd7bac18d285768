"""Layers with a GGUF's weights: results and gradients are those of the dequantised weights."""

from __future__ import annotations

import gguf
import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn

from engine.gguf_files.dequantising import decode_rows
from engine.gguf_files.quantising import encode_rows
from training.bases import quantised_layers
from training.bases.quantised_layers import QuantisedEmbedding, QuantisedLinear, dequantise
from training.loop import response_head
from training.loop.response_head import linear_lm_head, lm_head_loss
from training.rosa import RosaConfig, make_masks, rosa_layers

SOME = ["Q4_1", "Q6_K", "F16"]
IN, OUT = 256, 40
F32, BF16 = torch.float32, torch.bfloat16


def kind_of(name: str) -> gguf.GGMLQuantizationType:
    return gguf.GGMLQuantizationType[name]


def raw_rows(name: str, rows: int, seed: int = 0) -> torch.Tensor:
    values = np.random.default_rng(seed).normal(scale=0.1, size=(rows, IN)).astype(np.float32)
    return torch.from_numpy(encode_rows(values, kind_of(name)))


def pair(name: str, rows: int = OUT, dtype=F32, bias: bool = True, seed: int = 0):
    """A quantised layer, and a dense one of the same weights."""
    raw = raw_rows(name, rows, seed)
    dense = nn.Linear(IN, rows, bias=bias, dtype=dtype).requires_grad_(False)
    dense.weight.data = torch.from_numpy(decode_rows(raw.numpy(), kind_of(name))).to(dtype)
    own_bias = nn.Parameter(dense.bias.data, requires_grad=False) if bias else None
    return QuantisedLinear(raw, kind_of(name), own_bias, dtype), dense


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("dtype", [F32, BF16])
def test_a_large_weight_is_dequantised_in_parts(dtype, threads, monkeypatch):
    monkeypatch.setattr(quantised_layers, "_AT_ONCE", 1024)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    raw = raw_rows("Q4_K", OUT)
    found = dequantise(raw, kind_of("Q4_K"), torch.full((OUT, IN), torch.nan, dtype=dtype))
    assert torch.equal(found, torch.from_numpy(decode_rows(raw.numpy(), kind_of("Q4_K"))).to(dtype))


@pytest.mark.parametrize("dtype", [F32, BF16])
@pytest.mark.parametrize("blocks", [1, 3])
@pytest.mark.parametrize("name", SOME)
def test_outputs_and_gradients_are_those_of_the_dense_layer(name, blocks, dtype, monkeypatch):
    monkeypatch.setattr(
        quantised_layers, "DEQUANTISED_BYTES", OUT * IN * dtype.itemsize // blocks + IN
    )
    quantised, dense = pair(name, dtype=dtype)
    x = torch.randn(2, 3, IN, dtype=dtype)
    grad = torch.randn(2, 3, OUT, dtype=dtype)
    found, expected = x.clone().requires_grad_(), x.clone().requires_grad_()
    quantised(found).backward(grad)
    dense(expected).backward(grad)
    close = {"rtol": 0.02, "atol": 0.02} if dtype is BF16 else {}
    torch.testing.assert_close(quantised(x), dense(x), **close)
    torch.testing.assert_close(found.grad, expected.grad, **close)
    assert quantised.weight.grad is None


def test_autocast_chooses_the_format_of_the_product():
    quantised, dense = pair("Q8_0", dtype=BF16)
    x = torch.randn(3, IN, requires_grad=True)
    with torch.autocast("cpu", BF16):
        found, expected = quantised(x), dense(x)
    assert found.dtype is BF16
    torch.testing.assert_close(found, expected, rtol=0.02, atol=0.02)
    found.sum().backward()
    assert x.grad.dtype is F32


def test_the_memory_of_dequantised_weights_serves_inference_and_training():
    quantised_layers._memory.held = None
    quantised, dense = pair("Q4_1")
    x = torch.randn(3, IN)
    with torch.inference_mode():
        torch.testing.assert_close(quantised(x), dense(x))
    y = x.clone().requires_grad_()
    quantised(y).sum().backward()
    torch.testing.assert_close(y.grad, dense.weight.sum(0).expand(3, IN))


@pytest.mark.parametrize("scale", [None, 3.0])
@pytest.mark.parametrize("name", SOME)
def test_rows_of_an_embedding_are_dequantised_on_demand(name, scale):
    raw = raw_rows(name, 12)
    factor = None if scale is None else torch.tensor(scale)
    embedding = QuantisedEmbedding(raw, kind_of(name), 0, factor, F32)
    table = torch.from_numpy(decode_rows(raw.numpy(), kind_of(name))) * (scale or 1.0)
    ids = torch.tensor([[3, 0, 11], [3, 3, 7]])
    assert torch.equal(embedding(ids), table[ids])
    assert "12" in repr(embedding)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("name", SOME)
def test_a_quantised_heads_loss_is_that_of_all_logits_at_once(name, bias, monkeypatch):
    monkeypatch.setattr(quantised_layers, "DEQUANTISED_BYTES", 15 * IN * 4)
    monkeypatch.setattr(response_head, "QUANTISED_LOGIT_CHUNK", 4)
    quantised, dense = pair(name, bias=bias)
    hidden = torch.randn(10, IN, requires_grad=True)
    targets = torch.randint(OUT, (10,))
    expected = nn.functional.cross_entropy(dense(hidden), targets, reduction="sum")
    found = lm_head_loss(quantised, hidden, targets)
    torch.testing.assert_close(found, expected)
    gradients = (torch.autograd.grad(loss / 7, hidden) for loss in (found, expected))
    torch.testing.assert_close(*gradients)


class Tower(nn.Module):
    """Two layers with an activation between, which PEFT accepts as a model."""

    def __init__(self, quantised: bool, dtype=F32) -> None:
        super().__init__()
        number = 0 if quantised else 1
        self.first = pair("Q4_K", IN, dtype)[number]
        self.second = pair("Q6_K", OUT, dtype, bias=False, seed=1)[number]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(x).sin())


def learnt(quantised: bool, config, dtype=F32):
    """Outputs, masks and trained parameters after some steps."""
    torch.manual_seed(0)
    torch.set_default_dtype(F32)
    model = get_peft_model(Tower(quantised, dtype), config)
    x = torch.randn(8, IN, dtype=dtype)

    def loss(model, x):
        with torch.autocast("cpu", BF16, enabled=dtype is BF16):
            return model(x).float().square().mean()

    masks = []
    if isinstance(config, RosaConfig):
        make_masks(model, [x, -2 * x], loss)
        masks = [layer.rosa_indices["default"] for _, layer in rosa_layers(model)]
    trained = [p for p in model.parameters() if p.requires_grad]
    assert all(p.dtype is F32 for p in trained)
    optimizer = torch.optim.AdamW(trained, lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        loss(model, x).backward()
        optimizer.step()
    return model(x).detach(), masks, [p.detach() for p in trained]


@pytest.mark.parametrize("method", ["rosa", "lora"])
def test_an_adapter_learns_what_it_learns_on_the_dense_weights(method):
    targets = {"target_modules": ["first", "second"]}
    if method == "rosa":
        config = RosaConfig(r=4, d=0.02, **targets)
    else:
        config = LoraConfig(r=4, lora_alpha=16, **targets)
    found, expected = learnt(True, config), learnt(False, config)
    assert all(torch.equal(a, b) for a, b in zip(found[1], expected[1], strict=True))
    torch.testing.assert_close(found[0], expected[0], rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(found[2], expected[2], rtol=1e-2, atol=1e-3)


def test_it_learns_in_bfloat16_too():
    config = RosaConfig(r=4, d=0.02, target_modules=["first", "second"])
    found, expected = learnt(True, config, BF16), learnt(False, config, BF16)
    torch.testing.assert_close(found[0].float(), expected[0].float(), rtol=0.1, atol=0.05)


def test_it_can_be_the_head_of_a_model():
    class Model:
        config = type("C", (), {"get_text_config": lambda self: self})()

        def get_output_embeddings(self):
            return head

    head, dense = pair("Q4_1")
    assert linear_lm_head(Model()) is head
    head = dense
    assert linear_lm_head(Model()) is dense
