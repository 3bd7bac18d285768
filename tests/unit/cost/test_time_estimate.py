"""How long a run takes: its operations are counted on a real model."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaConfig, LlamaForCausalLM

from engine import settings
from engine.settings import Settings
from training.bases.base_shape import read_shape
from training.cost.machine import Machine
from training.cost.memory_estimate import Saving
from training.cost.sizes import SAMPLE_DRAFT_TOKENS
from training.cost.time_estimate import SHARE_OF_SPEED, forward_flops, run_flops, seconds
from training.cost.token_counts import TokenCounts
from training.examples.tokens import Example
from training.loop.methods import prepare_model
from training.loop.micro_batches import labelled_tokens, mean_loss, pack, response_loss

DEFAULTS = settings.load_settings(environment={})
TOKENS = TokenCounts(12_000, 6_300, 1_400, 700, 3_600, 2_080)
RANK = 4


def with_epochs(epochs: int) -> Settings:
    return replace(DEFAULTS, training=replace(DEFAULTS.training, epochs=epochs))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=320,
        hidden_size=64,
        intermediate_size=160,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=True,
    )
    folder = tmp_path_factory.mktemp("base")
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def shape(base):
    return read_shape(base)


def examples() -> list[Example]:
    torch.manual_seed(0)
    ids = torch.randint(0, 320, (4, 48)).tolist()
    return [Example(number, tuple(row), 20) for number, row in enumerate(ids)]


def counted(work) -> int:
    """Count the operations of matrix products, without those of attention scores (bmm, sdpa)."""
    with FlopCounterMode(display=False) as counter:
        work()
    counts = counter.get_flop_counts()["Global"]
    return sum(counts.get(op, 0) for op in (torch.ops.aten.mm, torch.ops.aten.addmm))


def test_a_forward_pass_is_two_operations_per_weight_and_token(base, shape):
    model = LlamaForCausalLM.from_pretrained(base)
    found = examples()
    tokens = sum(len(example.token_ids) for example in found)
    labelled = sum(example.labelled_tokens for example in found)
    assert counted(lambda: mean_loss(model, found, 512)) == forward_flops(shape, tokens, labelled)


def test_training_all_weights_is_three_times_the_forward_pass(base, shape):
    model = prepare_model(LlamaForCausalLM.from_pretrained(base), "full", DEFAULTS.rosa).train()
    (batch,) = pack(examples(), 512)
    forward = forward_flops(shape, batch["input_ids"].numel(), labelled_tokens([batch]))
    assert counted(lambda: response_loss(model, batch).backward()) == 3 * forward


def test_training_an_adapter_is_twice_the_forward_pass_and_the_adapter(base, shape):
    rosa = replace(DEFAULTS.rosa, r=RANK, dropout=0.0)
    model = prepare_model(LlamaForCausalLM.from_pretrained(base), "lora", rosa).train()
    (batch,) = pack(examples(), 512)
    tokens = batch["input_ids"].numel()
    forward = forward_flops(shape, tokens, labelled_tokens([batch]))
    adapted = [
        (name, module.in_features, module.out_features)
        for name, module in model.named_modules()
        if hasattr(module, "lora_A")
    ]
    # Forward, and the gradients of both factors and both inputs.
    adapter = sum(3 * 2 * tokens * RANK * (i + o) for _, i, o in adapted)
    # Nothing below the first layer is trained, so its inputs need no gradient.
    of_input = ("layers.0.self_attn.q_proj", ".0.self_attn.k_proj", ".0.self_attn.v_proj")
    first = [sizes for sizes in adapted if sizes[0].endswith(of_input)]
    skipped = sum(2 * tokens * (i * o + RANK * i) for _, i, o in first)
    work = counted(lambda: response_loss(model, batch).backward())
    assert work == 2 * forward + adapter - skipped


@pytest.mark.parametrize(("method", "passes"), [("lora", 2), ("rosa", 2), ("full", 3)])
def test_a_run_trains_and_validates_each_epoch_and_judges_twice(shape, method, passes):
    def forward(tokens: int, labelled: int) -> int:
        return 2 * (shape.in_layers * tokens + shape.in_head * labelled)

    expected = 5 * (passes * forward(12_000, 6_300) + forward(1_400, 700))
    expected += 2 * forward(3_600, 2_080)
    assert run_flops(shape, TOKENS, with_epochs(5), method) == expected


@pytest.mark.parametrize("size", [2, 4])
def test_time_is_operations_by_speed_and_what_no_speed_shortens(shape, size):
    def at(gflops: float, epochs: int = 4, tokens: TokenCounts = TOKENS) -> float:
        machine = Machine("cpu", gflops, size, 20.0)
        return seconds(shape, tokens, with_epochs(epochs), "rosa", machine)

    fixed = at(float("inf"))
    work = run_flops(shape, TOKENS, with_epochs(4), "rosa")
    assert at(0.5) - fixed == pytest.approx(work / (0.5e9 * SHARE_OF_SPEED[size]))
    # Starting, and sample drafts before the first epoch and after each.
    nothing = TokenCounts(0, 0, 0, 0, 0, 0)
    drafts = [at(1.0, epochs, nothing) for epochs in (0, 1, 2)]
    assert drafts[2] - drafts[1] == pytest.approx(drafts[1] - drafts[0])
    assert fixed == pytest.approx(at(1.0, 4, nothing))
    assert drafts[0] > drafts[1] - drafts[0] > 0


def test_saving_memory_takes_time_for_each_pass_and_each_drafted_token(base):
    shape = read_shape(base)
    machine = Machine("cpu", 100.0, 2, 8.0)
    ways = (Saving(), Saving(quantised=True), Saving(quantised=True, recomputed=True))
    whole, packed, twice = (seconds(shape, TOKENS, DEFAULTS, "rosa", machine, way) for way in ways)
    training = DEFAULTS.training
    one_pass = training.epochs * 12_000 / training.micro_batch_tokens
    others = (training.epochs * 1_400 + 2 * 3_600) / training.micro_batch_tokens
    others += (training.epochs + 1) * SAMPLE_DRAFT_TOKENS
    each = shape.weights * 5e-10
    assert packed - whole == pytest.approx((2 * one_pass + others) * each)
    again = training.epochs * forward_flops(shape, 12_000, 6_300) / (100e9 * SHARE_OF_SPEED[2])
    assert twice - packed == pytest.approx(one_pass * each + again)
