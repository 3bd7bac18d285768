"""Masks: budget, side effects, and errors (their entries: test_rosa_dense.py)."""

from __future__ import annotations

import pytest
import torch
from dense_rosa import places, tiny_llama
from peft import get_peft_model
from torch import nn

import training.rosa.weight_gradients
from training.rosa import (
    RosaConfig,
    count_passes,
    make_masks,
    mask_density,
    masks_made,
    rosa_layers,
    sparse_parameters,
)

ALL_LAYERS = 2**40


def adapted(model=None, **config):
    """A model during its warm-up, whose low-rank part is no longer zero."""
    config = {"r": 2, "d": 0.05, "task_type": "CAUSAL_LM"} | config
    model = get_peft_model(model or tiny_llama(), RosaConfig(**config))
    for name, parameter in model.named_parameters():
        if "rosa_B" in name:
            nn.init.normal_(parameter, std=0.1)
    return model


def make_batches(count=3):
    torch.manual_seed(1)
    return [torch.randint(0, 64, (1, 6 + number)) for number in range(count)]


def loss(model, batch):
    return model(input_ids=batch, labels=batch).loss


def test_the_budget_changes_the_passes_but_not_the_masks_even_with_dropout():
    batches, results, passes = make_batches(), [], []
    for memory_budget in (None, 4 * 3 * 32 * 48, ALL_LAYERS):
        model = adapted(dropout=0.3).train()
        calls = []

        def counted(model, batch, calls=calls):
            calls.append(batch)
            return loss(model, batch)

        torch.manual_seed(5)
        make_masks(model, iter(batches), counted, memory_budget=memory_budget)
        results.append(places(model))
        passes.append(len(calls) // len(batches))
        assert passes[-1] == count_passes(adapted(), len(batches), memory_budget=memory_budget)
    assert results[0] == results[1] == results[2]
    # 32x32 + two 16x32 just exceed the 48x32 of the default budget: q k | v o | gate | up | down.
    assert passes == [10, 4, 1]
    assert count_passes(adapted(), 1) == 1


@pytest.mark.parametrize("at_once", [1, 7, 100])
def test_large_gradients_are_chosen_from_in_pieces(monkeypatch, at_once):
    torch.manual_seed(0)
    gradient = torch.randn(13, 11)
    expected = gradient.abs().flatten().topk(9).indices.sort().values.int()
    monkeypatch.setattr(training.rosa.weight_gradients, "_SELECTED_AT_ONCE", at_once)
    assert torch.equal(training.rosa.weight_gradients.top_entries(gradient.clone(), 9), expected)
    ties = training.rosa.weight_gradients.top_entries(torch.ones(5, 5), 9)
    assert len(ties.unique()) == 9


def test_sparse_only_adapters_get_masks():
    model, batches = adapted(r=0), make_batches(1)
    make_masks(model, batches, loss)
    assert masks_made(model)


def test_nothing_else_is_changed():
    model, batches = adapted(), make_batches()
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    trainable = [name for name, p in model.named_parameters() if p.requires_grad]
    random_state = torch.get_rng_state()
    make_masks(model, batches, loss)
    assert torch.equal(torch.get_rng_state(), random_state)
    assert [name for name, p in model.named_parameters() if p.requires_grad] == trainable
    assert all(p.grad is None for p in model.parameters())
    for name, tensor in model.state_dict().items():
        if "rosa_indices" not in name:
            assert torch.equal(tensor, state[name]), name


def test_an_exception_leaves_everything_as_it_was():
    model, batches = adapted(), make_batches()
    trainable = [name for name, p in model.named_parameters() if p.requires_grad]
    calls = []

    def fails_in_the_second_group(model, batch):
        calls.append(batch)
        if len(calls) == len(batches) + 2:
            raise RuntimeError("out of memory")
        return loss(model, batch)

    with pytest.raises(RuntimeError, match="out of memory"):
        make_masks(model, batches, fails_in_the_second_group)
    assert not masks_made(model)
    assert set(mask_density(model).values()) == {0.0}
    assert all(layer.gradient_observer is None for _, layer in rosa_layers(model))
    assert [name for name, p in model.named_parameters() if p.requires_grad] == trainable
    make_masks(model, batches, loss)
    assert masks_made(model)


def test_density_by_layer():
    model = adapted(d=0.05)
    assert not masks_made(model)
    make_masks(model, make_batches(1), loss)
    density = mask_density(model)
    assert len(density) == 14
    assert density["base_model.model.model.layers.0.mlp.up_proj"] == int(0.05 * 1536) / 1536
    assert sum(p.numel() for p in sparse_parameters(model)) == 2 * (51 + 25 + 25 + 51 + 3 * 76)


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (adapted, {"batches": []}, "at least one batch"),
        (adapted, {"gradient": "median"}, "gradient must be"),
        (adapted, {"memory_budget": 1000}, "memory_budget"),
        (lambda: adapted(d=0), {}, "no sparse part"),
        (lambda: adapted().requires_grad_(False), {}, "frozen"),
    ],
)
def test_impossible_arguments_are_refused(make, arguments, message):
    arguments = {"batches": make_batches(), "loss": loss} | arguments
    with pytest.raises(ValueError, match=message):
        make_masks(make(), **arguments)


def test_masks_are_made_once():
    model = adapted()
    make_masks(model, make_batches(1), loss)
    with pytest.raises(ValueError, match="made already"):
        make_masks(model, make_batches(1), loss)


def test_merged_or_disabled_adapters_get_no_masks():
    model = adapted()
    with model.disable_adapter(), pytest.raises(ValueError, match="merged or disabled"):
        make_masks(model, make_batches(1), loss)
    model.merge_adapter()
    with pytest.raises(ValueError, match="merged or disabled"):
        make_masks(model, make_batches(1), loss)


def test_gradients_that_are_not_finite_are_refused():
    model = adapted()
    with pytest.raises(ValueError, match="NaN"):
        make_masks(model, make_batches(2), lambda m, b: loss(m, b) * torch.nan)
    assert not masks_made(model)


def test_a_layer_outside_of_the_loss_is_named():
    class TwoLayers(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.unused = nn.Linear(6, 6), nn.Linear(6, 6)

    model = get_peft_model(TwoLayers(), RosaConfig(target_modules=["used", "unused"]))
    with pytest.raises(ValueError, match=r"no gradient reached base_model\.model\.unused"):
        make_masks(model, [torch.ones(2, 6)], lambda m, x: m.base_model.model.used(x).sum())


def test_a_layer_used_twice_is_named():
    model = get_peft_model(nn.Sequential(nn.Linear(6, 6)), RosaConfig(target_modules=["0"]))
    with pytest.raises(ValueError, match="used twice"):
        make_masks(model, [torch.ones(2, 6)], lambda m, x: m(m(x)).sum())
