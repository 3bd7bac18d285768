"""Find the weights of a GGUF's model by transformers' names, and write them as safetensors.

Source: the safetensors format: 8 bytes of length, a JSON header, and the tensors' bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.gguf_files.stored import StoredGguf
from training.bases.from_gguf.architectures import ARCHITECTURES
from training.bases.from_gguf.fields import NotTrainableError
from training.bases.from_gguf.names import name_map

if TYPE_CHECKING:
    from training.bases.stored_weights import StoredWeight

_ROPE = "rope_f"
"""Beginning of the tensors that the configuration already has, rope_freqs and rope_factors_*."""

_BYTES = {"F32": 4, "F16": 2, "BF16": 2}


def stored_weights(source: StoredGguf, empty: Any) -> dict[str, StoredWeight]:
    """All weights of the model in a GGUF, by transformers' names.

    empty: the model of transformers without weights. Raises NotTrainableError if the file has other
    tensors than that model.
    """
    from training.bases.stored_weights import StoredWeight

    names = _names(source, empty)
    architecture = ARCHITECTURES[source.architecture]
    heads = {
        "attn_q": empty.config.num_attention_heads,
        "attn_k": empty.config.num_key_value_heads,
    }
    found = {}
    for own, name in names.items():
        part = name.split(".")[-2]
        norm = architecture.norm_plus_one and part.endswith("norm")
        found[own] = StoredWeight(
            source.tensors[name],
            heads.get(part, 0) if architecture.interleaved else 0,
            1.0 if norm else 0.0,
        )
    return found


def write_weights(
    weights: Mapping[str, StoredWeight],
    path: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write weights as safetensors, one in memory at a time.

    progress: called with (tensors written, of all). Raises OSError.
    """
    stored = {name: _stored_as(weight) for name, weight in weights.items()}
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, weight in weights.items():
        begin, end = end, end + _BYTES[stored[name]] * math.prod(weight.shape)
        about = {"dtype": stored[name], "shape": list(weight.shape), "data_offsets": [begin, end]}
        header[name] = about
    content = json.dumps(header).encode()
    content += b" " * (-len(content) % 8)
    with open(path, "xb") as file:
        file.write(len(content).to_bytes(8, "little") + content)
        for done, (name, weight) in enumerate(weights.items(), start=1):
            _write(file, weight, stored[name])
            progress(done, len(weights))


def _stored_as(weight: StoredWeight) -> str:
    """The type in safetensors: the file's own for floats, else float16, which has more bits."""
    if weight.offset:
        return "F32"
    return weight.kind.name if weight.kind.name in _BYTES else "F16"


def _write(file: Any, weight: StoredWeight, kind: str) -> None:
    import torch

    if not weight.heads and kind == weight.kind.name and not weight.offset:
        weight.tensor.copy_to(file)
        return
    dtype = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}[kind]
    for start, stop in weight.tensor.blocks():
        rows = weight.rows(start, stop).to(dtype).contiguous()
        file.write(rows.view(torch.uint8).numpy().data)


def _names(source: StoredGguf, empty: Any) -> dict[str, str]:
    """transformers' name -> that in the GGUF, for all weights of the model."""
    mapping = name_map(source.architecture, empty.config.num_hidden_layers)
    shapes = {name: tensor.shape for name, tensor in source.tensors.items()}
    names: dict[str, str] = {}
    for own, shape in _weights(empty):
        name = mapping.get_name(own, try_suffixes=(".weight", ".bias"))
        if name is None or shapes.get(name) != shape:
            raise NotTrainableError(f"its weights {name or own} are missing or of another size")
        names[own] = name
    known = set(names.values())
    if rest := [n for n in shapes if n not in known and not n.startswith(_ROPE)]:
        raise NotTrainableError(f"it has weights that are unknown in its kind, such as {rest[0]!a}")
    return names


def _weights(empty: Any) -> Iterator[tuple[str, tuple[int, ...]]]:
    for name, weight in empty.state_dict().items():
        if not (name == "lm_head.weight" and empty.config.tie_word_embeddings):
            yield name, tuple(weight.shape)
