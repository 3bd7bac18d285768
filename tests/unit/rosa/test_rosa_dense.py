"""A model with RoSA compared with dense tensors: outputs, gradients, masks and training steps."""

from __future__ import annotations

import pytest
import torch
from dense_rosa import DenseRosa, draw_batches, places, tiny_llama
from peft import get_peft_model
from torch import nn

from training.rosa import (
    RosaConfig,
    low_rank_parameters,
    make_masks,
    rosa_layers,
    sparse_parameters,
)

ALPHA, D = 5, 0.05
CLOSE = {"rtol": 1e-5, "atol": 1e-5}
BASE = {"initializer_range": 0.2}


def both(base=None, **config):
    """The same model twice during its warm-up: adapted by PEFT, and dense."""
    base = BASE | (base or {})
    config = {"r": 2, "d": D, "alpha": ALPHA, "task_type": "CAUSAL_LM"} | config
    model = get_peft_model(tiny_llama(**base), RosaConfig(**config))
    for name, parameter in model.named_parameters():
        if "rosa_B" in name:
            nn.init.normal_(parameter, std=0.1)
    return model, DenseRosa(tiny_llama(**base), model, ALPHA)


def loss(model, batch):
    return model(**batch).loss


@pytest.mark.parametrize("squared", [True, False])
@pytest.mark.parametrize(("count", "examples"), [(1, 1), (3, 1), (1, 4), (3, 4)])
@pytest.mark.parametrize("memory_budget", [None, 2**40])
def test_masks_are_the_dense_ones_for_any_batches(squared, count, examples, memory_budget):
    model, dense = both()
    batches = draw_batches(count, examples)
    make_masks(
        model,
        batches,
        loss,
        gradient="mean_squared" if squared else "mean",
        memory_budget=memory_budget,
    )
    dense.choose_masks(batches, D, squared)
    assert places(model) == dense.places()


@pytest.mark.parametrize("use_reentrant", [True, False])
def test_masks_are_the_dense_ones_under_gradient_checkpointing(use_reentrant):
    model, dense = both()
    model.enable_input_require_grads()
    model.gradient_checkpointing_enable({"use_reentrant": use_reentrant})
    batches = draw_batches(2, 2)
    make_masks(model.train(), batches, loss)
    dense.choose_masks(batches, D, squared=True)
    assert places(model) == dense.places()


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize(("r", "d"), [(2, D), (2, 0.0), (0, D)])
def test_ten_steps_are_those_of_dense_tensors(tied, r, d):
    model, dense = both({"tie_word_embeddings": tied}, r=r, d=d)
    frozen = {name: p.clone() for name, p in model.named_parameters() if not p.requires_grad}
    batches = draw_batches(10, 2)
    if d:
        make_masks(model, batches[:2], loss)
        dense.choose_masks(batches[:2], d, squared=True)
    parts = [leaf for a, b, _ in dense.low_rank.values() for leaf in (a, b)]
    optimizers = [
        torch.optim.AdamW(
            [{"params": p, "lr": lr} for p, lr in ((low_rank, 3e-3), (sparse, 1e-2)) if p]
        )
        for low_rank, sparse in (
            (low_rank_parameters(model), sparse_parameters(model)),
            (parts, list(dense.sparse.values()) if d else []),
        )
    ]
    curve = []
    for batch in batches:
        found, expected = model.train()(**batch), dense(**batch)
        torch.testing.assert_close(found.logits, expected.logits, **CLOSE)
        found.loss.backward()
        expected.loss.backward()
        for name, layer in rosa_layers(model):
            name = name.removeprefix("base_model.model.") + ".weight"
            if r:
                a, b, _ = dense.low_rank[name]
                torch.testing.assert_close(layer.rosa_A["default"].grad, a.grad, **CLOSE)
                torch.testing.assert_close(layer.rosa_B["default"].grad, b.grad, **CLOSE)
            if d:
                at_mask = dense.sparse[name].grad[dense.masks[name]]
                torch.testing.assert_close(layer.rosa_values["default"].grad, at_mask, **CLOSE)
        curve.append(found.loss.item())
        assert curve[-1] == pytest.approx(expected.loss.item(), abs=1e-5)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
    parameters = dict(model.named_parameters())
    assert not [name for name, bits in frozen.items() if not torch.equal(parameters[name], bits)]

    with torch.no_grad():
        apart = model.eval()(**batches[0]).logits
        merged = model.merge_and_unload()(**batches[0]).logits
    torch.testing.assert_close(apart, dense(**batches[0]).logits, **CLOSE)
    torch.testing.assert_close(merged, apart, **CLOSE)


@pytest.mark.parametrize("where", ["before", "forward", "gradient", "backward"])
def test_an_exception_in_the_middle_leaves_all_bits(where):
    model, _ = both()
    batch = draw_batches(1)[0]
    make_masks(model, [batch], loss)
    with torch.no_grad():
        for values in sparse_parameters(model):
            nn.init.normal_(values)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}

    def interrupt(*_):
        raise KeyboardInterrupt

    layer = dict(rosa_layers(model))["base_model.model.model.layers.0.mlp.gate_proj"]
    hook = {
        "before": layer.register_forward_pre_hook,
        "forward": layer.register_forward_hook,
        "gradient": layer.rosa_values["default"].register_hook,
        "backward": layer.register_full_backward_hook,
    }[where](interrupt)
    with pytest.raises(KeyboardInterrupt):
        loss(model.train(), batch).backward()
    hook.remove()
    after = model.state_dict()
    assert not [name for name, bits in before.items() if not torch.equal(after[name], bits)]


def test_rows_that_examples_can_not_share_are_refused():
    class Regrouping(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(6, 6), nn.Linear(6, 6)

        def forward(self, x):
            return self.second(self.first(x).view(-1, 6)[:5]).sum()

    model = get_peft_model(Regrouping(), RosaConfig(target_modules=["first", "second"]))
    with pytest.raises(ValueError, match=r"second has 5 rows of 2 examples; give them one by one"):
        make_masks(model, [torch.ones(2, 3, 6)], lambda m, x: m(x))
    make_masks(model, [torch.ones(1, 6, 6)], lambda m, x: m(x))
