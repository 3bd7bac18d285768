"""Products with a dense weight plus a sparse and a low-rank one, without dense weight gradients.

A sparse weight is a pair: `indices` of its entries in the flattened [out, in] weight (int32,
strictly increasing) and their `values` (float32).

During a product the masked entries of W itself hold W + S; afterwards their old bits are copied
back. So there is no second copy of W, also not in autograd. A separate product with S (CSR) was
measured to take about as long as the dense product, at a density of 0.01.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch.autograd.function import once_differentiable

GradientObserver = Callable[[torch.Tensor, torch.Tensor], None]
"""Called with (output gradient [rows, out], input [rows, in]) of a product's backward pass."""

Weight: TypeAlias = torch.Tensor | Callable[[], torch.Tensor]
"""The dense W [out, in]: the parameter, or a function that dequantises it into other memory."""

# PyTorch warns that CSR tensors are in beta; the one call used here is tested.
warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state")

# Without it, two threads with the same weight could take each other's W + S for the old entries.
_swap_lock = threading.Lock()

_SAMPLED_MAX_DENSITY = 0.04
"""Above this density a dense product is faster on a CPU than a dot product for each entry.

Measured at 4096x4096 with 256 rows: dense 375 ms, sampled 68 ms at a density of 0.01.
"""


def check_indices(indices: torch.Tensor, numel: int) -> None:
    """Raise ValueError unless `indices` are strictly increasing and in [0, numel)."""
    if indices.numel() == 0 or indices[0] < 0 or indices[-1] >= numel:
        raise ValueError(f"sparse indices are outside of a weight of {numel} entries")
    if not bool((indices[1:] > indices[:-1]).all()):
        raise ValueError("sparse indices are not strictly increasing")


def combine(
    parts: list[tuple[torch.Tensor, torch.Tensor]],
) -> tuple[torch.Tensor, torch.Tensor]:
    """The sum of several sparse weights, as (indices, values); differentiable in their values."""
    if len(parts) == 1:
        return parts[0]
    every = torch.cat([indices for indices, _ in parts])
    indices, positions = every.unique(return_inverse=True)
    values = torch.cat([values for _, values in parts])
    return indices, values.new_zeros(indices.shape).index_add(0, positions, values)


def to_dense(indices: torch.Tensor, values: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    """The sparse weight as a dense tensor of `shape` and of the values' dtype."""
    dense = values.new_zeros(shape)
    dense.view(-1).index_copy_(0, indices.long(), values)
    return dense


@contextmanager
def added(weight: torch.Tensor, indices: torch.Tensor, values: torch.Tensor) -> Iterator[None]:
    """Within the block `weight` (contiguous) holds W + S; afterwards, also on an error, W again.

    The sum is computed in the wider of the two dtypes and rounded once to that of `weight`.
    """
    # .data: the entries are restored before autograd uses them, so this is no change to it.
    flat = weight.data.view(-1)
    positions = indices.long()
    with _swap_lock:
        old = flat.index_select(0, positions)
        try:
            flat.index_copy_(0, positions, (old + values).to(flat.dtype))
            yield
        finally:
            flat.index_copy_(0, positions, old)


def weight_gradient_at(
    indices: torch.Tensor, grad_output: torch.Tensor, x: torch.Tensor
) -> torch.Tensor:
    """Entries of the weight gradient grad_outputᵀ·x [out, in] at `indices`.

    `grad_output` is [rows, out], `x` [rows, in]. On a CPU only the wanted entries are computed
    (sampled dense-dense product), in float32 at least, which is also faster than a dense product in
    bfloat16; elsewhere the layer's dense gradient is computed first.
    The kernel needs both operands transposed in memory, and is slower at doing that itself.
    """
    rows, columns = grad_output.shape[1], x.shape[1]
    on_cpu = grad_output.device.type == "cpu"
    wide = torch.promote_types(grad_output.dtype, torch.float32 if on_cpu else grad_output.dtype)
    if not (on_cpu and indices.numel() <= _SAMPLED_MAX_DENSITY * rows * columns):
        grad_output, x = grad_output.to(wide), x.to(wide)
        return (grad_output.t() @ x).view(-1).index_select(0, indices)
    row_starts = (torch.arange(rows + 1) * columns).int()
    pattern = torch.sparse_csr_tensor(
        torch.searchsorted(indices, row_starts, out_int32=True),
        indices.remainder(columns),
        torch.zeros(indices.shape, dtype=wide),
        (rows, columns),
        check_invariants=False,
    )
    left, right = (t.t().contiguous().to(wide) for t in (grad_output, x))
    return torch.sparse.sampled_addmm(pattern, left, right.t(), beta=0.0).values()


class _SparseLinear(torch.autograd.Function):
    """y = x·(W + S)ᵀ + bias. Saves x and references, no copy of W."""

    @staticmethod
    def forward(ctx, x, weight, bias, indices, values, observer):
        # A quantised W is dequantised again in the backward pass, as in QLoRA (arXiv 2305.14314).
        kept = weight if isinstance(weight, torch.Tensor) else None
        ctx.save_for_backward(x, kept, indices, values)
        ctx.unpack = None if kept is not None else weight
        ctx.observer = observer
        bias = None if bias is None else bias.to(x.dtype)
        dense = weight() if kept is None else weight
        if indices is None:
            return F.linear(x, dense.to(x.dtype), bias)
        with added(dense, indices, values):
            return F.linear(x, dense.to(x.dtype), bias)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_output):
        x, weight, indices, values = ctx.saved_tensors
        needs_x, needs_weight, needs_bias, _, needs_values, _ = ctx.needs_input_grad
        if ctx.observer is not None:
            ctx.observer(grad_output, x)
        grad_x = grad_weight = grad_bias = grad_values = None
        if needs_x:
            dense = ctx.unpack() if weight is None else weight
            if indices is None:
                grad_x = grad_output @ dense.to(x.dtype)
            else:
                with added(dense, indices, values):
                    grad_x = grad_output @ dense.to(x.dtype)
        if needs_weight:
            grad_weight = (grad_output.t() @ x).to(weight.dtype)
        if needs_bias:
            grad_bias = grad_output.sum(0)
        if needs_values and indices is not None:
            grad_values = weight_gradient_at(indices, grad_output, x).to(values.dtype)
        return grad_x, grad_weight, grad_bias, None, grad_values, None


