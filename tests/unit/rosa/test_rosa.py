"""RoSA as a PEFT method: saved, loaded, merged, switched and trained with unmodified PEFT."""

from __future__ import annotations

import importlib
import json

import pytest
import torch
from dense_rosa import places, tiny_llama
from peft import AutoPeftModelForCausalLM, LoraConfig, PeftConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

import training.rosa
from training.rosa import (
    RosaConfig,
    low_rank_parameters,
    make_masks,
    masks_made,
    rosa_layers,
    sparse_parameters,
)

TOKENS = torch.arange(10).view(1, 10) * 5


def adapted(base=None, masks=True, **config):
    config = {"r": 2, "d": 0.05, "task_type": "CAUSAL_LM"} | config
    model = get_peft_model(base or tiny_llama(), RosaConfig(**config))
    if masks:
        draw_adapter(model)
    return model


def draw_adapter(model, seed=3):
    """Masks and values for the active adapter, so that it changes every layer's output."""
    torch.manual_seed(seed)
    for _, layer in rosa_layers(model):
        for name in layer.active_adapters:
            if name in layer.rosa_B:
                nn.init.normal_(layer.rosa_B[name], std=0.1)
            if name in layer.rosa_values:
                numel, nnz = layer.weight.numel(), layer.rosa_values[name].numel()
                layer.set_mask(name, torch.randperm(numel)[:nnz].sort().values.int())
                nn.init.normal_(layer.rosa_values[name], std=0.1)


def logits(model):
    model.eval()
    with torch.no_grad():
        return model(TOKENS).logits


def loss(model, batch):
    return model(input_ids=batch, labels=batch).loss


@pytest.mark.parametrize("config", [{}, {"r": 0}, {"d": 0.0}, {"masks": False}], ids=str)
@pytest.mark.parametrize("low_cpu_mem_usage", [False, True])
def test_saved_and_loaded_it_is_the_same(tmp_path, config, low_cpu_mem_usage):
    model = adapted(**config)
    model.save_pretrained(tmp_path)
    loaded = PeftModel.from_pretrained(tiny_llama(), tmp_path, low_cpu_mem_usage=low_cpu_mem_usage)
    assert torch.equal(logits(loaded), logits(model))
    assert masks_made(loaded) == masks_made(model) == config.get("masks", True)
    saved = load_file(tmp_path / "adapter_model.safetensors")
    dtypes = {key.rpartition(".")[2]: tensor.dtype for key, tensor in saved.items()}
    expected = {"rosa_A": torch.float32, "rosa_B": torch.float32}
    if config.get("r") == 0:
        expected = {}
    if config.get("d") != 0:
        expected |= {"rosa_values": torch.float32, "rosa_indices": torch.int32}
    assert dtypes == expected


def test_half_precision_bases_keep_a_float32_adapter(tmp_path):
    model = adapted(tiny_llama().bfloat16())
    model.save_pretrained(tmp_path)
    for low_cpu_mem_usage in (False, True):
        loaded = PeftModel.from_pretrained(
            tiny_llama().bfloat16(), tmp_path, low_cpu_mem_usage=low_cpu_mem_usage
        )
        for mine, theirs in zip(
            sparse_parameters(model) + low_rank_parameters(model),
            sparse_parameters(loaded) + low_rank_parameters(loaded),
            strict=True,
        ):
            assert theirs.dtype == torch.float32
            assert torch.equal(mine, theirs)


def test_auto_models_load_it(tmp_path):
    tiny_llama().save_pretrained(tmp_path / "base")
    model = adapted(LlamaForCausalLM.from_pretrained(tmp_path / "base"))
    model.save_pretrained(tmp_path / "adapter")
    # transformers' own way loads its tensors without load_state_dict.
    for auto in (AutoPeftModelForCausalLM, AutoModelForCausalLM):
        loaded = auto.from_pretrained(tmp_path / "adapter")
        assert torch.equal(logits(loaded), logits(model)), auto


@pytest.mark.parametrize(("setting", "value"), [("d", 0.1), ("r", 3)])
@pytest.mark.parametrize("low_cpu_mem_usage", [False, True])
def test_an_adapter_of_another_size_is_refused(tmp_path, setting, value, low_cpu_mem_usage):
    adapted(d=0.05).save_pretrained(tmp_path)
    path = tmp_path / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {setting: value}))
    with pytest.raises(ValueError, match=f"trained with another {setting}, or for another base"):
        PeftModel.from_pretrained(tiny_llama(), tmp_path, low_cpu_mem_usage=low_cpu_mem_usage)


