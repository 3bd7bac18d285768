"""Write the model of a Hugging Face folder as a GGUF, a block of rows at a time.

For a base of which there is no GGUF. The format is ggml's GGUF version 3, written by `gguf`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import PanzaError
from engine.gguf_files.quantising import encode_rows
from engine.gguf_files.stored import StoredTensor
from training.bases.from_gguf.names import name_map
from training.export.architectures import (
    Architecture,
    add_hyperparameters,
    architecture_of,
    frequency_factors,
    require_rope,
)
from training.export.gguf_tokenizer import add_tokenizer, vocabulary_of
from training.export.placing import Placement
from training.export.safetensors_rows import FolderWeights

if TYPE_CHECKING:
    from torch import Tensor

_HEADS = {"attn_q": "num_attention_heads", "attn_k": "num_key_value_heads"}


def write_gguf(
    folder: Path,
    tokenizer: Any,
    path: Path,
    *,
    name: str,
    progress: Callable[[int, int], None],
) -> None:
    """Write a model as F16 (norms and other vectors as F32), synced to the disk.

    progress: called with (tensors written, of all). Raises PanzaError before anything is written
    for a model without a tested conversion, and OSError for a disk error.
    """
    import gguf
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder, trust_remote_code=False).get_text_config()
    architecture = architecture_of(config)
    require_rope(config)
    vocabulary = vocabulary_of(tokenizer)
    weights = FolderWeights(folder)
    places = _places(weights, config, architecture)

    writer = gguf.GGUFWriter(path, architecture.name)
    try:
        writer.add_name(name)
        writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
        writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
        add_hyperparameters(writer, config)
        add_tokenizer(writer, tokenizer, vocabulary, config.vocab_size)
        factors = frequency_factors(config)
        if factors is not None:
            writer.add_tensor_info("rope_freqs.weight", factors.shape, _FLOATS, factors.nbytes)
        for place in places:
            tensor = place.tensor
            writer.add_tensor_info(
                tensor.name, list(tensor.shape), _FLOATS, tensor.nbytes, raw_dtype=tensor.kind
            )
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        file = writer.fout[0]
        if factors is not None:
            _write(writer, file, [factors.numpy()])
        for done, place in enumerate(places, start=1):
            _write(writer, file, _blocks(place, weights))
            progress(done, len(places))
        writer.flush()
        os.fsync(file.fileno())
    finally:
        writer.close()


_FLOATS = np.dtype(np.float32)


def _places(weights: FolderWeights, config: Any, architecture: Architecture) -> list[Placement]:
    import gguf

    names = name_map(architecture.name, config.num_hidden_layers)
    places = []
    for key in weights.names():
        if key == "lm_head.weight" and config.tie_word_embeddings:
            continue
        name = names.get_name(key, try_suffixes=(".weight", ".bias"))
        if name is None:
            raise PanzaError(
                f"The weight '{key}' has no name in GGUF files; nothing was changed. "
                "Draft with --backend transformers instead."
            )
        shape = weights.shape(key)
        vector = len(shape) == 1
        stored = gguf.GGMLQuantizationType.F32 if vector else gguf.GGMLQuantizationType.F16
        heads = _HEADS.get(name.split(".")[-2]) if architecture.by_turns else None
        norm = architecture.norm_plus_one and vector and "norm" in name
        places.append(
            Placement(
                key,
                StoredTensor(name, stored, shape, Path(), 0),
                heads=0 if heads is None else getattr(config, heads),
                offset=1.0 if norm else 0.0,
            )
        )
    return places


def _blocks(place: Placement, weights: FolderWeights) -> Any:
    def read(name: str, start: int, stop: int | None) -> Tensor:
        return weights.rows(name, start, stop)

    change = place.change(read)
    tensor = place.tensor
    for start, stop in tensor.blocks():
        yield encode_rows(change(start, stop), tensor.kind)


def _write(writer: Any, file: Any, blocks: Any) -> None:
    writer.write_padding(file, file.tell())
    for block in blocks:
        file.write(np.ascontiguousarray(block).data)