def sparse_linear(
    x: torch.Tensor,
    weight: Weight,
    bias: torch.Tensor | None,
    indices: torch.Tensor | None,
    values: torch.Tensor,
    observer: GradientObserver | None = None,
) -> torch.Tensor:
    """x·(W + S)ᵀ + bias for x [rows, in] and W [out, in], in x's dtype: [rows, out].

    `indices` None: S is zero. `observer` is called once in the backward pass, which takes place if
    `values` require a gradient, even if nothing else does.
    """
    return _SparseLinear.apply(x, weight, bias, indices, values, observer)


class _AddLowRank(torch.autograd.Function):
    """output += scaling·x·Aᵀ·Bᵀ in place, so that no further copy of the output is needed.

    In the backward products the long dimension comes last: with a rank of 8 that is three to five
    times faster on a CPU than autograd's layout.
    """

    @staticmethod
    def forward(ctx, output, x, factor_a, factor_b, scaling):
        hidden = x @ factor_a.t()
        ctx.save_for_backward(x, hidden, factor_a, factor_b)
        ctx.scaling = scaling
        ctx.mark_dirty(output)
        return output.addmm_(hidden, factor_b.t(), alpha=scaling)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_output):
        x, hidden, factor_a, factor_b = ctx.saved_tensors
        _, needs_x, needs_a, needs_b, _ = ctx.needs_input_grad
        grad_x = grad_a = grad_b = None
        if needs_x or needs_a:
            grad_hidden = (factor_b.t() @ grad_output.t()).mul_(ctx.scaling)
            grad_x = grad_hidden.t() @ factor_a if needs_x else None
            grad_a = grad_hidden @ x if needs_a else None
        if needs_b:
            grad_b = (hidden.t() @ grad_output).mul_(ctx.scaling).t()
        return grad_output, grad_x, grad_a, grad_b, None


def add_low_rank(
    output: torch.Tensor,
    x: torch.Tensor,
    factor_a: torch.Tensor,
    factor_b: torch.Tensor,
    scaling: float,
) -> torch.Tensor:
    """Add scaling·x·Aᵀ·Bᵀ to `output` [rows, out] in place, and return it.

    x is [rows, in], A [r, in], B [out, r], all of one dtype.
    """
    return _AddLowRank.apply(output, x, factor_a, factor_b, scaling)
