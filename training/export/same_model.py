"""Find a GGUF of the model in a Hugging Face folder, beside it or among others on the disk."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine.errors import PanzaError
from engine.gguf_files.stored import StoredGguf, open_stored
from training.export.placing import place_weights, relative_error
from training.export.trained import TrainedWeights, plain_name

_COUNTS = {
    "num_hidden_layers": "block_count",
    "hidden_size": "embedding_length",
    "intermediate_size": "feed_forward_length",
    "num_attention_heads": "attention.head_count",
    "num_key_value_heads": "attention.head_count_kv",
}
"""The configuration's names -> those in a GGUF."""

_VECTOR_ERROR, _MATRIX_ERROR = 0.01, 0.35
"""Relative to the weights: vectors are not quantised; 3 bits lose 0.2."""

_COMPARED = 4
"""Vectors and matrices each, from all over the model."""


def find_gguf(folder: Path, weights: TrainedWeights, others: Iterable[Path]) -> Path | None:
    """The most exact GGUF of the folder's model, in the folder, beside it, or among others."""
    near = [*folder.glob("*.gguf"), *folder.parent.glob("*.gguf")]
    return _largest(near, folder, weights) or _largest(others, folder, weights)


def _largest(paths: Iterable[Path], folder: Path, weights: TrainedWeights) -> Path | None:
    found: dict[Path, int] = {}
    for path in paths:
        with contextlib.suppress(PanzaError, OSError):
            source = open_stored(path)
            if is_same_model(folder, weights, source):
                place_weights(weights, source)  # Raises PanzaError for others than these.
                found[source.path] = sum(tensor.nbytes for tensor in source.tensors.values())
    return max(found, key=lambda path: found[path], default=None)


def is_same_model(folder: Path, weights: TrainedWeights, source: StoredGguf) -> bool:
    """Whether a GGUF has the folder's sizes, and its weights up to quantisation."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder, trust_remote_code=False).get_text_config()
    same_sizes = all(
        _uniform(source.hyperparameter(stored)) == getattr(config, name, None)
        for name, stored in _COUNTS.items()
    )
    if not same_sizes:
        return False
    names = sorted(plain_name(name) for name in weights.base.names())
    vectors = [name for name in names if len(weights.shape(name)) == 1]
    matrices = [name for name in names if len(weights.shape(name)) == 2]
    return all(
        relative_error(name, weights, source) < most
        for kind, most in ((vectors, _VECTOR_ERROR), (matrices, _MATRIX_ERROR))
        for name in kind[:: max(1, len(kind) // _COMPARED)]
    )


def _uniform(value: Any) -> Any:
    """A value for all layers; of a list with one for each layer, that if all are the same."""
    return value[0] if isinstance(value, list) and len(set(value)) == 1 else value
