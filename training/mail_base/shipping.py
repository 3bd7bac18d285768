"""Pack a trained adapter into the file that is part of the package (engine.mail_base), and back."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import gguf
import torch
from torch import Tensor

from training.bases.from_gguf.row_order import to_half_split, to_interleaved

_FACTOR = re.compile(r"model\.layers\.(\d+)\.(.+)\.rosa_([AB])\b")
_LARGEST = 127
_MOST_LAYERS = 1000


def pack_adapter(
    weights: dict[str, Tensor], scaling: float, heads: dict[str, int], path: Path
) -> None:
    """Write the factors of an adapter as int8 with a scale for each of the rank's directions.

    weights: the adapter's parameters by name. scaling: alpha / rank. heads: of q and k, by their
    names in a GGUF. See engine.mail_base.merging for the format.
    """
    from safetensors.torch import save_file

    packed: dict[str, Tensor] = {}
    for name, weight in weights.items():
        name_in_file, kind, factor = _place(name)
        weight = weight.detach().float()
        if factor == "B":
            weight = weight * scaling
            if kind in heads:
                weight = torch.from_numpy(to_interleaved(weight.numpy(), heads[kind]))
        axis = 1 if factor == "A" else 0
        _add(packed, f"{name_in_file}.weight.{factor.lower()}", weight, axis)
    save_file(packed, path)


def unpack_adapter(
    path: Path, weights: dict[str, Tensor], scaling: float, heads: dict[str, int]
) -> None:
    """Set an adapter's factors to those of a packed one of the same rank; undoes `pack_adapter`."""
    from safetensors.torch import load_file

    packed = load_file(path)
    for name, weight in weights.items():
        name_in_file, kind, factor = _place(name)
        key = f"{name_in_file}.weight.{factor.lower()}"
        values = packed[key].float() * packed[f"{key}.scale"]
        if factor == "B":
            values = values / scaling
            if kind in heads:
                values = torch.from_numpy(to_half_split(values.numpy(), heads[kind]))
        weight.data.copy_(values)


def _place(name: str) -> tuple[str, str, str]:
    """Return a parameter's linear layer as GGUF files name it, its kind, and A or B."""
    match = _FACTOR.search(name)
    if match is None:
        raise ValueError(f"the adapter's weight {name} is not part of a linear layer")
    layer, module, factor = match.groups()
    name_in_file = _names().get_name(f"model.layers.{layer}.{module}")
    if name_in_file is None:
        raise ValueError(f"the adapter's weight {name} has no name in GGUF files")
    return name_in_file, name_in_file.rpartition(".")[2], factor


@functools.cache
def _names() -> gguf.TensorNameMap:
    return gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, _MOST_LAYERS)


def _add(packed: dict[str, Tensor], name: str, weight: Tensor, axis: int) -> None:
    """Quantise symmetrically, with one scale for all values along `axis`."""
    scale = weight.abs().amax(axis, keepdim=True).clamp_min(1e-12) / _LARGEST
    packed[name] = (weight / scale).round().to(torch.int8).contiguous()
    packed[f"{name}.scale"] = scale.contiguous()
