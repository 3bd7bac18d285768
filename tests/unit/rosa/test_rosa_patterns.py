"""Ranks, densities and scales per layer."""

from __future__ import annotations

import torch
from peft import PeftModel, get_peft_model
from torch import nn

from training.rosa import RosaConfig, make_masks, rosa_layers


class Tower(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.ModuleDict({"up": nn.Linear(12, 20), "down": nn.Linear(20, 12)})
        self.second = nn.ModuleDict({"up": nn.Linear(12, 20), "down": nn.Linear(20, 12)})

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for block in (self.first, self.second):
            x = x + block["down"](block["up"](x).sin())
        return x


def adapted(**config) -> PeftModel:
    config = {"r": 2, "d": 0.05, "alpha": 4, "target_modules": ["up", "down"]} | config
    return get_peft_model(Tower(), RosaConfig(**config))


def parts(model) -> dict[str, tuple[int, int, float]]:
    """Layer -> its rank, its number of sparse entries, its scale."""
    return {
        name.removeprefix("base_model.model."): (
            layer.rosa_A["default"].shape[0] if "default" in layer.rosa_A else 0,
            layer.rosa_values["default"].numel() if "default" in layer.rosa_values else 0,
            layer.scaling["default"],
        )
        for name, layer in rosa_layers(model)
    }


def test_a_layer_has_its_own_rank_density_and_scale():
    model = adapted(
        rank_pattern={"second.up": 4},
        density_pattern={r"first\..*": 0.1},
        alpha_pattern={"down": 8},
    )
    assert parts(model) == {
        "first.up": (2, 24, 2.0),
        "first.down": (2, 24, 4.0),
        "second.up": (4, 12, 1.0),
        "second.down": (2, 12, 4.0),
    }


def test_a_layer_can_be_low_rank_only_or_sparse_only():
    model = adapted(r=0, d=0, rank_pattern={"first.up": 2}, density_pattern={"second.down": 0.1})
    assert {name: (r, nnz) for name, (r, nnz, _) in parts(model).items()} == {
        "first.up": (2, 0),
        "first.down": (0, 0),
        "second.up": (0, 0),
        "second.down": (0, 24),
    }
    x = torch.randn(3, 12)
    make_masks(model, [x], lambda m, b: m(b).square().sum())
    model(x).sum().backward()
    assert [name for name, layer in rosa_layers(model) if layer.mask_made.get("default")] == [
        "base_model.model.second.down"
    ]


def test_patterns_are_saved_with_the_adapter(tmp_path):
    model = adapted(rank_pattern={"up": 3}, density_pattern={"down": 0.2})
    make_masks(model, [torch.randn(3, 12)], lambda m, b: m(b).square().sum())
    for _, layer in rosa_layers(model):
        nn.init.normal_(layer.rosa_B["default"])
    model.save_pretrained(tmp_path)
    loaded = PeftModel.from_pretrained(Tower(), tmp_path)
    assert parts(loaded) == parts(model)
    x = torch.randn(3, 12)
    assert torch.equal(loaded(x), model(x))
