"""Dequantise rows of weights with llama.cpp's own routines.

They take a tenth of the time of `gguf`'s, which are written in Python.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any

import gguf
import numpy as np

FLOATS = {gguf.GGMLQuantizationType.F32: np.float32, gguf.GGMLQuantizationType.F16: np.float16}
"""Kinds whose values are stored as numpy has them."""


def can_decode(kind: gguf.GGMLQuantizationType) -> bool:
    """Whether `decode_rows` knows the kind."""
    try:
        return kind in FLOATS or kind == gguf.GGMLQuantizationType.BF16 or bool(dequantiser(kind))
    except ValueError:
        return False


def decode_rows(raw: np.ndarray, kind: gguf.GGMLQuantizationType) -> np.ndarray:
    """Return the bytes of rows, uint8 [rows, row bytes], as float32 [rows, width].

    Raises ValueError for a kind that llama.cpp can't dequantise.
    """
    raw = np.ascontiguousarray(raw)
    if kind in FLOATS:
        return raw.view(FLOATS[kind]).astype(np.float32)
    if kind == gguf.GGMLQuantizationType.BF16:  # The upper half of a float32.
        return (raw.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    block, size = gguf.GGML_QUANT_SIZES[kind]
    values = np.empty((len(raw), raw.shape[1] // size * block), np.float32)
    dequantiser(kind)(raw.ctypes.data, values.ctypes.data, values.size)
    return values


@functools.cache
def dequantiser(kind: gguf.GGMLQuantizationType) -> Any:
    """dequantize_row_* of ggml-quants.h; ctypes lets other threads run meanwhile.

    Its arguments are the address of whole blocks, the address of the float32 values that it writes,
    and how many those are. Raises ValueError for a kind that has none.
    """
    from llama_cpp import _ggml

    name = kind.name.lower()
    name = name.removesuffix("_k") + "_K" if name.endswith("_k") else name
    try:
        function = getattr(_ggml.libggml, f"dequantize_row_{name}")
    except AttributeError as error:
        raise ValueError(f"llama.cpp can't dequantise {kind.name}") from error
    function.restype = None
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
    return function
