"""Dequantised weights are those of `gguf`'s reference."""

from __future__ import annotations

import gguf
import numpy as np
import pytest
import torch

from engine.gguf_files.dequantising import can_decode, decode_rows
from engine.gguf_files.quantising import encode_rows

KINDS = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"]
IN = 256


def kind_of(name: str) -> gguf.GGMLQuantizationType:
    return gguf.GGMLQuantizationType[name]


def raw_rows(name: str, rows: int) -> np.ndarray:
    values = np.random.default_rng(0).normal(scale=0.1, size=(rows, IN)).astype(np.float32)
    return encode_rows(values, kind_of(name))


@pytest.mark.parametrize("name", [*KINDS, "IQ4_NL", "IQ4_XS", "F16", "F32"])
def test_values_are_those_of_the_reference(name):
    raw = raw_rows(name, 5)
    expected = gguf.dequantize(raw, kind_of(name)).reshape(5, IN)
    np.testing.assert_allclose(decode_rows(raw, kind_of(name)), expected, rtol=1e-5, atol=1e-7)


def test_bfloat16_is_read_and_an_unknown_kind_is_an_error():
    values = torch.randn(3, IN).to(torch.bfloat16)
    raw = values.view(torch.uint8).numpy()
    assert np.array_equal(decode_rows(raw, kind_of("BF16")), values.float().numpy())
    assert [can_decode(kind_of(name)) for name in ("BF16", "Q4_K", "I32")] == [True, True, False]
    with pytest.raises(ValueError, match="can't dequantise I32"):
        decode_rows(np.zeros((1, 4), np.uint8), kind_of("I32"))
