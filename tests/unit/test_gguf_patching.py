"""Copies of GGUF files with changed weights."""

from __future__ import annotations

import gguf
import numpy as np
import pytest

from engine.gguf_files.patching import patch_gguf
from engine.gguf_files.reading import metadata, open_gguf


@pytest.fixture
def source(tmp_path):
    """A small file with fields of many kinds and tensors of three kinds."""
    path = tmp_path / "source.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("first")
    writer.add_uint32("llama.block_count", 2)
    writer.add_float32("llama.rope.freq_base", 10000.5)
    writer.add_bool("tokenizer.ggml.add_bos_token", False)
    writer.add_array("tokenizer.ggml.tokens", ["a", "\u00e9", "<|im_end|>"])
    writer.add_array("tokenizer.ggml.token_type", [1, 1, 3])
    draw = np.random.default_rng(0)
    writer.add_tensor("norm.weight", draw.normal(size=64).astype(np.float32))
    writer.add_tensor("half.weight", draw.normal(size=(8, 64)).astype(np.float16))
    quantised = gguf.quantize(
        draw.normal(size=(8, 64)).astype(np.float32), gguf.GGMLQuantizationType.Q4_1
    )
    kind = gguf.GGMLQuantizationType.Q4_1
    writer.add_tensor("blk.0.attn_q.weight", quantised, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def tensors(path):
    return {tensor.name: tensor for tensor in open_gguf(path).tensors}


def values(tensor):
    return gguf.dequantize(tensor.data, tensor.tensor_type)


@pytest.mark.parametrize("kind", ["F16", "Q8_0", "F32"])
def test_only_what_is_changed_changes(source, tmp_path, kind):
    target = tmp_path / "target.gguf"
    seen = []
    patch_gguf(
        source,
        target,
        {"blk.0.attn_q.weight": lambda weight: weight + 1.0},
        kind=kind,
        fields={"general.name": "second"},
        progress=lambda done, total: seen.append((done, total)),
    )
    before, after = tensors(source), tensors(target)
    assert list(after) == list(before)
    changed = after["blk.0.attn_q.weight"]
    assert changed.tensor_type.name == kind
    expected = values(before["blk.0.attn_q.weight"]) + 1.0
    assert np.abs(values(changed) - expected).max() < 0.02
    for name in ("norm.weight", "half.weight"):
        assert after[name].tensor_type == before[name].tensor_type
        assert np.array_equal(after[name].data, before[name].data)
    old, new = metadata(open_gguf(source)), metadata(open_gguf(target))
    assert new.pop("general.name") == "second"
    assert old.pop("general.name") == "first"
    assert new == old
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_weight_that_is_not_there_is_an_error(source, tmp_path):
    with pytest.raises(KeyError, match=r"no tensor blk\.9"):
        patch_gguf(source, tmp_path / "t.gguf", {"blk.9.x": lambda weight: weight}, kind="F16")
    assert not (tmp_path / "t.gguf").exists()
