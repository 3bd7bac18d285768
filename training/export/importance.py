"""The importance matrix of an export: how much a rounding error counts in each column of a weight.

As in llama.cpp (tools/imatrix, and its pull request 4861) it is the mean square of the column's
input: the error of a layer's output is the sum of the columns' errors, each times its input.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.gguf_files.stored import StoredGguf
from training.export.placing import tensor_name

_KINDS_THAT_USE_IT = frozenset(
    ["Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q4_0", "Q4_1", "Q5_0", "Q5_1"]
)

_LEAST = 1e-6
"""Lowest importance, relative to the mean. llama.cpp stores zeros for a block whose columns all
have none, but other mails may need it."""


def importance_matrix(
    squares: Mapping[str, np.ndarray], source: StoredGguf, kinds: Mapping[str, str]
) -> dict[str, np.ndarray]:
    """The importance of each column, relative to the mean, by the name of a tensor in `source`.

    squares: StreamedModel.column_squares. kinds: what each tensor is quantised to. Tensors of other
    kinds, outside the layers (as in llama.cpp) or with inputs that are not finite have no entry.
    """
    matrix = {}
    for weight, square in squares.items():
        name = tensor_name(weight, source)
        mean = float(square.mean())
        if (
            name.startswith("blk.")
            and kinds.get(name) in _KINDS_THAT_USE_IT
            and source.tensors[name].width == len(square)
            and 0 < mean < np.inf
        ):
            matrix[name] = np.maximum(square / mean, _LEAST)
    return matrix
