"""Layers whose frozen weights stay as a GGUF has them, and are dequantised for each product.

A base then takes a quarter of its memory in bfloat16. What is trained on it is float32, as in QLoRA
(arXiv 2305.14314). For CPUs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import gguf
import torch
import torch.nn.functional as F
from peft.utils.quantization_utils import ForwardOnlyQuantizationBackend
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from engine.gguf_files.dequantising import dequantiser
from training.bases.sizes import DEQUANTISED_BYTES

_AT_ONCE = 1 << 15
"""Weights dequantised at a time: as float32 they stay in the processor's cache."""

_FLOATS = {
    gguf.GGMLQuantizationType.F32: torch.float32,
    gguf.GGMLQuantizationType.F16: torch.float16,
    gguf.GGMLQuantizationType.BF16: torch.bfloat16,
}


class QuantisedLinear(nn.Linear):
    """A frozen linear layer with the weight of a GGUF.

    weight: uint8 [out, bytes of a row]. kind: how its bytes are to be read. dtype: of the
    dequantised weight.
    """

    def __init__(
        self,
        raw: Tensor,
        kind: gguf.GGMLQuantizationType,
        bias: nn.Parameter | None,
        dtype: torch.dtype,
    ) -> None:
        nn.Module.__init__(self)
        self.weight = nn.Parameter(raw, requires_grad=False)
        self.bias = bias
        self.kind = kind
        self.dtype = dtype
        self.in_features = _width(raw, kind)
        self.out_features = len(raw)
        # RosaLinear asks this for the weight.
        self.quantization_backend = _GgufBackend("GGUF")

    def dense(self) -> Tensor:
        """The weight [out, in], until this thread dequantises the next one into its memory."""
        return self._rows(0, self.out_features)

    def is_one_block(self) -> bool:
        """Whether the whole weight takes no more than DEQUANTISED_BYTES."""
        return self.out_features * self.in_features * self.dtype.itemsize <= DEQUANTISED_BYTES

    def row_blocks(self) -> Iterator[tuple[int, Tensor]]:
        """(first row, rows) of parts that take DEQUANTISED_BYTES, each until the next one."""
        step = max(1, DEQUANTISED_BYTES // (self.dtype.itemsize * self.in_features))
        for start in range(0, self.out_features, step):
            yield start, self._rows(start, min(start + step, self.out_features))

    def forward(self, x: Tensor) -> Tensor:
        device = x.device.type
        if torch.is_autocast_enabled(device):
            x = x.to(torch.get_autocast_dtype(device))
        if x.dim() == 2:
            return _Product.apply(x, self)
        rows = _Product.apply(x.reshape(-1, self.in_features), self)
        return rows.view(*x.shape[:-1], self.out_features)

    def _rows(self, start: int, stop: int) -> Tensor:
        out = _scratch(stop - start, self.in_features, self.dtype)
        return dequantise(self.weight.data[start:stop], self.kind, out)


class QuantisedEmbedding(nn.Embedding):
    """A frozen embedding with the weight of a GGUF. scale: what its rows are multiplied by."""

    max_norm, norm_type, scale_grad_by_freq, sparse = None, 2.0, False, False

    def __init__(
        self,
        raw: Tensor,
        kind: gguf.GGMLQuantizationType,
        padding_idx: int | None,
        scale: Tensor | None,
        dtype: torch.dtype,
    ) -> None:
        nn.Module.__init__(self)
        self.weight = nn.Parameter(raw, requires_grad=False)
        self.kind = kind
        self.dtype = dtype
        self.scale = None if scale is None else scale.to(dtype)
        self.padding_idx = padding_idx
        self.num_embeddings = len(raw)
        self.embedding_dim = _width(raw, kind)

    def forward(self, ids: Tensor) -> Tensor:
        raw = self.weight.data[ids.reshape(-1)]
        rows = torch.empty(len(raw), self.embedding_dim, dtype=self.dtype)
        dequantise(raw, self.kind, rows)
        if self.scale is not None:
            rows *= self.scale
        return rows.view(*ids.shape, self.embedding_dim)


def dequantise(raw: Tensor, kind: gguf.GGMLQuantizationType, out: Tensor) -> Tensor:
    """Write rows, uint8 [rows, row bytes], to `out` [rows, width] in its dtype, and return it."""
    if kind in _FLOATS:
        return out.copy_(raw.view(_FLOATS[kind]))
    threads = max(1, min(torch.get_num_threads(), out.numel() // _AT_ONCE))
    if threads == 1:
        _dequantise(raw, kind, out)
        return out
    bounds = [len(raw) * part // threads for part in range(threads + 1)]
    parts = [slice(start, stop) for start, stop in pairwise(bounds)]
    with ThreadPoolExecutor(threads) as pool:
        jobs = [pool.submit(_dequantise, raw[part], kind, out[part]) for part in parts]
    for job in jobs:
        job.result()
    return out


@torch.inference_mode()  # In which both kinds of tensors, its own and others, can be written to.
def _dequantise(raw: Tensor, kind: gguf.GGMLQuantizationType, out: Tensor) -> None:
    convert = dequantiser(kind)
    if out.dtype == torch.float32:
        convert(raw.data_ptr(), out.data_ptr(), out.numel())
        return
    block, size = gguf.GGML_QUANT_SIZES[kind]
    values = torch.empty(_AT_ONCE)
    for number, part in enumerate(out.view(-1).split(_AT_ONCE)):
        source = raw.data_ptr() + number * (_AT_ONCE // block * size)
        convert(source, values.data_ptr(), part.numel())
        part.copy_(values[: part.numel()])


def _width(raw: Tensor, kind: gguf.GGMLQuantizationType) -> int:
    block, size = gguf.GGML_QUANT_SIZES[kind]
    return raw.shape[1] // size * block


class _Memory(threading.local):
    """Memory for one dequantised weight: to take new memory for each takes longer than that."""

    held: Tensor | None = None


_memory = _Memory()


def _scratch(rows: int, width: int, dtype: torch.dtype) -> Tensor:
    count = rows * width * dtype.itemsize
    if _memory.held is None or _memory.held.numel() < count:
        _memory.held = None
        with torch.inference_mode(False):
            _memory.held = torch.empty(count, dtype=torch.uint8)
    return _memory.held[:count].view(dtype).view(rows, width)


class _GgufBackend(ForwardOnlyQuantizationBackend):
    """How PEFT's layers get at the weight of a QuantisedLinear."""

    def get_base_weight(self, base_layer: nn.Module) -> Tensor:
        assert isinstance(base_layer, QuantisedLinear)
        return base_layer.dense()


class _Product(torch.autograd.Function):
    """y = x·Wᵀ + bias for x [rows, in]. Saves neither: W is dequantised again in the backward pass.

    y is no view, since RosaLinear adds to it in place.
    """

    @staticmethod
    def forward(ctx, x, layer):
        ctx.layer = layer
        if layer.is_one_block():
            return F.linear(x, layer.dense().to(x.dtype), layer.bias)
        out = x.new_empty(len(x), layer.out_features)
        for start, weight in layer.row_blocks():
            torch.mm(x, weight.to(x.dtype).t(), out=out[:, start : start + len(weight)])
        if layer.bias is not None:
            out += layer.bias
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_output):
        if ctx.layer.is_one_block():
            return grad_output @ ctx.layer.dense().to(grad_output.dtype), None
        grad_x = grad_output.new_zeros(len(grad_output), ctx.layer.in_features)
        for start, weight in ctx.layer.row_blocks():
            part = grad_output[:, start : start + len(weight)]
            grad_x.addmm_(part, weight.to(part.dtype))
        return grad_x, None
