"""transformers' parameters of the rotary embedding, from the fields of a GGUF."""

from __future__ import annotations

import math
from typing import Any

from training.bases.from_gguf.fields import Fields, NotTrainableError

_LLAMA3 = {
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}
"""Of all Llama models since 3.1; a GGUF has only the factors that were computed with them."""

_TOLERANCE = 1e-3


def rope_parameters(fields: Fields, *, partly: bool = False) -> dict[str, Any]:
    """The parameters as transformers 5 names them. Raises NotTrainableError for unknown ones.

    partly: whether models of this kind may turn only a part of each head.
    """
    theta = fields.number("rope.freq_base", 10_000.0)
    turned = fields.count("rope.dimension_count", fields.head_size)
    common: dict[str, Any] = {"rope_theta": theta}
    if turned > fields.head_size or (turned < fields.head_size and not partly):
        raise NotTrainableError("the rotary embedding does not turn its whole attention heads")
    if turned < fields.head_size:
        common["partial_rotary_factor"] = turned / fields.head_size
    if fields.has("rope_factors_long.weight") or fields.has("rope_factors_short.weight"):
        return common | _long_rope(fields)
    if fields.has("rope_freqs.weight"):
        scaling = _llama3(fields, theta, turned)
        if scaling is None:
            raise NotTrainableError("its rotary frequencies are scaled in an unknown way")
        return common | scaling
    kind = fields.get("rope.scaling.type", "none")
    factor = fields.number("rope.scaling.factor", 0.0)
    if kind == "none" or not factor or factor == 1.0:
        return common | {"rope_type": "default"}
    if kind == "linear":
        return common | {"rope_type": "linear", "factor": factor}
    if kind == "yarn":
        original = fields.count("rope.scaling.original_context_length")
        yarn = {"factor": factor, "original_max_position_embeddings": original}
        return common | {"rope_type": "yarn"} | yarn
    raise NotTrainableError(f"its rotary frequencies are scaled in an unknown way ({kind!a})")


def _long_rope(fields: Fields) -> dict[str, Any]:
    original = fields.count("rope.scaling.original_context_length")
    factor = fields.number("rope.scaling.attn_factor", 1.0)
    return {
        "rope_type": "longrope",
        "short_factor": list(fields.floats("rope_factors_short.weight")),
        "long_factor": list(fields.floats("rope_factors_long.weight")),
        "original_max_position_embeddings": original,
        "attention_factor": factor,
    }


def _llama3(fields: Fields, theta: float, turned: int) -> dict[str, Any] | None:
    """The parameters that give the file's factors; None if none do."""
    divisors = list(fields.floats("rope_freqs.weight"))
    scaling: dict[str, Any] = _LLAMA3 | {"factor": round(max(divisors), 3)}
    computed = [
        llama3_divisor(theta ** (-2 * pair / turned), scaling) for pair in range(turned // 2)
    ]
    if len(computed) != len(divisors):
        return None
    if any(abs(a - b) > _TOLERANCE * b for a, b in zip(computed, divisors, strict=True)):
        return None
    return {"rope_type": "llama3", **scaling}


def llama3_divisor(frequency: float, scaling: dict[str, Any]) -> float:
    """By how much Llama 3.1 divides a rotary frequency, given in radians per token."""
    turns = scaling["original_max_position_embeddings"] * frequency / (2 * math.pi)
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    smooth = min(1.0, max(0.0, (turns - low) / (high - low)))
    return 1 / ((1 - smooth) / scaling["factor"] + smooth)
