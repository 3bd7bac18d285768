"""What llama.cpp calls the architectures of Hugging Face models, and their hyperparameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.errors import PanzaError


@dataclass(frozen=True)
class Architecture:
    """name: llama.cpp's. own: sets its hyperparameters besides the common ones.

    by_turns: whether the rows of q and k are in another order (training.export.placing).
    norm_plus_one: whether the file's norms are one more than the model's.
    """

    name: str
    own: Callable[[Any, Any], None]
    by_turns: bool = False
    norm_plus_one: bool = False


def architecture_of(config: Any) -> Architecture:
    """The entry of a model of text. Raises PanzaError if there is none."""
    found = _ARCHITECTURES.get(config.model_type)
    if found is None:
        raise PanzaError(
            f"No GGUF of this base model was found, and {why_not_exported(config.model_type)}; "
            "nothing was changed. Put a GGUF of the same model into its folder, or draft with "
            "--backend transformers instead."
        )
    return found


def why_not_exported(model_type: str) -> str:
    """Why a folder with a model of that type can't be converted to a GGUF; '' if it can."""
    if model_type in _ARCHITECTURES:
        return ""
    known = ", ".join(sorted(_ARCHITECTURES))
    return f"models of type '{model_type}' can't be converted to one here (only {known})"


def add_hyperparameters(writer: Any, config: Any) -> None:
    """Write the hyperparameters of a supported model."""
    heads = config.num_attention_heads
    head_size = getattr(config, "head_dim", None) or config.hidden_size // heads
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_head_count(heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(head_size)
    writer.add_value_length(head_size)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    rotated = int(head_size * rope_of(config).get("partial_rotary_factor", 1.0))
    writer.add_rope_dimension_count(rotated)
    writer.add_rope_freq_base(rope_of(config)["rope_theta"])
    architecture_of(config).own(writer, config)


def rope_of(config: Any) -> dict[str, Any]:
    """The rotary embedding's parameters; those of full attention where layers differ."""
    rope: dict[str, Any] = config.rope_parameters
    return rope.get("full_attention", rope)


def require_rope(config: Any) -> None:
    """Raise PanzaError for a scaling of the rotary embedding that is not written."""
    kind = rope_of(config).get("rope_type", "default")
    if kind not in ("default", "llama3"):
        raise PanzaError(
            f"No GGUF of this base model was found, and its rotary embedding ('{kind}') can't be "
            "converted; nothing was changed. Put a GGUF of the same model into its folder, or "
            "draft with --backend transformers instead."
        )


def frequency_factors(config: Any) -> Any:
    """The divisor of each rotary frequency; None where the model does not scale them.

    llama3 (Llama 3.1 and later) lowers the low frequencies for long contexts.
    """
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    rope = rope_of(config)
    if rope.get("rope_type", "default") == "default":
        return None
    import torch

    scaled, _ = ROPE_INIT_FUNCTIONS["llama3"](config, torch.device("cpu"))
    pairs = torch.arange(scaled.numel(), dtype=torch.float32) / scaled.numel()
    return rope["rope_theta"] ** -pairs / scaled


def _nothing(writer: Any, config: Any) -> None:
    pass


def _granite(writer: Any, config: Any) -> None:
    writer.add_embedding_scale(config.embedding_multiplier)
    writer.add_residual_scale(config.residual_multiplier)
    writer.add_attention_scale(config.attention_multiplier)
    writer.add_logit_scale(config.logits_scaling)


_ARCHITECTURES = {
    "llama": Architecture("llama", _nothing, by_turns=True),
    "mistral": Architecture("llama", _nothing, by_turns=True),
    "qwen2": Architecture("qwen2", _nothing),
    "qwen3": Architecture("qwen3", _nothing),
    "smollm3": Architecture("smollm3", _nothing, by_turns=True),
    "granite": Architecture("granite", _granite, by_turns=True),
    "olmo2": Architecture("olmo2", _nothing),
}
