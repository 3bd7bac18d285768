"""The chunked loss: same loss and gradients as with all logits at once."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from transformers import GraniteConfig, GraniteForCausalLM, LlamaConfig, LlamaForCausalLM

import training.loop.response_head
from training.examples.tokens import Example
from training.loop.micro_batches import pack, response_loss
from training.loop.response_head import identity_lm_head, linear_lm_head, lm_head_loss

SIZES = {
    "vocab_size": 53,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
}


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("positions", [1, 128, 300])
def test_loss_and_gradients_are_those_of_all_logits_at_once(positions, bias):
    torch.manual_seed(0)
    head = nn.Linear(16, 53, bias=bias)
    hidden = torch.randn(positions, 16, requires_grad=True)
    targets = torch.randint(53, (positions,))
    wanted = [hidden, *head.parameters()]

    expected = nn.functional.cross_entropy(head(hidden), targets, reduction="sum")
    found = lm_head_loss(head, hidden, targets)

    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(
        torch.autograd.grad(found / 7, wanted), torch.autograd.grad(expected / 7, wanted)
    )


def test_a_frozen_head_gets_no_gradient_and_without_learning_there_is_none():
    head = nn.Linear(16, 53).requires_grad_(False)
    hidden = torch.randn(5, 16, requires_grad=True)
    targets = torch.arange(5)
    lm_head_loss(head, hidden, targets).backward()
    assert hidden.grad is not None
    assert head.weight.grad is None
    with torch.no_grad():
        assert not lm_head_loss(head.requires_grad_(True), hidden, targets).requires_grad


def test_no_more_logits_than_a_piece_are_made_at_once(monkeypatch):
    monkeypatch.setattr(training.loop.response_head, "LOGIT_CHUNK", 4)
    made = []
    real = training.loop.response_head._cross_entropy

    def watched(logits, targets, **options):
        made.append((logits.shape, logits.data_ptr()))
        return real(logits, targets, **options)

    monkeypatch.setattr(training.loop.response_head, "_cross_entropy", watched)
    head = nn.Linear(16, 53)
    lm_head_loss(head, torch.randn(10, 16, requires_grad=True), torch.arange(10))
    assert [shape for shape, _ in made] == [(4, 53), (4, 53), (2, 53)]
    assert len({where for _, where in made}) == 1


def test_a_deferred_head_is_restored_even_after_an_error():
    head = nn.Linear(16, 53)
    states = torch.randn(3, 16)
    before = head(states)
    with identity_lm_head(head):
        assert head(states) is states
    with pytest.raises(RuntimeError), identity_lm_head(head):
        raise RuntimeError
    torch.testing.assert_close(head(states), before)


def test_a_model_that_scales_its_logits_keeps_its_own_head():
    torch.manual_seed(0)
    assert linear_lm_head(LlamaForCausalLM(LlamaConfig(**SIZES))) is not None
    assert linear_lm_head(GraniteForCausalLM(GraniteConfig(**SIZES))) is not None
    scaled = GraniteForCausalLM(GraniteConfig(**SIZES, logits_scaling=8.0)).eval()
    assert linear_lm_head(scaled) is None

    example = Example(0, (3, 4, 5, 6, 7), 2)
    ids = torch.tensor([example.token_ids])
    labels = ids.clone()
    labels[0, :2] = -100
    expected = scaled(input_ids=ids, labels=labels).loss * 3
    torch.testing.assert_close(response_loss(scaled, pack([example], 64)[0]), expected)


def test_an_adapted_head_computes_its_own_logits():
    from peft import LoraConfig, get_peft_model

    adapted = get_peft_model(
        LlamaForCausalLM(LlamaConfig(**SIZES)), LoraConfig(target_modules=["lm_head"])
    )
    assert linear_lm_head(adapted.get_base_model()) is None
    response_loss(adapted, pack([Example(0, (3, 4, 5), 1)], 64)[0]).backward()
    factors = [p for p in adapted.parameters() if p.requires_grad]
    assert factors
    assert all(factor.grad is not None for factor in factors)


def test_a_head_that_other_processes_hold_a_part_of_gathers_it_itself():
    model = LlamaForCausalLM(LlamaConfig(**SIZES))
    model.lm_head.weight = nn.Parameter(torch.empty(0))
    assert linear_lm_head(model) is None
