"""Read the size of a base model from the headers of its files, without loading it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.base_models.gguf_model import GgufModel, read_gguf_model
from engine.base_models.hugging_face_folder import read_safetensors_header
from engine.errors import PanzaError

_OUTSIDE_LAYERS = ("embed", "lm_head", "wte", "wpe")


@dataclass(frozen=True)
class BaseShape:
    """Counts of weights: all, those in the layers' matrices, and those of the LM head.

    hidden: width of the residual stream. inner: width of the feed-forward layer. layers: how many.
    stored: bytes of all weights in a GGUF; 0 for a model that is not in one.
    """

    weights: int
    in_layers: int
    in_head: int
    hidden: int
    inner: int
    layers: int
    stored: int = 0


def read_shape(path: Path) -> BaseShape:
    """Read the shape of the model in a Hugging Face folder or a GGUF. Raises PanzaError."""
    return _of_gguf(read_gguf_model(path)) if path.is_file() else _of_folder(path)


def _of_folder(folder: Path) -> BaseShape:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        shapes: dict[str, list[int]] = {}
        for path in sorted(folder.glob("*.safetensors")):
            header = read_safetensors_header(path)
            shapes |= {name: about["shape"] for name, about in header.items()}
        hidden = int(config.get("hidden_size") or config["n_embd"])
        layers = int(config.get("num_hidden_layers") or config["n_layer"])
        vocabulary = int(config["vocab_size"])
        inner = int(config.get("intermediate_size") or 4 * hidden)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PanzaError(
            f"The size of the model in {folder} can't be read: its config.json or safetensors are "
            f"damaged or incomplete ({error}). Download or copy it again, or set model.base to "
            "another one."
        ) from error
    in_layers = [n for n in shapes if not any(part in n for part in _OUTSIDE_LAYERS)]
    return _counted(shapes, in_layers, hidden, inner, layers, vocabulary)


def _of_gguf(model: GgufModel) -> BaseShape:
    shapes = {tensor.name: tensor.shape for _, tensor in model.tensors}
    embedding = shapes.get("token_embd.weight", (0, 0))
    inner, layers = (model.header.own(key) for key in ("feed_forward_length", "block_count"))
    if isinstance(inner, list):  # One for each layer.
        inner = max(inner)
    if not all(type(count) is int and count > 0 for count in (*embedding, inner, layers)):
        raise PanzaError(f"The size of the model in {model.path} can't be read from its header.")
    in_layers = [name for name in shapes if name.startswith("blk.")]
    stored = sum(tensor.bytes for _, tensor in model.tensors)
    counted = _counted(shapes, in_layers, embedding[1], inner, layers, embedding[0])
    return replace(counted, stored=stored)


def _counted(
    shapes: Mapping[str, Sequence[int]],
    in_layers: Sequence[str],
    hidden: int,
    inner: int,
    layers: int,
    vocabulary: int,
) -> BaseShape:
    matrices = [shapes[name] for name in in_layers if len(shapes[name]) == 2]
    return BaseShape(
        weights=sum(math.prod(shape) for shape in shapes.values()),
        in_layers=sum(math.prod(shape) for shape in matrices),
        in_head=vocabulary * hidden,
        hidden=hidden,
        inner=inner,
        layers=layers,
    )
