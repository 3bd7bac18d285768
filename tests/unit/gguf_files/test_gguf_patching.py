"""Copies of GGUF files with changed weights."""

from __future__ import annotations

import tracemalloc

import gguf
import numpy as np
import pytest

from engine.errors import PanzaError
from engine.gguf_files import stored
from engine.gguf_files.patching import patch_gguf
from engine.gguf_files.quantising import encode_rows
from engine.gguf_files.reading import metadata, open_gguf
from engine.gguf_files.stored import open_stored


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
    before = values(tensors(source)["blk.0.attn_q.weight"])
    patch_gguf(
        open_stored(source),
        target,
        {"blk.0.attn_q.weight": lambda start, stop: before[start:stop] + 1.0},
        {"blk.0.attn_q.weight": kind},
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
        patch_gguf(open_stored(source), tmp_path / "t.gguf", {}, {"blk.9.x": "F16"})
    assert not (tmp_path / "t.gguf").exists()


def test_rows_come_in_blocks(source, tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "_BLOCK_BYTES", 3 * 64 * 4)
    seen = []

    name = "blk.0.attn_q.weight"
    stored_source = open_stored(source)

    def change(start, stop):
        seen.append((start, stop))
        return stored_source.tensors[name].values(start, stop) + start

    patch_gguf(stored_source, tmp_path / "t.gguf", {name: change}, {name: "F32"})
    assert seen == [(0, 3), (3, 6), (6, 8)]
    added = np.repeat([0, 3, 6], [3, 3, 2])[:, None]
    expected = values(tensors(source)[name]) + added
    assert np.array_equal(values(tensors(tmp_path / "t.gguf")[name]), expected)


def test_an_untouched_tensor_may_be_stored_in_another_kind(source, tmp_path):
    patch_gguf(open_stored(source), tmp_path / "t.gguf", {}, {"half.weight": "Q8_0"})
    before, after = tensors(source)["half.weight"], tensors(tmp_path / "t.gguf")["half.weight"]
    assert after.tensor_type.name == "Q8_0"
    assert 0 < np.abs(values(after) - values(before)).max() < 0.02


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"])
@pytest.mark.parametrize("threads", [1, 3])
def test_rows_are_quantised_as_gguf_does(kind, threads):
    rows = np.random.default_rng(1).normal(size=(7, 96)).astype(np.float32)
    stored_kind = gguf.GGMLQuantizationType[kind]
    encoded = encode_rows(rows, stored_kind, threads=threads)
    assert np.array_equal(encoded, gguf.quantize(rows, stored_kind))


@pytest.mark.parametrize("kind", ["Q4_K", "Q5_K", "Q6_K"])
def test_important_columns_are_rounded_less(kind):
    rows = np.random.default_rng(1).normal(size=(64, 256)).astype(np.float32)
    stored_kind = gguf.GGMLQuantizationType[kind]
    importance = np.where(np.arange(256) % 16 == 0, 1000.0, 1.0).astype(np.float32)
    errors = [
        np.abs(gguf.dequantize(encode_rows(rows, stored_kind, importance=i), stored_kind) - rows)
        for i in (None, importance)
    ]
    assert errors[1][:, ::16].mean() < 0.8 * errors[0][:, ::16].mean()


def test_the_shards_of_a_model_become_one_file(source, tmp_path):
    reader = open_gguf(source)
    paths = [tmp_path / f"m-{number:05d}-of-00002.gguf" for number in (1, 2)]
    for path, part in zip(paths, (reader.tensors[:2], reader.tensors[2:]), strict=True):
        writer = gguf.GGUFWriter(path, "llama")
        writer.add_uint16("split.count", 2)
        if path == paths[0]:
            writer.add_name("whole")
        for tensor in part:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    patch_gguf(open_stored(paths[1]), tmp_path / "one.gguf", {}, {})
    one = tensors(tmp_path / "one.gguf")
    assert list(one) == [tensor.name for tensor in reader.tensors]
    assert all(np.array_equal(one[t.name].data, t.data) for t in reader.tensors)
    written = metadata(open_gguf(tmp_path / "one.gguf"))
    assert written["general.name"] == "whole"
    assert "split.count" not in written
    paths[1].unlink()
    with pytest.raises(PanzaError, match="00002-of-00002"):
        open_stored(paths[0])


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_one_line(source, tmp_path, share):
    cut = tmp_path / "cut.gguf"
    content = source.read_bytes()
    cut.write_bytes(content[: int(share * len(content))])
    with pytest.raises(PanzaError, match=r"cut short|damaged") as raised:
        open_stored(cut)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"GGUF", b"no model at all" * 9, b"PK\x03\x04" * 99])
def test_another_file_is_one_line(tmp_path, content):
    path = tmp_path / "other.gguf"
    path.write_bytes(content)
    with pytest.raises(PanzaError, match="damaged, or no GGUF"):
        open_stored(path)


@pytest.mark.parametrize("kind", ["F16", "Q8_0", "Q4_K"])
def test_memory_grows_with_one_tensor_not_with_the_model(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(stored, "_BLOCK_BYTES", 1 << 18)
    monkeypatch.setattr(stored, "_COPIED_BYTES", 1 << 18)
    rows = np.random.default_rng(0).normal(size=(512, 512)).astype(np.float16)
    peaks = []
    for count in (2, 16):
        path = tmp_path / f"{count}.gguf"
        writer = gguf.GGUFWriter(path, "llama")
        for number in range(count):
            writer.add_tensor(f"blk.{number}.attn_v.weight", rows)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        source = open_stored(path)
        changed = list(source.tensors)[::2]
        changes = {
            name: lambda start, stop: rows[start:stop].astype(np.float32) for name in changed
        }
        tracemalloc.start()
        patch_gguf(source, tmp_path / "t.gguf", changes, dict.fromkeys(changed, kind))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[0] < 4 << 20
    assert peaks[1] < peaks[0] + rows.nbytes / 2
