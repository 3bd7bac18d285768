"""Fused layers: the outputs and gradients of the classes that they stand in for."""

from __future__ import annotations

from importlib import import_module

import pytest
import torch
from transformers import AutoConfig, GemmaConfig, GemmaForCausalLM
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

from training.loop.fused_layers import _GATED, _RMS_NORMS, use_fused_layers
from training.loop.micro_batches import pack, response_loss
from training.loop.packed_attention import unwrap_model

SIZES = {
    "vocab_size": 53,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 8,
    "pad_token_id": 0,
}
FAMILIES = ["llama", "mistral", "qwen2", "qwen3", "smollm3"]
IDS = torch.arange(12)[None]


def model(family: str, **options):
    torch.manual_seed(0)
    config = AutoConfig.for_model(family, **SIZES, **options)
    made = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)](config)
    for name, parameter in made.named_parameters():
        if "norm" in name:
            torch.nn.init.normal_(parameter, 1.0, 0.2)
    return made


def loss_and_gradients(made, dtype: torch.dtype = torch.float32):
    made.zero_grad()
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
        loss = made(IDS, labels=IDS).loss
    loss.backward()
    return loss.detach(), {name: p.grad.clone() for name, p in made.named_parameters()}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("family", FAMILIES)
def test_losses_and_gradients_stay_the_same(family, dtype):
    made = model(family)
    expected, gradients = loss_and_gradients(made, dtype)
    use_fused_layers(made)
    fused = {type(m).__name__ for m in made.modules() if "forward" in vars(m)}
    assert fused & set(_RMS_NORMS)
    assert fused & set(_GATED)
    found, of_fused = loss_and_gradients(made, dtype)
    close = {"rtol": 1e-4, "atol": 1e-6} if dtype == torch.float32 else {"rtol": 0.1, "atol": 0.01}
    torch.testing.assert_close(found, expected, **close)
    torch.testing.assert_close(of_fused, gradients, **close)


def test_known_classes_exist():
    for name in (*_RMS_NORMS, *_GATED):
        family = name.removesuffix("RMSNorm").removesuffix("MLP").lower()
        assert family in FAMILIES
        module = import_module(f"transformers.models.{family}.modeling_{family}")
        assert hasattr(module, name)


def test_other_norms_and_other_activations_stay_as_they_are():
    gemma = GemmaForCausalLM(GemmaConfig(**SIZES))
    use_fused_layers(gemma)
    assert not [m for m in gemma.modules() if "forward" in vars(m)]
    rectified = model("llama", hidden_act="relu")
    use_fused_layers(rectified)
    assert not {type(m).__name__ for m in rectified.modules() if "forward" in vars(m)} & set(_GATED)


def test_a_model_is_fused_when_its_loss_is_computed_and_saved_as_before(tmp_path):
    from training.examples.tokens import Example

    made = model("llama")
    (batch,) = pack([Example(0, tuple(range(12)), 4)], 64)
    before = set(made.state_dict())
    response_loss(made, batch).backward()
    assert any("forward" in vars(m) for m in unwrap_model(made).modules())
    assert set(made.state_dict()) == before
    made.save_pretrained(tmp_path)
    assert type(made).from_pretrained(tmp_path).config.hidden_size == 16
