"""The weights of a base model as its GGUF has them, under transformers' names and in its order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gguf
import numpy as np
import torch
from torch import Tensor, nn

from engine.gguf_files.dequantising import decode_rows
from engine.gguf_files.stored import StoredTensor
from training.bases.from_gguf.row_order import reordered_rows, to_half_split
from training.bases.quantised_layers import QuantisedEmbedding, QuantisedLinear, dequantise


@dataclass(frozen=True)
class StoredWeight:
    """A weight of a base, read from its GGUF.

    heads: of q and k whose rows are in llama.cpp's order; 0 where both orders are the same.
    offset: by how much a norm's weight is more in the file than in the model.
    """

    tensor: StoredTensor
    heads: int = 0
    offset: float = 0.0

    @property
    def shape(self) -> tuple[int, ...]:
        return self.tensor.shape

    @property
    def kind(self) -> gguf.GGMLQuantizationType:
        return self.tensor.kind

    def raw(self) -> Tensor:
        """The bytes of a matrix's rows, uint8 [rows, row bytes]. Raises OSError."""
        return torch.from_numpy(self._raw(0, self.tensor.rows))

    def rows(self, start: int = 0, stop: int | None = None) -> Tensor:
        """Rows as float32; a vector has one. Raises OSError."""
        stop = self.tensor.rows if stop is None else min(stop, self.tensor.rows)
        if len(self.shape) > 1:
            return torch.from_numpy(decode_rows(self._raw(start, stop), self.kind))
        vector = decode_rows(self.tensor.raw(0, 1), self.kind).reshape(-1)
        if self.heads:
            vector = to_half_split(vector, self.heads)
        return torch.from_numpy(vector)[None] - self.offset

    def values(self, dtype: torch.dtype) -> Tensor:
        """All of it, dequantised. Raises OSError."""
        if len(self.shape) == 1:
            return self.rows()[0].to(dtype)
        out = torch.empty(self.tensor.rows, self.tensor.width, dtype=dtype)
        return dequantise(self.raw(), self.kind, out).view(self.shape)

    def _raw(self, start: int, stop: int) -> np.ndarray:
        if not self.heads:
            return self.tensor.raw(start, stop)
        head_rows = self.tensor.rows // self.heads
        return reordered_rows(self.tensor.raw, start, stop, head_rows, to_half_split)


def fill(
    model: Any, weights: Mapping[str, StoredWeight], dtype: torch.dtype, *, quantised: bool
) -> None:
    """Give the weights to a model of transformers that was made without any.

    quantised: linear layers and embeddings keep them as they are, where that takes less memory than
    in `dtype`, which the model computes in. Raises OSError.
    """
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    names = {module: name for name, module in model.named_modules()}
    held: dict[str, Tensor] = {}
    for module, name in names.items():
        own = f"{name}.weight"
        if own not in weights and module is head:
            own = f"{names[embedding]}.weight"  # Tied weights are stored once, and held once.
        weight = weights.get(own) if quantised and _can_be_quantised(module) else None
        if weight is not None and _is_smaller(weight, dtype):
            if own not in held:
                held[own] = weight.raw()
            layer = _quantised(module, held[own], weight.kind, weights.get(f"{name}.bias"), dtype)
            parent, _, child = name.rpartition(".")
            setattr(model.get_submodule(parent), child, layer)
            continue
        for key, parameter in module._parameters.items():
            if parameter is not None and f"{name}.{key}" in weights:
                values = weights[f"{name}.{key}"].values(dtype)
                module._parameters[key] = nn.Parameter(values, requires_grad=False)
    if type(model.get_output_embeddings()) is nn.Linear:
        model.tie_weights()


def _is_smaller(weight: StoredWeight, dtype: torch.dtype) -> bool:
    return weight.tensor.row_bytes < weight.tensor.width * dtype.itemsize


def _can_be_quantised(module: nn.Module) -> bool:
    """Whether it is a linear layer or an embedding, even one that scales its rows (Gemma's)."""
    scale = getattr(module, "embed_scale", None)
    return type(module) in (nn.Linear, nn.Embedding) or isinstance(scale, Tensor)


def _quantised(
    module: Any,
    raw: Tensor,
    kind: gguf.GGMLQuantizationType,
    bias: StoredWeight | None,
    dtype: torch.dtype,
) -> nn.Module:
    """The layer that takes a module's place."""
    if type(module) is nn.Linear:
        own_bias = None if bias is None else nn.Parameter(bias.values(dtype), requires_grad=False)
        return QuantisedLinear(raw, kind, own_bias, dtype)
    scale = getattr(module, "embed_scale", None)
    return QuantisedEmbedding(raw, kind, module.padding_idx, scale, dtype)
