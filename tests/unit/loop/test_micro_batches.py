"""Packed micro-batches: the same loss and gradient as one mail at a time, in bounded memory."""

from __future__ import annotations

import math
import random

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

from training.examples.tokens import Example
from training.loop.micro_batches import (
    example_losses,
    labelled_tokens,
    mean_loss,
    pack,
    pack_for,
    response_loss,
)
from training.loop.packed_attention import packed_attention_forward, supports_shared_prefix

VOCABULARY = 97


@pytest.fixture(scope="module", params=["sdpa", "eager"])
def model(request):
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.3,
        attn_implementation=request.param,
    )
    return LlamaForCausalLM(config).eval()


def make_examples(count: int = 9) -> list[Example]:
    draw = random.Random(7)
    examples = []
    for number in range(count):
        prompt, answer = draw.randrange(1, 12), draw.randrange(2, 15)
        ids = tuple(draw.randrange(VOCABULARY) for _ in range(prompt + answer))
        examples.append(Example(number, ids, prompt))
    return examples


def loss_alone(model, example: Example) -> torch.Tensor:
    """Return the same loss computed by transformers, for one mail."""
    ids = torch.tensor([example.token_ids])
    labels = ids.clone()
    labels[0, : example.prompt_tokens] = -100
    return model(input_ids=ids, labels=labels).loss * example.labelled_tokens


def test_the_packed_loss_is_the_sum_of_the_mails_losses(model):
    examples = make_examples()
    for batch in pack(examples, 64):
        # The labelled tokens show which mails are in a row.
        rows = [e for e in examples if _stands_in(e, batch)]
        assert len(rows) > 1
        expected = sum(loss_alone(model, example) for example in rows)
        assert response_loss(model, batch).item() == pytest.approx(expected.item(), rel=1e-5)


def _stands_in(example, batch) -> bool:
    ids = batch["input_ids"][0].tolist()
    wanted = list(example.token_ids)
    return any(ids[i : i + len(wanted)] == wanted for i in range(len(ids)))


def test_the_packed_gradient_is_the_sum_of_the_mails_gradients(model):
    examples = make_examples()

    def gradient(losses):
        model.zero_grad()
        for loss in losses:
            loss.backward()
        return [parameter.grad.clone() for parameter in model.parameters()]

    packed = gradient(response_loss(model, batch) for batch in pack(examples, 64))
    alone = gradient(loss_alone(model, example) for example in examples)
    model.zero_grad()
    for first, second in zip(packed, alone, strict=True):
        torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-4)


def test_logits_are_made_at_labelled_positions_only(model):
    shapes = []
    hook = model.lm_head.register_forward_hook(lambda *call: shapes.append(call[1][0].shape[:2]))
    try:
        batches = pack(make_examples(), 64)
        for batch in batches:
            response_loss(model, batch)
    finally:
        hook.remove()
    assert shapes == [(1, batch["targets"].numel()) for batch in batches]


def test_each_labelled_token_is_predicted_from_the_one_before_it():
    example = Example(0, (5, 6, 7, 8), 2)
    (batch,) = pack([example, Example(1, (9, 10), 1)], 64)
    ids = batch["input_ids"][0]
    assert ids.tolist() == [5, 6, 7, 8, 9, 10]
    assert batch["position_ids"][0].tolist() == [0, 1, 2, 3, 0, 1]
    assert batch["predict_at"].tolist() == [1, 2, 4]
    assert batch["targets"].tolist() == [7, 8, 10]


def begin_alike(examples: list[Example], beginning: int) -> list[Example]:
    ids = tuple(range(beginning))
    return [Example(e.mail_id, ids + e.token_ids, beginning + e.prompt_tokens) for e in examples]


@pytest.mark.parametrize("beginning", [0, 3, 20])
def test_a_shared_prefix_is_computed_once_and_changes_nothing(model, beginning):
    examples = begin_alike(make_examples(), beginning)
    shared = pack_for(model, examples, 90)
    if beginning == 20:
        assert sum(batch["input_ids"].numel() for batch in shared) == sum(
            len(e.token_ids) for e in examples
        ) - beginning * (len(examples) - len(shared))
    assert all(sum(batch["lengths"]) == batch["input_ids"].numel() for batch in shared)

    def loss_and_gradient(losses):
        model.zero_grad()
        total = sum(losses)
        total.backward()
        gradient = [parameter.grad.clone() for parameter in model.parameters()]
        model.zero_grad()
        return total.item(), gradient

    loss, gradient = loss_and_gradient([response_loss(model, batch) for batch in shared])
    expected, reference = loss_and_gradient([loss_alone(model, e) for e in examples])
    assert loss == pytest.approx(expected, rel=1e-5)
    for first, second in zip(gradient, reference, strict=True):
        torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-4)


