"""The order of the rows of q and k, in which llama.cpp and transformers differ for some kinds.

The rotary embedding turns pairs of values of each head. Its pairs are neighbours in llama.cpp's
order, and half a head apart in transformers'.
"""

from __future__ import annotations

from typing import Any


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
