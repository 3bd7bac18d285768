"""The order of the rows of q and k, in which llama.cpp and transformers differ for some kinds.

The rotary embedding turns pairs of values of each head. Its pairs are neighbours in llama.cpp's
order, and half a head apart in transformers'.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def to_half_split(weight: Any, heads: int) -> Any:
    """Reorder each head's rows from llama.cpp's order to transformers'.

    weight: [heads * head size, ...], a matrix or a bias.
    """
    import numpy as np

    pairs = weight.reshape(heads, -1, 2, *weight.shape[1:])
    return np.ascontiguousarray(pairs.swapaxes(1, 2)).reshape(weight.shape)


def to_interleaved(weight: Any, heads: int) -> Any:
    """Undo `to_half_split`."""
    import numpy as np

    halves = weight.reshape(heads, 2, -1, *weight.shape[1:])
    return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(weight.shape)


def reordered_rows(
    read: Callable[[int, int], np.ndarray],
    start: int,
    stop: int,
    head_rows: int,
    reorder: Callable[[np.ndarray, int], Any],
) -> np.ndarray:
    """Rows of a weight in another order, from one up to another; reads whole heads.

    read: reads rows in their stored order. head_rows: of each head. reorder: `to_half_split` or
    `to_interleaved`.
    """
    first, last = start // head_rows * head_rows, -(-stop // head_rows) * head_rows
    ordered: np.ndarray = reorder(read(first, last), (last - first) // head_rows)
    return ordered[start - first : stop - first]
