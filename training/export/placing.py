"""Find where a trained weight belongs in a GGUF, and in which order of rows.

The names are those of `gguf`'s table. The order is found by comparing the base's weights in both
files, so that no table of architectures has to be right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import PanzaError
from engine.gguf_files.patching import Change
from engine.gguf_files.stored import StoredGguf, StoredTensor
from training.bases.from_gguf.names import name_map
from training.bases.from_gguf.row_order import reordered_rows, to_interleaved
from training.export.trained import TrainedWeights

if TYPE_CHECKING:
    from torch import Tensor

Rows = Callable[[str, int, int | None], "Tensor"]
"""Reads rows of a weight by its name, from one up to another: all for None."""

_LARGEST_ERROR = 0.7
"""Of a row order that fits, relative to the weights: 2 bits lose 0.4, another model 1.4."""

_COMPARED_ROWS = 256

_BY_TURNS = frozenset(
    ["llama", "mistral3", "granite", "granitemoe", "smollm3", "arcee", "apertus", "minicpm", "olmo"]
)
"""Architectures whose q and k have `ByTurns` rows; asked only where the weights don't tell."""


@dataclass(frozen=True)
class Placement:
    """A trained weight's place.

    heads: llama.cpp's rotary embedding pairs neighbouring rows of q and k in some architectures,
    where Hugging Face's pairs rows half a head apart: then the rows of each of so many heads are
    taken by turns from its halves; 0 for the same order. offset: added to each value, as a norm's
    weight is stored with or without the 1 that is added to it.
    """

    name: str
    tensor: StoredTensor
    heads: int = 0
    offset: float = 0.0

    def change(self, read: Rows) -> Change:
        """The change for patch_gguf: a weight's rows in the GGUF's order."""

        def values(start: int, stop: int | None) -> np.ndarray:
            return read(self.name, start, stop).numpy()

        def change(start: int, stop: int) -> np.ndarray:
            if len(self.tensor.shape) == 1:
                vector = values(0, None).reshape(-1)
                if self.heads:
                    vector = to_interleaved(vector, self.heads)
                return vector[None] + np.float32(self.offset)
            if not self.heads:
                return values(start, stop)
            head_rows = self.tensor.rows // self.heads
            return reordered_rows(values, start, stop, head_rows, to_interleaved)

        return change


def place_weights(weights: TrainedWeights, source: StoredGguf) -> dict[str, Placement]:
    """Find the place of each changed weight, by tensor name. Raises PanzaError naming one."""
    placements = {}
    for name in sorted(weights.changed):
        tensor = source.tensors.get(tensor_name(name, source))
        if tensor is None:
            raise _no_place(name, source)
        placements[tensor.name] = _place(name, tensor, weights, source)
    return placements


def _name_map(source: StoredGguf) -> Any:
    return name_map(source.architecture, int(source.hyperparameter("block_count", 0)))


def tensor_name(name: str, source: StoredGguf) -> str:
    """A weight's name in a GGUF; '' if it has none."""
    return _name_map(source).get_name(name, try_suffixes=(".weight", ".bias")) or ""


def relative_error(name: str, weights: TrainedWeights, source: StoredGguf) -> float:
    """How far a weight of the base is from the GGUF's, relative to it; infinite if it has none."""
    tensor = source.tensors.get(tensor_name(name, source))
    if tensor is None or tensor.shape != weights.shape(name):
        return np.inf
    return min(_error(place, weights.base_rows) for place in _candidates(name, tensor, source))


def _place(
    name: str, tensor: StoredTensor, weights: TrainedWeights, source: StoredGguf
) -> Placement:
    shape = weights.shape(name)
    if len(shape) > 2:
        raise PanzaError(
            f"'{name}' holds the weights of several experts, which can't be exported yet; nothing "
            "was changed. Draft with --backend transformers instead."
        )
    if shape != tensor.shape:
        raise PanzaError(
            f"'{name}' is {list(shape)} in the trained model, but {list(tensor.shape)} in "
            f"{source.path}; nothing was changed. Is that file of another model?"
        )
    tried = [
        (_error(placement, weights.base_rows), placement)
        for placement in _candidates(name, tensor, source)
    ]
    error, best = min(tried, key=lambda pair: pair[0])
    if not error < _LARGEST_ERROR:
        raise PanzaError(
            f"'{name}' of the base model is not that in {source.path}: the file is of another "
            "model, or it changed since the training; nothing was changed. Put the base model's "
            "own GGUF there, or train again."
        )
    return best


def _candidates(name: str, tensor: StoredTensor, source: StoredGguf) -> Sequence[Placement]:
    """The likeliest first: that one is taken where several fit equally."""
    same = Placement(name, tensor)
    kind = tensor.name.split(".")[-2]
    if kind in ("attn_q", "attn_k"):
        turned = [
            Placement(name, tensor, heads)
            for heads in _head_counts(source, own="_kv" if kind == "attn_k" else "")
            if heads > 0 and tensor.shape[0] % (2 * heads) == 0
        ]
        return [*turned, same] if source.architecture in _BY_TURNS else [same, *turned]
    if len(tensor.shape) == 1:
        return [same, Placement(name, tensor, offset=1.0)]
    return [same]


def _head_counts(source: StoredGguf, own: str) -> list[int]:
    value = source.hyperparameter(f"attention.head_count{own}", 0)
    return list(dict.fromkeys(int(count) for count in np.atleast_1d(value)))


def _error(placement: Placement, base_rows: Rows) -> float:
    """How far the base's weights are from the GGUF's in this order, relative to them."""
    tensor = placement.tensor
    stop = 1 if len(tensor.shape) == 1 else min(tensor.rows, _rows_to_compare(placement))
    stored = tensor.values(0, stop)
    expected = placement.change(base_rows)(0, stop)
    size = float(np.linalg.norm(expected))
    distance = float(np.linalg.norm(stored - expected))
    return distance / size if size else (0.0 if not distance else np.inf)


def _rows_to_compare(placement: Placement) -> int:
    size = placement.tensor.rows // max(1, placement.heads)
    return -(-_COMPARED_ROWS // size) * size if placement.heads else _COMPARED_ROWS


def _no_place(name: str, source: StoredGguf) -> PanzaError:
    if name == "lm_head.weight":
        return PanzaError(
            "The adapter changes 'lm_head', whose weights are also the embeddings of this model; "
            "that can't be exported. Nothing was changed; train again with another "
            "rosa.target_modules."
        )
    return PanzaError(
        f"The weight '{name}' has no place in a GGUF of '{source.architecture}'; nothing was "
        "changed. Draft with --backend transformers instead."
    )
