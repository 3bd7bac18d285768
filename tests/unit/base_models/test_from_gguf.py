"""Training from a GGUF: the converted model computes what llama.cpp computes with the file."""

import dataclasses
import json

import numpy as np
import pytest
import torch
from tiny_ggufs import HEAD, byte_tokens, write_gguf

from engine.base_models.gguf_model import read_gguf_model
from engine.errors import PanzaError
from engine.home.home import Home
from engine.models.models import BASE_FINGERPRINT, ModelCard
from training.bases.base_model import (
    base_fingerprint,
    check_base,
    load_base,
    resolve_base,
    resolve_base_of,
)
from training.bases.from_gguf import tokenizer as from_gguf_tokenizer
from training.bases.from_gguf.architectures import ARCHITECTURES
from training.bases.from_gguf.folder import why_not_trainable
from training.bases.from_gguf.pre_tokenizers import rules_named
from training.bases.from_gguf.rope import llama3_divisor
from training.export import verify

GEMMA = {"attention.key_length": HEAD, "attention.value_length": HEAD}


def llama3_factors():
    scaling = {
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }
    turns = [10_000.0 ** (-2 * pair / HEAD) for pair in range(HEAD // 2)]
    return np.array([llama3_divisor(turn, scaling) for turn in turns], dtype=np.float32)


FACTORS = np.linspace(1.1, 4.0, HEAD // 2).astype(np.float32)
MODELS = {
    "Llama 2, Mistral": ("llama", {}, {}),
    "SmolLM2": ("llama", {}, {"tied": True}),
    "Llama 3.1": ("llama", {}, {"extra": {"rope_freqs.weight": llama3_factors()}}),
    "linear scaling": ("llama", {"rope.scaling.type": "linear", "rope.scaling.factor": 4.0}, {}),
    "Qwen 2": ("qwen2", {}, {}),
    "Qwen 2.5": ("qwen2", {}, {"tied": True}),
    "Qwen 3": ("qwen3", GEMMA, {"tied": True}),
    "SmolLM3": ("smollm3", {}, {"layers": 4, "tied": True}),
    "Phi-3": ("phi3", {"attention.sliding_window": 8}, {}),
    "Phi-4-mini": (
        "phi3",
        {
            "rope.scaling.original_context_length": 512,
            "rope.scaling.attn_factor": 1.19,
            "context_length": 4096,
        },
        {
            "tied": True,
            "extra": {
                "rope_factors_short.weight": FACTORS,
                "rope_factors_long.weight": FACTORS * 2,
            },
        },
    ),
    "Phi-4-mini, partly turned": ("phi3", {"rope.dimension_count": 12}, {}),
    "Gemma": ("gemma", GEMMA, {"tied": True}),
    "Gemma 2": (
        "gemma2",
        {
            **GEMMA,
            "attn_logit_softcapping": 2.0,
            "final_logit_softcapping": 3.0,
            "attention.sliding_window": 8,
        },
        {"tied": True},
    ),
    "Gemma 3": (
        "gemma3",
        {
            **GEMMA,
            "attention.sliding_window": 8,
            "rope.freq_base": 1_000_000.0,
            "rope.scaling.type": "linear",
            "rope.scaling.factor": 8.0,
        },
        {"tied": True, "layers": 6},
    ),
    "Granite": (
        "granite",
        {
            "embedding_scale": 3.0,
            "residual_scale": 0.3,
            "attention.scale": 0.2,
            "logit_scale": 4.0,
        },
        {"tied": True},
    ),
    "OLMo 2": ("olmo2", {}, {}),
}


@pytest.fixture(name="home")
def _home(tmp_path):
    return Home(tmp_path / "home").prepare()


def losses(home, path):
    """The losses of random tokens, by llama.cpp with the file and by torch with its folder."""
    model, _ = load_base(home, str(path), allow_download=False, dtype=torch.float32)
    draw = np.random.default_rng(1)
    ids = draw.integers(0, len(byte_tokens()), 60).tolist()
    by_llama_cpp = verify.gguf_losses(path, [(ids, 1)], threads=1, progress=lambda done: None)
    with torch.inference_mode():
        logits = model(torch.tensor([ids]), use_cache=False).logits[0, :-1]
        losses = torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:]), reduction="none")
    return by_llama_cpp, losses.numpy()


