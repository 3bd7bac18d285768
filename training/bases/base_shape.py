"""Read the size of a base model from the headers of its files, without loading it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from engine.errors import PanzaError

_OUTSIDE_LAYERS = ("embed", "lm_head", "wte", "wpe")


@dataclass(frozen=True)
class BaseShape:
    """Counts of weights: all, those in the layers' matrices, and those of the LM head.

    hidden: width of the residual stream. inner: width of the feed-forward layer. layers: how many.
    """

    weights: int
    in_layers: int
    in_head: int
    hidden: int
    inner: int
    layers: int


def read_shape(folder: Path) -> BaseShape:
    """Read the shape of the Hugging Face model in a folder. Raises PanzaError."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        shapes: dict[str, list[int]] = {}
        for path in sorted(folder.glob("*.safetensors")):
            shapes |= tensor_shapes(path)
        hidden = int(config.get("hidden_size") or config["n_embd"])
        layers = int(config.get("num_hidden_layers") or config["n_layer"])
        vocabulary = int(config["vocab_size"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PanzaError(
            f"The size of the model in {folder} can't be read: its config.json or safetensors are "
            f"damaged or incomplete ({error}). Download or copy it again, or set model.base to "
            "another one."
        ) from error
    matrices = [
        shape
        for name, shape in shapes.items()
        if len(shape) == 2 and not any(part in name for part in _OUTSIDE_LAYERS)
    ]
    return BaseShape(
        weights=sum(math.prod(shape) for shape in shapes.values()),
        in_layers=sum(math.prod(shape) for shape in matrices),
        in_head=vocabulary * hidden,
        hidden=hidden,
        inner=int(config.get("intermediate_size") or 4 * hidden),
        layers=layers,
    )


def tensor_shapes(path: Path) -> dict[str, list[int]]:
    """Name -> shape, from a safetensors file's header: 8 bytes of length, then JSON.

    Raises ValueError when the file is cut short, OSError when it can't be read.
    """
    if not path.is_file():  # Opening a FIFO would wait for a writer.
        raise ValueError("it is not a file")
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > path.stat().st_size:
            raise ValueError("the header is longer than the file")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    ends = [about["data_offsets"][1] for about in header.values() if "data_offsets" in about]
    if path.stat().st_size < 8 + length + max(ends, default=0):
        raise ValueError(f"{path.name} is cut short")
    return {name: list(about["shape"]) for name, about in header.items()}
