"""Quantise rows of weights with llama.cpp's own quantiser."""

from __future__ import annotations

import ctypes
import functools
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import gguf
import numpy as np

from engine.gguf_files.dequantising import FLOATS
from engine.gguf_files.stored import row_bytes


def encode_rows(
    rows: np.ndarray,
    kind: gguf.GGMLQuantizationType,
    *,
    importance: np.ndarray | None = None,
    threads: int = 1,
) -> np.ndarray:
    """Return float32 rows [rows, width] as the bytes of another kind, uint8 [rows, row bytes].

    importance: how much each column's rounding error counts, float32 [width].
    """
    rows = np.ascontiguousarray(rows, dtype=np.float32)
    if kind in FLOATS:
        return rows.astype(FLOATS[kind]).view(np.uint8)
    encoded = np.empty((len(rows), row_bytes(kind, rows.shape[1])), np.uint8)
    bounds = np.linspace(0, len(rows), min(threads, len(rows)) + 1, dtype=int)
    with ThreadPoolExecutor(threads) as pool:
        jobs = [
            pool.submit(_quantise, kind, rows, encoded, int(start), int(stop), importance)
            for start, stop in pairwise(bounds)
        ]
    for job in jobs:
        job.result()
    return encoded


def _quantise(
    kind: gguf.GGMLQuantizationType,
    rows: np.ndarray,
    encoded: np.ndarray,
    start: int,
    stop: int,
    importance: np.ndarray | None,
) -> None:
    width = rows.shape[1]
    weights = None if importance is None else np.ascontiguousarray(importance, dtype=np.float32)
    done = _quantise_chunk()(
        int(kind),
        rows.ctypes.data,
        encoded.ctypes.data,
        start * width,
        stop - start,
        width,
        None if weights is None else weights.ctypes.data,
    )
    if done != encoded[start:stop].nbytes:
        raise ValueError(f"llama.cpp can't quantise to {kind.name}")


@functools.cache
def _quantise_chunk() -> Any:
    """ggml_quantize_chunk of ggml.h; ctypes lets other threads run meanwhile."""
    from llama_cpp import _ggml

    function = _ggml.libggml.ggml_quantize_chunk
    function.restype = ctypes.c_size_t
    function.argtypes = [
        ctypes.c_int,
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_int64,
        ctypes.c_int64,
        ctypes.c_int64,
        ctypes.c_void_p,
    ]
    return function