def test_only_the_answers_of_a_conversation_count(model):
    ids = tuple(range(3, 23))
    conversation = Example(0, ids, 5, ((9, 14),))
    (batch,) = pack_for(model, [conversation], 90)
    assert batch["predict_at"].tolist() == [*range(4, 8), *range(13, 19)]
    assert batch["targets"].tolist() == [*ids[5:9], *ids[14:]]
    turns = [Example(0, ids[:9], 5), Example(0, ids, 14)]
    expected = sum(loss_alone(model, turn).item() for turn in turns)
    assert response_loss(model, batch).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("prefix", [0, 7])
def test_attention_in_bfloat16_on_a_cpu_agrees_with_float32(prefix):
    torch.manual_seed(0)
    lengths = (prefix, 12, 30)
    tensors = [torch.randn(1, heads, sum(lengths), 16) for heads in (6, 2, 2)]
    results = []
    for dtype in (torch.float32, torch.bfloat16):
        inputs = [t.clone().to(dtype).requires_grad_() for t in tensors]
        output, _ = packed_attention_forward(torch.nn.Module(), *inputs, None, lengths=lengths)
        output.float().square().sum().backward()
        results.append([output.float(), *(t.grad.float() for t in inputs)])
    for exact, rounded in zip(*results, strict=True):
        assert (exact - rounded).norm() < 0.02 * exact.norm()


def test_models_with_a_sliding_window_share_no_prefix():
    config = MistralConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=1,
        num_attention_heads=4,
        num_key_value_heads=2,
        sliding_window=8,
    )
    windowed = MistralForCausalLM(config).eval()
    assert not supports_shared_prefix(windowed)
    examples = begin_alike(make_examples(), 20)
    assert all("lengths" not in batch for batch in pack_for(windowed, examples, 90))
    expected = sum(loss_alone(windowed, e).item() for e in examples)
    found = mean_loss(windowed, examples, 90) * sum(e.labelled_tokens for e in examples)
    assert found == pytest.approx(expected, rel=1e-5)
    config.sliding_window = None
    assert supports_shared_prefix(MistralForCausalLM(config))


@pytest.mark.parametrize("budget", [26, 40, 64, 1000])
def test_the_token_budget_is_kept_and_nothing_is_lost(budget):
    examples = make_examples(40)
    batches = pack(examples, budget)
    assert all(batch["input_ids"].numel() <= budget for batch in batches)
    assert sum(batch["input_ids"].numel() for batch in batches) == sum(
        len(example.token_ids) for example in examples
    )
    assert labelled_tokens(batches) == sum(example.labelled_tokens for example in examples)


def test_rows_are_full():
    # First fit, longest first, takes at most 11/9 of the fewest rows, and one.
    examples = make_examples(40)
    fewest = math.ceil(sum(len(example.token_ids) for example in examples) / 64)
    assert len(pack(examples, 64)) <= fewest * 11 / 9 + 1


def test_an_example_over_the_budget_gets_its_own_row():
    long = Example(0, tuple(range(50)), 10)
    batches = pack([Example(1, (1, 2, 3), 1), long], 20)
    assert sorted(batch["input_ids"].numel() for batch in batches) == [3, 50]


def test_the_order_of_the_examples_does_not_matter():
    examples = make_examples()
    shuffled = random.Random(3).sample(examples, len(examples))
    for first, second in zip(pack(examples, 64), pack(shuffled, 64), strict=True):
        assert all(torch.equal(first[key], second[key]) for key in first)


def test_mean_loss_is_nats_per_labelled_token_and_leaves_the_model_as_it_was(model):
    examples = make_examples()
    total = sum(loss_alone(model, example).item() for example in examples)
    tokens = sum(example.labelled_tokens for example in examples)
    model.train()
    try:
        assert mean_loss(model, examples, 64) == pytest.approx(total / tokens, rel=1e-5)
        assert model.training
    finally:
        model.eval()
    assert mean_loss(model, examples, 20) == pytest.approx(total / tokens, rel=1e-5)
    assert not model.training


def test_each_example_has_its_loss_in_the_order_given(model):
    examples = make_examples()
    losses = example_losses(model, examples, 64)
    assert losses == pytest.approx([loss_alone(model, e).item() for e in examples], rel=1e-5)
    assert example_losses(model, [], 64) == []


def test_dropout_is_off_in_mean_loss():
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=VOCABULARY,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=1,
            num_attention_heads=4,
            attention_dropout=0.5,
            initializer_range=0.3,
        )
    ).train()
    assert mean_loss(model, make_examples(), 64) == mean_loss(model, make_examples(), 64)


def test_mean_loss_without_examples_is_not_a_number(model):
    assert math.isnan(mean_loss(model, [], 64))
