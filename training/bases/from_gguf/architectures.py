"""The architectures of GGUFs that can be trained, and transformers' configuration of each.

Each entry is tested against llama.cpp on random weights (tests/unit/base_models/test_from_gguf.py).
Imports neither torch nor transformers, so that what can't be trained is said before anything is
loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.base_models.gguf_model import GgufModel
from training.bases.from_gguf.fields import Fields, Floats, NotTrainableError
from training.bases.from_gguf.rope import rope_parameters

_GEMMA2_27B_LAYERS, _GEMMA3_27B_LAYERS = 46, 62
"""llama.cpp tells the 27B models, which scale attention differently, by their layers."""

_NO_ROPE_INTERVAL = 4


@dataclass(frozen=True)
class Architecture:
    """model_type: transformers' name. own: fields of its configuration besides the common ones.

    interleaved: whether llama.cpp's rows of q and k are in another order than transformers'.
    norm_plus_one: whether the file's norm weights are one more than transformers'.
    instruct: an instruction-tuned model of this kind.
    """

    model_type: str
    own: Callable[[Fields], dict[str, Any]]
    instruct: str
    interleaved: bool = False
    norm_plus_one: bool = False


def architecture_of(model: GgufModel) -> Architecture:
    """The entry of a model. Raises NotTrainableError if there is none."""
    found = ARCHITECTURES.get(model.header.architecture)
    if found is None:
        known = ", ".join(sorted(ARCHITECTURES))
        raise NotTrainableError(
            f"models of the kind {model.header.architecture!a} only draft here (kinds that can be "
            f"trained: {known})"
        )
    if model.header.own("expert_count"):
        raise NotTrainableError("it is a mixture of experts, which only drafts here")
    return found


def configuration(model: GgufModel, floats: Floats) -> dict[str, Any]:
    """The fields of transformers' configuration. floats: reads a tensor of floats by name.

    Raises NotTrainableError.
    """
    architecture = architecture_of(model)
    fields = Fields(model, floats)
    rows = fields.shapes["token_embd.weight"][0]
    common: dict[str, Any] = {
        "vocab_size": rows,
        "hidden_size": fields.hidden,
        "intermediate_size": fields.count("feed_forward_length"),
        "num_hidden_layers": fields.layers,
        "num_attention_heads": fields.heads,
        "num_key_value_heads": fields.count("attention.head_count_kv", fields.heads),
        "max_position_embeddings": fields.count("context_length"),
        "rms_norm_eps": fields.number("attention.layer_norm_rms_epsilon"),
        "tie_word_embeddings": not fields.has("output.weight"),
        "attention_bias": fields.has("attn_q.bias"),
        **{f"{role}_token_id": _token(model, key, rows) for role, key in _TOKENS.items()},
    }
    own = architecture.own(fields)
    if "rope_parameters" not in own:
        common["rope_parameters"] = rope_parameters(fields)
    return {"model_type": architecture.model_type, **common, **own}


_TOKENS = {"bos": "bos", "eos": "eos", "pad": "padding"}


def _token(model: GgufModel, key: str, rows: int) -> int | None:
    value = model.header.values.get(f"tokenizer.ggml.{key}_token_id")
    return value if type(value) is int and 0 <= value < rows else None


def _llama(fields: Fields) -> dict[str, Any]:
    return {"head_dim": fields.head_size, "mlp_bias": fields.has("ffn_up.bias")}


def _head_size(fields: Fields) -> dict[str, Any]:
    return {"head_dim": fields.head_size}


def _usual_head_size(fields: Fields) -> dict[str, Any]:
    """Of kinds whose configuration has no head size of its own."""
    if fields.head_size * fields.heads != fields.hidden:
        raise NotTrainableError("the size of its attention heads is unusual")
    return {}


def _smollm3(fields: Fields) -> dict[str, Any]:
    interval = {"no_rope_layer_interval": _NO_ROPE_INTERVAL}
    return {**_usual_head_size(fields), **interval, "mlp_bias": fields.has("ffn_up.bias")}


def _phi3(fields: Fields) -> dict[str, Any]:
    original = fields.count("rope.scaling.original_context_length", fields.count("context_length"))
    # llama.cpp does not apply Phi-3's sliding window.
    return {
        **_usual_head_size(fields),
        "original_max_position_embeddings": original,
        "rope_parameters": rope_parameters(fields, partly=True),
        "sliding_window": None,
    }


def _gemma2(fields: Fields) -> dict[str, Any]:
    return {
        "head_dim": fields.head_size,
        "query_pre_attn_scalar": _query_scalar(fields, _GEMMA2_27B_LAYERS),
        "attn_logit_softcapping": fields.number("attn_logit_softcapping", 50.0),
        "final_logit_softcapping": fields.number("final_logit_softcapping", 30.0),
        "sliding_window": fields.count("attention.sliding_window", 4096),
        "layer_types": fields.layer_types(2),
    }


def _gemma3(fields: Fields) -> dict[str, Any]:
    window = fields.get("attention.sliding_window") or 0
    full = ["full_attention"] * fields.layers
    local = {"rope_type": "default", "rope_theta": fields.number("rope.freq_base_swa", 10_000.0)}
    return {
        "head_dim": fields.head_size,
        "query_pre_attn_scalar": _query_scalar(fields, _GEMMA3_27B_LAYERS),
        "final_logit_softcapping": fields.number("final_logit_softcapping", 0.0) or None,
        "attn_logit_softcapping": None,
        "sliding_window": window or 4096,
        "layer_types": fields.layer_types(6) if window else full,
        "rope_parameters": {
            "full_attention": rope_parameters(fields),
            "sliding_attention": local,
        },
    }


def _query_scalar(fields: Fields, layers_of_27b: int) -> int:
    if fields.layers == layers_of_27b:
        return fields.hidden // fields.heads
    return fields.head_size


def _granite(fields: Fields) -> dict[str, Any]:
    return {
        **_usual_head_size(fields),
        "mlp_bias": fields.has("ffn_up.bias"),
        "embedding_multiplier": fields.number("embedding_scale", 0.0) or 1.0,
        "residual_multiplier": fields.number("residual_scale", 0.0) or 1.0,
        "attention_multiplier": fields.number("attention.scale", 0.0) or fields.head_size**-0.5,
        "logits_scaling": fields.number("logit_scale"),
    }


def _olmo2(fields: Fields) -> dict[str, Any]:
    if fields.get("attention.sliding_window"):
        raise NotTrainableError("OLMo 3 only drafts here; OLMo 2 can be trained")
    return _usual_head_size(fields)


ARCHITECTURES = {
    "llama": Architecture("llama", _llama, "Llama-3.2-3B-Instruct", interleaved=True),
    "qwen2": Architecture("qwen2", _usual_head_size, "Qwen2.5-1.5B-Instruct"),
    "qwen3": Architecture("qwen3", _head_size, "Qwen3-1.7B"),
    "smollm3": Architecture("smollm3", _smollm3, "SmolLM3-3B", interleaved=True),
    "phi3": Architecture("phi3", _phi3, "Phi-4-mini-instruct"),
    "gemma": Architecture("gemma", _head_size, "gemma-1.1-2b-it", norm_plus_one=True),
    "gemma2": Architecture("gemma2", _gemma2, "gemma-2-2b-it", norm_plus_one=True),
    "gemma3": Architecture("gemma3_text", _gemma3, "gemma-3-1b-it", norm_plus_one=True),
    "granite": Architecture("granite", _granite, "granite-3.3-2b-instruct", interleaved=True),
    "olmo2": Architecture("olmo2", _olmo2, "OLMo-2-0425-1B-Instruct"),
}
"""llama.cpp's name -> entry. Mistral and SmolLM2 are of the kind "llama"."""
