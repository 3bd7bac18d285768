"""A run's peak memory: each part of the estimate is counted on a real model."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from engine import settings
from engine.settings import Settings
from training.bases.base_shape import BaseShape
from training.cost.memory_estimate import _HEAP_FACTOR, largest_fitting, memory_gib
from training.cost.sizes import LOGIT_CHUNK
from training.examples.tokens import Example
from training.loop.methods import make_optimizer, prepare_model
from training.loop.micro_batches import pack, response_loss
from training.rosa import make_masks, rosa_layers

EMBEDDED = BaseShape(134_515_008, 106_168_320, 28_311_552, 576, 1536, 30)
DEFAULTS = settings.load_settings(environment={})
HIDDEN, INNER, TOKENS = 256, 640, 512
F32, BF16 = torch.float32, torch.bfloat16
FLOAT = 4 / 2**30
"""The size of a float32 in GiB."""


def with_rosa(**changes) -> Settings:
    return replace(DEFAULTS, rosa=replace(DEFAULTS.rosa, **changes))


def with_tokens(tokens: int) -> Settings:
    training = replace(DEFAULTS.training, micro_batch_tokens=tokens, max_tokens=tokens)
    return replace(DEFAULTS, training=training)


def examples() -> list[Example]:
    torch.manual_seed(0)
    ids = torch.randint(0, 300, (8, TOKENS // 8)).tolist()
    return [Example(number, tuple(row), TOKENS // 16) for number, row in enumerate(ids)]


def model(method: str, layers: int = 1, dropout: float = 0.0):
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=300,
        hidden_size=HIDDEN,
        intermediate_size=INNER,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=True,
    )
    rosa = with_rosa(r=1, dropout=dropout).rosa
    prepared = prepare_model(LlamaForCausalLM(config), method, rosa).train()
    if method == "rosa":
        make_masks(prepared, [pack(examples(), TOKENS)[0]], response_loss)
    return prepared


def saved_numbers(method: str, layers: int, dropout: float, dtype: torch.dtype) -> float:
    """Count the numbers per token that autograd saves for the backward pass, without weights."""
    trained = model(method, layers, dropout)
    if method != "full":
        trained.get_base_model().to(dtype)
        for parameter in trained.parameters():
            parameter.data = parameter.data.float() if parameter.requires_grad else parameter.data
    (batch,) = pack(examples(), TOKENS, share_prefix=True)
    kept = {tensor.untyped_storage().data_ptr() for tensor in trained.state_dict().values()}
    saved = {}

    def save(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        is_copied_weight = tensor.dim() == 2 and {*tensor.shape} <= {HIDDEN, HIDDEN // 2, INNER}
        if storage.data_ptr() not in kept and not is_copied_weight:
            saved[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(save, lambda tensor: tensor):
        response_loss(trained, batch, dtype)
    return sum(saved.values()) / dtype.itemsize / TOKENS


@pytest.mark.parametrize(("dtype", "dropout"), [(F32, 0.0), (F32, 0.05), (BF16, 0.0)])
@pytest.mark.parametrize("method", ["lora", "rosa", "full"])
def test_activations_are_those_that_autograd_saves(method, dtype, dropout):
    size = dtype.itemsize
    of_two, of_three = (saved_numbers(method, layers, dropout, dtype) for layers in (2, 3))
    chosen = replace(with_tokens(TOKENS), rosa=with_rosa(dropout=dropout, mask_memory_mib=0).rosa)
    shape = BaseShape(0, 0, 0, HIDDEN, INNER, 1)
    estimated = memory_gib(shape, chosen, method, size) - memory_gib(
        replace(shape, layers=0), chosen, method, size
    )
    # Left out are seven numbers for the rank and the norms' two.
    found = estimated * 2**30 / size / TOKENS / _HEAP_FACTOR[size][method]
    assert found == pytest.approx(of_three - of_two, abs=16 * 4 / size)


def test_full_fine_tuning_keeps_a_gradient_and_two_moments_of_each_weight():
    trained = model("full")
    optimizer = make_optimizer(trained, "full", DEFAULTS.training)
    response_loss(trained, pack(examples(), TOKENS)[0]).backward()
    optimizer.step()
    weights = sum(parameter.numel() for parameter in trained.parameters())
    kept = sum(parameter.grad.numel() for parameter in trained.parameters())
    kept += sum(
        value.numel()
        for state in optimizer.state.values()
        for value in state.values()
        if value.dim()
    )
    estimated = memory_gib(
        BaseShape(weights, 0, 0, HIDDEN, INNER, 0), DEFAULTS, "full", 4
    ) - memory_gib(BaseShape(0, 0, 0, HIDDEN, INNER, 0), DEFAULTS, "full", 4)
    assert estimated / FLOAT == pytest.approx(weights + kept)


def test_a_sparse_value_keeps_its_index_a_gradient_and_two_moments():
    trained = model("rosa")
    optimizer = make_optimizer(trained, "rosa", DEFAULTS.training)
    response_loss(trained, pack(examples(), TOKENS)[0]).backward()
    optimizer.step()
    kept = in_layers = 0
    for _, layer in rosa_layers(trained):
        values, indices = layer.rosa_values["default"], layer.rosa_indices["default"]
        moments = (value for value in optimizer.state[values].values() if value.dim())
        kept += sum(t.numel() for t in (values, indices, values.grad, *moments))
        in_layers += layer.in_features * layer.out_features
    shape = BaseShape(0, in_layers, 0, HIDDEN, INNER, 0)
    some = with_rosa(d=DEFAULTS.rosa.d, mask_memory_mib=0)
    none = with_rosa(d=0.0, mask_memory_mib=0)
    estimated = memory_gib(shape, some, "rosa", 4) - memory_gib(shape, none, "rosa", 4)
    assert estimated / FLOAT == pytest.approx(kept, rel=0.001)  # Each layer rounds down.


def test_weights_and_the_logits_of_a_chunk_are_are_held_once():
    shape = replace(EMBEDDED, layers=0)
    larger = replace(shape, weights=shape.weights + 1_000_000)
    for bytes_per_number in (2, 4):
        added = memory_gib(larger, DEFAULTS, "lora", bytes_per_number) - memory_gib(
            shape, DEFAULTS, "lora", bytes_per_number
        )
        assert added == pytest.approx(bytes_per_number * 1_000_000 / 2**30)
    wider = replace(shape, in_head=2 * shape.in_head)
    added = memory_gib(wider, DEFAULTS, "lora", 4) - memory_gib(shape, DEFAULTS, "lora", 4)
    words = shape.in_head // shape.hidden
    assert added == pytest.approx(LOGIT_CHUNK * words * FLOAT)


@pytest.mark.parametrize(
    ("method", "in_float32", "in_bfloat16"),
    # tests/bench/RESULTS.md, "In bfloat16" and "Peaks of whole runs".
    [("rosa", 2.55, 1.49), ("lora", 2.18, 1.46), ("full", 3.26, 3.37)],
)
def test_the_estimates_are_near_the_peaks_that_were_measured(method, in_float32, in_bfloat16):
    assert memory_gib(EMBEDDED, DEFAULTS, method, 4) == pytest.approx(in_float32, rel=0.05)
    assert memory_gib(EMBEDDED, DEFAULTS, method, 2) == pytest.approx(in_bfloat16, rel=0.05)


def test_mask_gradients_count_where_they_are_larger_than_activations():
    few = with_tokens(8)
    masks = replace(few, rosa=replace(DEFAULTS.rosa, mask_memory_mib=300))
    none = replace(few, rosa=replace(DEFAULTS.rosa, mask_memory_mib=0))
    added = memory_gib(EMBEDDED, masks, "rosa", 4) - memory_gib(EMBEDDED, none, "rosa", 4)
    activations = 8 * 30 * (7 * 576 + 3 * 1536) * FLOAT * _HEAP_FACTOR[4]["rosa"]
    assert added == pytest.approx(300 / 1024 - activations)


def test_the_largest_model_that_fits_does_and_the_next_does_not():
    needed = memory_gib(EMBEDDED, DEFAULTS, "rosa", 4)
    fitting = largest_fitting(EMBEDDED, DEFAULTS, "rosa", needed * 0.7, 4)
    assert fitting is not None
    assert memory_gib(fitting, DEFAULTS, "rosa", 4) <= needed * 0.7
    share = fitting.weights / EMBEDDED.weights
    assert 0.01 < share < 0.99
    one_larger = largest_fitting(EMBEDDED, DEFAULTS, "rosa", 1e9, 4)
    assert one_larger.weights == pytest.approx(0.99 * EMBEDDED.weights, rel=1e-6)
    assert largest_fitting(EMBEDDED, DEFAULTS, "rosa", 0.1, 4) is None