@pytest.mark.parametrize("name", MODELS)
def test_a_converted_model_computes_what_llama_cpp_does(home, tmp_path, name):
    architecture, fields, options = MODELS[name]
    path = write_gguf(tmp_path / "a.gguf", architecture, fields, **options)
    in_llama_cpp, in_torch = losses(home, path)
    assert np.abs(in_llama_cpp - in_torch).max() < 0.02
    assert in_torch.std() > 0.2  # The weights have an effect.


def test_the_folder_says_where_it_came_from(home, tmp_path):
    path = write_gguf(tmp_path / "a.gguf", "qwen2")
    folder = resolve_base(home, str(path), allow_download=False)
    source = json.loads((folder / "source.json").read_text())
    assert (source["gguf"], source["architecture"]) == (str(path), "qwen2")
    assert len(source["fingerprint"]) == 64


@pytest.mark.parametrize("kind", ["F16", "BF16", "Q8_0", "Q4_0"])
def test_weights_of_every_kind_are_those_of_the_file(home, tmp_path, kind):
    path = write_gguf(tmp_path / "a.gguf", "llama", kind=kind)
    in_llama_cpp, in_torch = losses(home, path)
    # llama.cpp also rounds activations beside quantised weights.
    assert np.abs(in_llama_cpp - in_torch).mean() < (0.05 if kind.startswith("Q") else 0.01)


@pytest.mark.parametrize("name", ["Llama 2, Mistral", "Gemma 2", "Granite"])
def test_a_wrong_order_of_rows_or_norm_would_be_seen(home, tmp_path, monkeypatch, name):
    architecture, fields, options = MODELS[name]
    entry = ARCHITECTURES[architecture]
    wrong = dataclasses.replace(entry, interleaved=False, norm_plus_one=False)
    monkeypatch.setitem(ARCHITECTURES, architecture, wrong)
    path = write_gguf(tmp_path / "a.gguf", architecture, fields, **options)
    in_llama_cpp, in_torch = losses(home, path)
    assert np.abs(in_llama_cpp - in_torch).max() > 0.1


def refusal(home, base):
    """The line that a base is refused with, before anything is loaded."""
    with pytest.raises(PanzaError) as raised:
        check_base(home, str(base), allow_download=False)
    assert "\n" not in str(raised.value)
    assert not [path for path in home.cache.glob("base-*") if path.is_dir()]
    return str(raised.value)


def test_a_base_without_chat_template_names_an_instruct_model(home, tmp_path):
    path = write_gguf(tmp_path / "a.gguf", "qwen2", template=None)
    assert "no chat template" in refusal(home, path)
    assert "Qwen2.5-1.5B-Instruct" in refusal(home, path)


def test_a_kind_that_can_not_be_trained_is_said_before_anything_is_loaded(home, tmp_path):
    line = refusal(home, write_gguf(tmp_path / "a.gguf", "rwkv6"))
    assert "'rwkv6' only draft here" in line
    assert "qwen2" in line


