"""RoSA on 4-bit and 8-bit bases: the same results as on the dequantised weights."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from peft import PeftModel, get_peft_model
from torch import nn

from training.rosa import RosaConfig, make_masks, masks_made, rosa_layers

bnb = pytest.importorskip("bitsandbytes")

NAME = "default"


def four_bits(linear: nn.Linear) -> nn.Module:
    made = bnb.nn.Linear4bit(
        linear.in_features, linear.out_features, compute_dtype=torch.float32, quant_type="nf4"
    )
    made.weight = bnb.nn.Params4bit(linear.weight.data, requires_grad=False, quant_type="nf4")
    made.bias = linear.bias
    return made.to("cpu")  # Packing takes place when it is moved.


def eight_bits(linear: nn.Linear) -> nn.Module:
    made = bnb.nn.Linear8bitLt(linear.in_features, linear.out_features, has_fp16_weights=False)
    made.weight = bnb.nn.Int8Params(linear.weight.data, requires_grad=False, has_fp16_weights=False)
    made.bias = linear.bias
    return made.to("cpu")


class Tower(nn.Module):
    """Two layers with an activation between, which PEFT accepts as a model."""

    def __init__(self, quantise) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = quantise(nn.Linear(64, 96)), quantise(nn.Linear(96, 64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(x).sin())


def adapted(quantise, **config) -> PeftModel:
    config = {"r": 4, "d": 0.02, "target_modules": ["first", "second"]} | config
    return get_peft_model(Tower(quantise), RosaConfig(**config))


def loss(model, x):
    return model(x).square().mean()


def trained(quantise, steps=3, **config) -> PeftModel:
    model = adapted(quantise, **config)
    make_masks(model, [torch.randn(8, 64)], loss)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.02)
    for _ in range(steps):
        optimizer.zero_grad()
        loss(model, torch.randn(8, 64)).backward()
        optimizer.step()
    return model


@pytest.mark.parametrize("quantise", [four_bits, eight_bits])
def test_outputs_and_gradients_equal_those_of_a_dense_weight(quantise):
    model = trained(quantise)
    layer = model.base_model.model.first
    packed = layer.base_layer.weight.data.clone()
    x = torch.randn(5, 64, requires_grad=True)
    grad_output = torch.randn(5, 96)
    model.zero_grad()
    output = layer(x)
    output.backward(grad_output)

    dense = layer.get_base_weight().detach()
    values = layer.rosa_values[NAME].detach().clone().requires_grad_()
    a = layer.rosa_A[NAME].detach().clone().requires_grad_()
    b = layer.rosa_B[NAME].detach().clone().requires_grad_()
    y = x.detach().clone().requires_grad_()
    places = (layer.rosa_indices[NAME].long(),)
    weight = dense.flatten().index_put(places, values, accumulate=True).view(96, 64)
    expected = F.linear(y, weight + layer.scaling[NAME] * b @ a, layer.base_layer.bias)
    expected.backward(grad_output)

    close = {"rtol": 1e-4, "atol": 1e-5}
    torch.testing.assert_close(output, expected, **close)
    torch.testing.assert_close(x.grad, y.grad, **close)
    torch.testing.assert_close(layer.rosa_values[NAME].grad, values.grad, **close)
    torch.testing.assert_close(layer.rosa_A[NAME].grad, a.grad, **close)
    torch.testing.assert_close(layer.rosa_B[NAME].grad, b.grad, **close)
    assert torch.equal(layer.base_layer.weight.data, packed)


@pytest.mark.parametrize("quantise", [four_bits, eight_bits])
def test_before_the_masks_it_is_the_base_and_then_it_learns(quantise):
    torch.manual_seed(1)
    model = adapted(quantise)
    x = torch.randn(8, 64)
    torch.testing.assert_close(model(x), Tower(quantise)(x), rtol=1e-4, atol=1e-5)
    before = loss(model, x).item()
    make_masks(model, [x], loss)
    assert masks_made(model)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.02)
    for _ in range(10):
        optimizer.zero_grad()
        loss(model, x).backward()
        optimizer.step()
    assert loss(model, x).item() < 0.8 * before


@pytest.mark.parametrize("quantise", [four_bits, eight_bits])
def test_saved_and_loaded_it_is_the_same(quantise, tmp_path):
    model = trained(quantise)
    model.save_pretrained(tmp_path)
    loaded = PeftModel.from_pretrained(Tower(quantise), tmp_path)
    x = torch.randn(4, 64)
    torch.testing.assert_close(loaded(x), model(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("quantise", [four_bits, eight_bits])
def test_merged_it_is_near_and_disabled_it_is_the_base(quantise):
    model = trained(quantise)
    x = torch.randn(16, 64)
    with torch.no_grad():
        adapted_output, base = model(x), Tower(quantise)(x)
        with model.disable_adapter():
            torch.testing.assert_close(model(x), base, rtol=1e-4, atol=1e-5)
        # What the merged layers must be: the exact sum, quantised once.
        exact = [nn.Linear(64, 96), nn.Linear(96, 64)]
        for linear, (_, layer) in zip(exact, rosa_layers(model), strict=True):
            linear.weight.copy_(layer.get_base_weight() + layer.get_delta_weight(NAME))
            linear.bias.copy_(layer.base_layer.bias)
        torch.testing.assert_close(
            exact[1](exact[0](x).sin()), adapted_output, rtol=1e-3, atol=1e-4
        )
        first, second = map(quantise, exact)
        merged = model.merge_and_unload()
        assert not list(rosa_layers(merged))
        torch.testing.assert_close(merged(x), second(first(x).sin()), rtol=1e-4, atol=1e-5)
        rounding = (merged(x) - adapted_output).norm() / adapted_output.norm()
        assert rounding < (0.25 if quantise is four_bits else 0.02)
