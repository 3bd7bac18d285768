"""The fields of a GGUF that describe a model's layers, checked as they are read."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from engine.base_models.gguf_model import GgufModel

Floats = Callable[[str], Sequence[float]]
"""Reads a tensor of floats by its name."""


_LARGEST = 1 << 24
"""Of any count: a context of 16 million tokens."""


class NotTrainableError(ValueError):
    """A GGUF can't be trained; the message completes "it can't be trained: "."""


class Fields:
    """The fields of a GGUF that describe its layers."""

    def __init__(self, model: GgufModel, floats: Floats) -> None:
        self._model = model
        self.floats = floats
        self.shapes = {tensor.name: tensor.shape for _, tensor in model.tensors}
        self.layers = self.count("block_count")
        self.hidden = self.count("embedding_length")
        blocks = {name.split(".")[1] for name in self.shapes if name.startswith("blk.")}
        if len(blocks) != self.layers:
            raise NotTrainableError(
                f"it promises {self.layers} layers and has weights of {len(blocks)}"
            )
        self.heads = self.count("attention.head_count")
        self.head_size = self.count("attention.key_length", self.hidden // self.heads)

    def get(self, name: str, default: Any = None) -> Any:
        """A value of the architecture; of a list with one value for each layer, that value."""
        value = self._model.header.own(name)
        if isinstance(value, list):
            if len(set(value)) != 1:
                raise NotTrainableError(f"its layers differ ({name})")
            return value[0]
        return default if value is None else value

    def count(self, name: str, default: int | None = None) -> int:
        value = self.get(name, default)
        if type(value) is not int or not 0 < value <= _LARGEST:
            raise NotTrainableError(f"its file has no usable value of {name}")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        value = self.get(name, default)
        if type(value) not in (int, float) or not math.isfinite(value):
            raise NotTrainableError(f"its file has no usable value of {name}")
        return round(float(value), 9)  # A float32 in decimals.

    def has(self, name: str) -> bool:
        """Whether there is such a tensor, in the first layer or outside of the layers."""
        return name in self.shapes or f"blk.0.{name}" in self.shapes

    def layer_types(self, period: int) -> list[str]:
        """Sliding attention, but full attention in every layer number `period`."""
        return [
            "full_attention" if (layer + 1) % period == 0 else "sliding_attention"
            for layer in range(self.layers)
        ]
