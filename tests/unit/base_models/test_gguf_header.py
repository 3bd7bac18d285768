"""GGUF headers: read without trust, and each kind of wrong file gives one plain line."""

import contextlib
import os
import random
import shutil
import struct

import numpy as np
import pytest
from tiny_ggufs import byte_tokens, write_gguf

from engine.base_models.fingerprint import fingerprint
from engine.base_models.gguf_header import GgufError, read_header
from engine.base_models.gguf_model import read_gguf_model, why_no_language_model
from engine.base_models.resolve import read_base_gguf
from engine.errors import PanzaError


@pytest.fixture(name="path")
def _path(tmp_path):
    general = {"general.license": "apache-2.0", "general.name": "Tiny"}
    return write_gguf(tmp_path / "tiny.gguf", "qwen2", general=general, kind="Q8_0")


def test_a_header_says_what_the_model_is(path):
    model = read_gguf_model(path)
    assert model.header.architecture == "qwen2"
    assert model.header.own("block_count") == 2
    assert model.header.lengths["tokenizer.ggml.tokens"] == len(byte_tokens()) + 3
    assert (model.licence, model.quantisation) == ("apache-2.0", "Q8_0")
    assert model.has_chat_template
    assert model.bytes == path.stat().st_size
    assert model.parameters == sum(t.weights for _, t in model.tensors) > 50_000
    assert why_no_language_model(model) == ""


def test_the_tensors_are_where_ggufs_own_reader_finds_them(path):
    from engine.gguf_files.reading import open_gguf

    ours = {t.name: (t.offset, t.bytes, t.shape) for t in read_header(path).tensors}
    theirs = {
        t.name: (t.data_offset, t.n_bytes, tuple(int(n) for n in reversed(t.shape)))
        for t in open_gguf(path).tensors
    }
    assert ours == theirs


@pytest.mark.parametrize("share", [0.0, 0.00001, 0.0005, 0.01, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_said_to_be_cut(path, share):
    os.truncate(path, int(path.stat().st_size * share))
    with pytest.raises(GgufError, match=r"cut short|has \d bytes"):
        read_header(path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK\x03\x04" + bytes(40), "not a GGUF file"),
        (b"tjgg" + bytes(40), "before GGUF"),
        (b"GGUF" + struct.pack("<I", 1) + bytes(40), "version 1"),
        (b"GGUF" + struct.pack(">I", 3) + bytes(40), "big-endian"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0), "too many"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60), "too many"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 62) + bytes(99), "cut short"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<I", 77), "unknown type"),
        (
            b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<IIQ", 9, 8, 1 << 50),
            "too long",
        ),
        (
            b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<IIQ", 9, 9, 1),
            "unknown type",
        ),
        (b"GGUF" + struct.pack("<IQQQ", 3, 1, 0, 1) + b"a" + struct.pack("<I", 99), "dimensions"),
        (
            b"GGUF" + struct.pack("<IQQQ", 3, 1, 0, 1) + b"a" + struct.pack("<IQIQ", 1, 8, 900, 0),
            "newer than this llama.cpp",
        ),
        (
            b"GGUF"
            + struct.pack("<IQQQ", 3, 1, 0, 1)
            + b"a"
            + struct.pack("<IQQIQ", 2, 1 << 62, 1 << 62, 0, 1 << 63),
            "cut short",
        ),
    ],
)
def test_a_foreign_or_hostile_file_is_one_plain_line(tmp_path, content, why):
    path = tmp_path / "a.gguf"
    path.write_bytes(content)
    with pytest.raises(GgufError, match=why) as raised:
        read_header(path)
    assert "\n" not in str(raised.value)


def test_changed_bytes_never_do_more_than_refuse(path):
    """Every header with some of its bytes changed is either read or refused by a plain line."""
    original = path.read_bytes()
    draw = random.Random(0)
    for _ in range(300):
        data = bytearray(original)
        for _ in range(draw.randrange(1, 4)):
            data[draw.randrange(0, 6000)] = draw.randrange(256)
        path.write_bytes(data)
        with contextlib.suppress(GgufError):
            ends = [tensor.offset + tensor.bytes for tensor in read_header(path).tensors]
            assert max(ends, default=0) <= len(data)


def test_a_fifo_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "a.gguf")
    with pytest.raises(GgufError, match="There is no file"):
        read_header(tmp_path / "a.gguf")


@pytest.mark.parametrize(
    ("architecture", "general", "options", "why"),
    [
        ("clip", {}, {}, "mmproj"),
        ("llama", {"general.type": "mmproj"}, {}, "mmproj"),
        ("llama", {"general.type": "adapter"}, {}, "LoRA adapter"),
        ("llama", {"general.type": "imatrix"}, {}, "importance matrix"),
        ("nomic-bert", {}, {}, "embeddings"),
        ("warpdrive", {}, {}, "'warpdrive', is unknown"),
        ("gemma3", {}, {"extra": {"v.blk.0.weight": np.ones(8, np.float32)}}, "pictures"),
        ("llama", {}, {"without": "token_embd"}, "no weights of a language model"),
    ],
)
def test_what_is_no_language_model_is_refused_as_a_base(
    tmp_path, architecture, general, options, why
):
    path = write_gguf(tmp_path / "a.gguf", architecture, general=general, **options)
    with pytest.raises(PanzaError, match=why) as raised:
        read_base_gguf(path)
    assert "\n" not in str(raised.value)


def split(path, folder):
    """Write the model of `path` as two files, as llama.cpp's splitter names them."""
    import gguf

    from engine.gguf_files.reading import open_gguf

    reader = open_gguf(path)
    half = len(reader.tensors) // 2
    paths = [folder / f"big-{number:05}-of-00002.gguf" for number in (1, 2)]
    for number, part in enumerate((reader.tensors[:half], reader.tensors[half:])):
        writer = gguf.GGUFWriter(paths[number], "llama")
        if number == 0:
            for field in reader.fields.values():
                if not field.name.startswith(("GGUF.", "general.architecture")):
                    kind = field.types[0]
                    items = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
                    writer.add_key_value(field.name, field.contents(), kind, sub_type=items)
        writer.add_uint16("split.no", number)
        writer.add_uint16("split.count", 2)
        writer.add_int32("split.tensors.count", len(reader.tensors))
        for tensor in part:
            writer.add_tensor(tensor.name, tensor.data)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    return paths


def test_a_split_model_is_one_whichever_of_its_files_is_given(tmp_path):
    whole = write_gguf(tmp_path / "whole.gguf")
    parts = split(whole, tmp_path)
    for given in parts:
        model = read_gguf_model(given)
        assert model.files == tuple(parts)
        assert model.parameters == read_gguf_model(whole).parameters
        assert model.has_chat_template
    parts[1].unlink()
    with pytest.raises(GgufError, match=r"big-00002-of-00002\.gguf is missing"):
        read_gguf_model(parts[0])


def test_a_split_file_under_another_name_says_what_it_is(tmp_path):
    first, _ = split(write_gguf(tmp_path / "whole.gguf"), tmp_path)
    with pytest.raises(GgufError, match="first of 2 files"):
        read_gguf_model(first.rename(tmp_path / "renamed.gguf"))


def test_the_fingerprint_changes_with_any_tensor_and_not_with_the_path(path, tmp_path):
    before = fingerprint(path)
    assert fingerprint(shutil.copy(path, tmp_path / "copy.gguf")) == before
    for tensor in read_header(path).tensors:
        data = bytearray(path.read_bytes())
        data[tensor.offset] ^= 1
        changed = tmp_path / "changed.gguf"
        changed.write_bytes(data)
        assert fingerprint(changed) != before
