"""Write the weights of a GGUF as safetensors, one tensor in memory at a time.

Source: the safetensors format: 8 bytes of length, a JSON header, and the tensors' bytes.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from engine.base_models.gguf_model import GgufModel
from engine.gguf_files.stored import open_stored
from training.bases.from_gguf.architectures import Architecture
from training.bases.from_gguf.fields import NotTrainableError
from training.bases.from_gguf.row_order import to_half_split

_ROPE = "rope_f"
"""Beginning of the tensors that the configuration already has, rope_freqs and rope_factors_*."""

_AS_STORED = {"F32": "F32", "F16": "F16", "BF16": "BF16"}
"""Types that are copied; others are dequantised to float16, whose 11 bits are more than theirs."""

_BYTES = {"F32": 4, "F16": 2, "BF16": 2}


class TensorReader:
    """Reads the tensors of a GGUF and its shards by name."""

    def __init__(self, path: Path) -> None:
        self._tensors = open_stored(path).tensors

    def floats(self, name: str) -> list[float]:
        """The values of a small tensor."""
        return [float(value) for value in self.dequantised(name).reshape(-1)]

    def dequantised(self, name: str) -> Any:
        """A tensor as float32, rows first."""
        tensor = self._tensors[name]
        return tensor.values(0, tensor.rows).reshape(tensor.shape)

    def stored(self, name: str) -> Any:
        """A tensor of floats as it is in the file; bfloat16 as uint16."""
        import numpy as np

        tensor = self._tensors[name]
        raw = io.BytesIO()
        tensor.copy_to(raw)
        kind = {"F32": np.float32, "F16": np.float16, "BF16": np.uint16}[tensor.kind.name]
        return np.frombuffer(raw.getbuffer(), kind).reshape(tensor.shape)


def write_weights(
    model: GgufModel,
    reader: TensorReader,
    architecture: Architecture,
    empty: Any,
    path: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write all weights under transformers' names.

    empty: the model of transformers without weights. progress: called with (tensors written, of
    all). Raises NotTrainableError if the file has other tensors than that model, OSError.
    """
    kinds = {tensor.name: tensor.kind for _, tensor in model.tensors}
    names = _names(model, empty)
    heads = {
        "attn_q": empty.config.num_attention_heads,
        "attn_k": empty.config.num_key_value_heads,
    }
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, (own, shape) in names.items():
        kind = _AS_STORED.get(kinds[name], "F16")
        begin, end = end, end + _BYTES[kind] * math.prod(shape)
        header[own] = {"dtype": kind, "shape": list(shape), "data_offsets": [begin, end]}
    content = json.dumps(header).encode()
    content += b" " * (-len(content) % 8)
    with open(path, "xb") as file:
        file.write(len(content).to_bytes(8, "little") + content)
        for done, name in enumerate(names, start=1):
            array = _converted(reader, name, kinds[name], architecture, heads)
            file.write(memoryview(array).cast("B"))
            progress(done, len(names))


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


def _converted(
    reader: TensorReader, name: str, kind: str, architecture: Architecture, heads: dict[str, int]
) -> Any:
    import numpy as np

    if kind in _AS_STORED:
        array = reader.stored(name)
    else:
        array = reader.dequantised(name).astype(np.float16)
    part = name.split(".")[-2]
    if architecture.interleaved and part in heads:
        array = to_half_split(array, heads[part])
    if architecture.norm_plus_one and part.endswith("norm"):
        array = (reader.dequantised(name) - 1).astype(array.dtype)
    return np.ascontiguousarray(array)