def test_a_mixture_of_experts_is_refused(home, tmp_path):
    path = write_gguf(tmp_path / "a.gguf", "llama", {"expert_count": 8})
    assert "mixture of experts" in refusal(home, path)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"without": "blk.1.attn_k.weight"}, "missing or of another size"),
        ({"extra": {"blk.0.attn_sinks.weight": np.ones(4, np.float32)}}, "attn_sinks"),
        ({"extra": {"rope_freqs.weight": FACTORS}}, "scaled in an unknown way"),
        ({"fields": {"rope.scaling.type": "dynamic", "rope.scaling.factor": 2.0}}, "unknown way"),
        ({"fields": {"embedding_length": 0}}, "no usable value of embedding_length"),
        (
            {"fields": {"attention.head_count": 3, "rope.dimension_count": 21}},
            "refuses its configuration",
        ),
        ({"fields": {"attention.head_count": 8}}, "whole attention heads"),
        ({"fields": {"block_count": 10**9}}, "no usable value of block_count"),
        ({"fields": {"block_count": 3}}, "promises 3 layers and has weights of 2"),
        ({"fields": {"attention.key_length": 32}}, "whole attention heads"),
    ],
)
def test_what_does_not_fit_together_is_one_plain_line_and_leaves_nothing(
    home, tmp_path, options, why
):
    path = write_gguf(tmp_path / "a.gguf", "llama", **options)
    with pytest.raises(PanzaError, match=why) as raised:
        resolve_base(home, str(path), allow_download=False)
    assert "\n" not in str(raised.value)
    assert not [entry for entry in home.cache.iterdir() if entry.is_dir()]


def test_a_quantisation_that_cannot_be_undone_is_said_from_the_header(tmp_path):
    model = read_gguf_model(write_gguf(tmp_path / "a.gguf"))
    assert why_not_trainable(model) == ""
    file, tensor = model.tensors[0]
    other = (file, dataclasses.replace(tensor, kind="I32"))
    model = dataclasses.replace(model, tensors=(other, *model.tensors[1:]))
    assert "quantisation, I32, can't be undone" in why_not_trainable(model)


def test_a_tokenizer_that_would_give_other_tokens_is_refused(home, tmp_path, monkeypatch):
    rules = dataclasses.replace(rules_named("smollm"), split=(r"\p{L}",))
    monkeypatch.setattr(from_gguf_tokenizer, "rules_named", lambda name: rules)
    path = write_gguf(tmp_path / "a.gguf")
    with pytest.raises(PanzaError, match="other tokens than in llama"):
        resolve_base(home, str(path), allow_download=False)


def test_added_and_special_tokens_are_those_of_the_file(home, tmp_path):
    path = write_gguf(tmp_path / "a.gguf")
    _, tokenizer = load_base(home, str(path), allow_download=False, dtype=torch.float32)
    ids = tokenizer("a<tool>b<|im_end|>").input_ids
    tokens = byte_tokens()
    assert [tokens[index] for index in ids] == ["a", "<tool>", "b", "<|im_end|>"]
    assert tokenizer.eos_token == "<|im_end|>"
    assert tokenizer.decode(ids, skip_special_tokens=True) == "a<tool>b"


def test_another_file_under_the_same_name_is_converted_anew_and_refused_for_old_models(
    home, tmp_path
):
    path = write_gguf(tmp_path / "a.gguf", seed=1)
    card = ModelCard(
        name="mine",
        base=str(path),
        method="lora",
        created=0,
        state="finished",
        data={BASE_FINGERPRINT: base_fingerprint(home, str(path))},
    )
    folder = resolve_base_of(home, card, allow_download=False)
    write_gguf(path, seed=2)
    with pytest.raises(PanzaError, match="has changed since 'mine' was trained on it"):
        resolve_base_of(home, card, allow_download=False)
    assert resolve_base(home, str(path), allow_download=False) != folder
    write_gguf(path, seed=1)
    assert resolve_base_of(home, card, allow_download=False) == folder


def test_a_template_that_fails_is_said_before_anything_is_loaded(home, tmp_path):
    path = write_gguf(tmp_path / "a.gguf", template="{{ raise_exception('never') }}")
    assert "chat template can't be used" in refusal(home, path)


def test_a_template_without_a_system_role_is_no_reason_to_refuse(home, tmp_path):
    refusing = "{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}"
    template = "{% for m in messages %}" + refusing + "[{{ m.content }}]{% endfor %}"
    check_base(home, str(write_gguf(tmp_path / "a.gguf", template=template)), allow_download=False)