def test_an_adapter_of_another_base_is_refused(tmp_path):
    adapted().save_pretrained(tmp_path)
    torch.manual_seed(0)
    other = LlamaConfig(
        vocab_size=64,
        hidden_size=64,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    with pytest.raises(ValueError, match="for another base model"):
        PeftModel.from_pretrained(LlamaForCausalLM(other), tmp_path)


@pytest.mark.parametrize(
    ("place", "value", "wrong"),
    [
        (-1, 2**30, "outside"),
        (0, -7, "outside"),
        (1, 0, "not strictly increasing"),
        (2, 5, "not strictly increasing"),
    ],
)
@pytest.mark.parametrize("low_cpu_mem_usage", [False, True])
def test_saved_indices_that_are_damaged_are_refused(
    tmp_path, place, value, wrong, low_cpu_mem_usage
):
    adapted().save_pretrained(tmp_path)
    path = tmp_path / "adapter_model.safetensors"
    tensors = load_file(path)
    key = next(key for key in tensors if key.endswith("rosa_indices"))
    tensors[key][:3] = torch.tensor([3, 5, 9])
    tensors[key][place] = value
    save_file(tensors, path)
    with pytest.raises(ValueError, match=rf"rosa_indices in the file is damaged.*{wrong}"):
        PeftModel.from_pretrained(tiny_llama(), tmp_path, low_cpu_mem_usage=low_cpu_mem_usage)


def test_merged_it_is_a_plain_model_with_the_same_outputs():
    model = adapted()
    before = logits(model)
    model.merge_adapter()
    torch.testing.assert_close(logits(model), before, rtol=1e-5, atol=1e-5)
    model.unmerge_adapter()
    torch.testing.assert_close(logits(model), before, rtol=1e-5, atol=1e-5)
    merged = model.merge_and_unload()
    assert not list(rosa_layers(merged))
    torch.testing.assert_close(logits(merged), before, rtol=1e-5, atol=1e-5)
    assert torch.equal(merged.lm_head.weight, tiny_llama().model.embed_tokens.weight)


def test_unloaded_or_disabled_it_is_the_base():
    model, base = adapted(), tiny_llama()
    assert not torch.equal(logits(model), logits(base))
    with model.disable_adapter():
        assert torch.equal(logits(model), logits(base))
    model.merge_adapter()
    with model.disable_adapter():
        torch.testing.assert_close(logits(model), logits(base), rtol=1e-5, atol=1e-5)
    assert not torch.equal(logits(model), logits(base))
    unloaded = adapted().unload()
    assert torch.equal(logits(unloaded), logits(base))


def test_several_adapters_are_switched_and_deleted(tmp_path):
    model = adapted()
    first = logits(model)
    model.add_adapter("other", RosaConfig(r=3, d=0.1, task_type="CAUSAL_LM"))
    assert torch.equal(logits(model), first)
    assert all(not p.requires_grad for n, p in model.named_parameters() if "other" in n)

    model.set_adapter("other")
    assert torch.equal(logits(model), logits(tiny_llama()))
    assert not masks_made(model)
    draw_adapter(model, seed=4)
    second = logits(model)
    assert not torch.equal(second, first)
    assert {id(p) for p in sparse_parameters(model) + low_rank_parameters(model)} == {
        id(p) for p in model.parameters() if p.requires_grad
    }

    model.set_adapter("default")
    assert torch.equal(logits(model), first)
    model.save_pretrained(tmp_path)
    loaded = PeftModel.from_pretrained(tiny_llama(), tmp_path / "other")
    assert torch.equal(logits(loaded), second)

    model.delete_adapter("default")
    assert torch.equal(logits(model), second)
    assert not any("default" in key for key in model.state_dict())


@pytest.mark.parametrize("checkpointing", [None, True, False])
def test_the_optimizer_moves_the_adapter_only(checkpointing):
    base = tiny_llama()
    if checkpointing is not None:
        base.enable_input_require_grads()
        base.gradient_checkpointing_enable({"use_reentrant": checkpointing})
    frozen = {name: tensor.clone() for name, tensor in base.state_dict().items()}
    model = adapted(base).train()
    optimizer = torch.optim.AdamW(
        [
            {"params": low_rank_parameters(model), "lr": 1e-2},
            {"params": sparse_parameters(model), "lr": 1e-3},
        ]
    )
    moved = {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}
    losses = []
    for _ in range(6):
        losses.append(loss(model, TOKENS))
        losses[-1].backward()
        optimizer.step()
        optimizer.zero_grad()
    assert losses[-1] < losses[0] - 0.1
    parameters = dict(model.named_parameters())
    assert not [name for name, start in moved.items() if torch.equal(parameters[name], start)]
    kept = model.unload().state_dict()
    assert kept.keys() == frozen.keys()
    assert not [name for name, tensor in frozen.items() if not torch.equal(kept[name], tensor)]


def test_a_run_resumes_within_the_warm_up_and_after_it(tmp_path):
    warm = adapted(masks=False).train()
    loss(warm, TOKENS).backward()
    assert all(p.grad is None for p in sparse_parameters(warm))
    torch.optim.SGD(low_rank_parameters(warm), lr=0.5).step()
    warm.zero_grad()
    warm.save_pretrained(tmp_path / "warm")

    resumed = PeftModel.from_pretrained(tiny_llama(), tmp_path / "warm", is_trainable=True)
    assert not masks_made(resumed)
    for model in (warm, resumed):
        make_masks(model.train(), [TOKENS, TOKENS.flip(1)], loss)
    assert places(warm) == places(resumed)
    resumed.save_pretrained(tmp_path / "masked")
    again = PeftModel.from_pretrained(tiny_llama(), tmp_path / "masked", is_trainable=True)
    assert masks_made(again)
    loss(again.train(), TOKENS).backward()
    assert all(p.grad is not None for p in sparse_parameters(again))

    # The way transformers.Trainer resumes: into a model that has the adapter already.
    fresh = adapted(masks=False)
    fresh.load_adapter(tmp_path / "masked", "default", is_trainable=True)
    assert masks_made(fresh)


@pytest.mark.parametrize(
    ("target_modules", "count"),
    [("all-linear", 14), (["q_proj", "v_proj"], 4), (r".*layers\.1\.mlp\.(up|down)_proj", 2)],
)
def test_target_modules(target_modules, count):
    model = adapted(target_modules=target_modules)
    assert len(list(rosa_layers(model))) == count
    assert model.base_model.model.lm_head.weight is (
        model.base_model.model.model.embed_tokens.weight
    )


def test_blocks_and_layers_are_left_out():
    model = adapted(target_modules=["q_proj", "v_proj"], layers_to_transform=[1])
    names = [name for name, _ in rosa_layers(model)]
    assert len(names) == 2
    assert all(".layers.1." in name for name in names)
    assert len(list(rosa_layers(adapted(exclude_modules=["q_proj", "k_proj"])))) == 10


def test_an_output_layer_tied_to_the_embedding_leaves_that_alone_when_merged(tmp_path):
    model = adapted(target_modules=["lm_head", "q_proj"])
    before, embedding = logits(model), tiny_llama().model.embed_tokens.weight
    model.merge_adapter()
    torch.testing.assert_close(logits(model), before, rtol=1e-5, atol=1e-5)
    model.unmerge_adapter()
    inner = model.get_base_model()
    assert inner.lm_head.weight is inner.model.embed_tokens.weight
    assert torch.equal(logits(model), before)

    merged = model.merge_and_unload()
    assert torch.equal(merged.model.embed_tokens.weight, embedding)
    merged.save_pretrained(tmp_path)
    loaded = LlamaForCausalLM.from_pretrained(tmp_path)
    torch.testing.assert_close(logits(loaded), before, rtol=1e-5, atol=1e-5)


def test_batches_of_several_adapters_are_refused():
    model = adapted()
    for call in (model, model.generate):
        with pytest.raises(ValueError, match="adapter_names"):
            call(input_ids=TOKENS, adapter_names=["default"])


def test_targets_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match="nowhere"):
        adapted(target_modules=["nowhere"])
    with pytest.raises(TypeError, match=r"embed_tokens is a Embedding.*torch.nn.Linear only"):
        adapted(target_modules=["embed_tokens"])


def test_modules_to_save_are_trained_and_saved(tmp_path):
    model = adapted(modules_to_save=["norm"])
    norm = model.base_model.model.model.norm
    assert norm.weight.requires_grad
    with torch.no_grad():
        norm.modules_to_save["default"].weight.mul_(2)
    model.save_pretrained(tmp_path)
    loaded = PeftModel.from_pretrained(tiny_llama(), tmp_path)
    assert torch.equal(logits(loaded), logits(model))


def test_the_config_survives_saving(tmp_path):
    config = RosaConfig(r=3, d=0.2, alpha=5, dropout=0.1, target_modules=["q_proj"])
    config.save_pretrained(tmp_path)
    loaded = PeftConfig.from_pretrained(tmp_path)
    assert isinstance(loaded, RosaConfig)
    assert loaded.to_dict() == config.to_dict()


def test_lora_beside_it_is_untouched():
    model = get_peft_model(tiny_llama(), LoraConfig(target_modules=["q_proj"]))
    assert not list(rosa_layers(model))


def test_a_method_of_that_name_in_peft_is_replaced_with_a_warning():
    with pytest.warns(UserWarning, match=r"PEFT already has a method 'ROSA'"):
        importlib.reload(training.rosa)
