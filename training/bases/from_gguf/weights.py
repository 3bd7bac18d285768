"""Write the weights of a GGUF as safetensors, one tensor in memory at a time.

Source: the safetensors format: 8 bytes of length, a JSON header, and the tensors' bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.base_models.gguf_model import GgufModel
from engine.gguf_files.stored import StoredTensor
from training.bases.from_gguf.architectures import Architecture
from training.bases.from_gguf.fields import NotTrainableError
from training.bases.from_gguf.row_order import to_half_split

_ROPE = "rope_f"
"""Beginning of the tensors that the configuration already has, rope_freqs and rope_factors_*."""

_BYTES = {"F32": 4, "F16": 2, "BF16": 2}


def write_weights(
    model: GgufModel,
    tensors: Mapping[str, StoredTensor],
    architecture: Architecture,
    empty: Any,
    path: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write all weights under transformers' names.

    tensors: the file's, by name. empty: the model of transformers without weights. progress:
    called with (tensors written, of all). Raises NotTrainableError if the file has other tensors
    than that model, OSError.
    """
    names = _names(model, empty)
    stored = {name: _stored_as(name, tensors[name], architecture) for name in names}
    heads = {
        "attn_q": empty.config.num_attention_heads,
        "attn_k": empty.config.num_key_value_heads,
    }
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, (own, shape) in names.items():
        begin, end = end, end + _BYTES[stored[name]] * math.prod(shape)
        header[own] = {"dtype": stored[name], "shape": list(shape), "data_offsets": [begin, end]}
    content = json.dumps(header).encode()
    content += b" " * (-len(content) % 8)
    with open(path, "xb") as file:
        file.write(len(content).to_bytes(8, "little") + content)
        for done, name in enumerate(names, start=1):
            part = name.split(".")[-2]
            interleaved = heads.get(part) if architecture.interleaved else None
            _write(file, tensors[name], stored[name], interleaved, _less(name, architecture))
            progress(done, len(names))


def _stored_as(name: str, tensor: StoredTensor, architecture: Architecture) -> str:
    """The type in safetensors: the file's own for floats, else float16, which has more bits."""
    if _less(name, architecture):
        return "F32"
    return tensor.kind.name if tensor.kind.name in _BYTES else "F16"


def _less(name: str, architecture: Architecture) -> int:
    """What is to be subtracted from a weight."""
    return int(architecture.norm_plus_one and name.endswith("norm.weight"))


def _write(file: Any, tensor: StoredTensor, kind: str, heads: int | None, less: int) -> None:
    """Write a tensor in transformers' order of rows. heads: of q and k in llama.cpp's order."""
    import numpy as np

    if heads is None and not less and kind == tensor.kind.name:
        tensor.copy_to(file)
        return
    # Reordering needs the whole of q or k, which are small; others are written in blocks of rows.
    blocks = [(0, tensor.rows)] if heads is not None else tensor.blocks()
    for start, stop in blocks:
        values = tensor.values(start, stop) - less
        if heads is not None:
            values = to_half_split(values.reshape(tensor.shape), heads)
        if kind == "BF16":  # Its values have no more bits than the upper half of a float32.
            stored = (values.view(np.uint32) >> 16).astype(np.uint16)
        else:
            stored = values.astype(np.float32 if kind == "F32" else np.float16)
        file.write(np.ascontiguousarray(stored).tobytes())


def _names(model: GgufModel, empty: Any) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Name in the GGUF -> (transformers' name, shape), for all weights of the model."""
    import gguf

    kind = next(k for k, n in gguf.MODEL_ARCH_NAMES.items() if n == model.header.architecture)
    mapping = gguf.get_tensor_name_map(kind, empty.config.num_hidden_layers)
    shapes = {tensor.name: tensor.shape for _, tensor in model.tensors}
    names: dict[str, tuple[str, tuple[int, ...]]] = {}
    for own, shape in _weights(empty):
        name = mapping.get_name(own, try_suffixes=(".weight", ".bias"))
        if name is None or shapes.get(name) != shape:
            raise NotTrainableError(f"its weights {name or own} are missing or of another size")
        names[name] = own, shape
    if rest := [n for n in shapes if n not in names and not n.startswith(_ROPE)]:
        raise NotTrainableError(f"it has weights that are unknown in its kind, such as {rest[0]!a}")
    return names


def _weights(empty: Any) -> Iterator[tuple[str, tuple[int, ...]]]:
    for name, weight in empty.state_dict().items():
        if not (name == "lm_head.weight" and empty.config.tie_word_embeddings):
            yield name, tuple(weight.shape)
