"""Our reader finds in a GGUF what `gguf`'s own does, and no more than is there."""

from __future__ import annotations

from pathlib import Path

import gguf
import pytest
from gguf import GGUFValueType as Kind

from engine.gguf_files.reading import metadata, open_gguf

ARRAYS = {
    "strings": (["", "a", "é\n", "long " * 100], Kind.STRING),
    "bytes": ([0, 255], Kind.UINT8),
    "signed": ([-1, 0, 127], Kind.INT8),
    "short": ([-300, 300], Kind.INT16),
    "ints": ([-70_000, 70_000], Kind.INT32),
    "large": ([1 << 60], Kind.UINT64),
    "floats": ([0.5, -1.25], Kind.FLOAT32),
    "doubles": ([0.1], Kind.FLOAT64),
    "bools": ([True, False, True], Kind.BOOL),
}


def write(path: Path, arrays: dict[str, tuple[list, Kind]], **options) -> Path:
    writer = gguf.GGUFWriter(path, "llama", **options)
    for name, (values, kind) in arrays.items():
        writer.add_key_value(name, values, Kind.ARRAY, sub_type=kind)
    writer.add_string("text", "after the arrays")
    writer.add_uint32("number", 7)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("endianess", list(gguf.GGUFEndian))
def test_every_kind_of_field_is_read_as_by_gguf(tmp_path: Path, endianess) -> None:
    path = write(tmp_path / "a.gguf", ARRAYS, endianess=endianess)
    expected, found = gguf.GGUFReader(path), open_gguf(path)
    assert metadata(found) == metadata(expected)
    assert list(found.fields) == list(expected.fields)
    for name, field in expected.fields.items():
        assert (found.fields[name].types, found.fields[name].offset) == (field.types, field.offset)
    for name, (values, _) in ARRAYS.items():
        assert metadata(found)[name] == values


@pytest.mark.parametrize("name", ARRAYS)
def test_a_file_that_ends_in_an_array_is_an_error(tmp_path: Path, name: str) -> None:
    values, kind = ARRAYS[name]
    path = write(tmp_path / "a.gguf", {"array": (values, kind)})
    data = path.read_bytes()
    start = data.index(b"array") + len("array") + 4 + 12
    end = data.index(b"text") - 8
    for length in range(start, end):
        path.write_bytes(data[:length])
        with pytest.raises(ValueError, match="cut short"):
            open_gguf(path)


@pytest.mark.parametrize("count", [1 << 40, (1 << 64) - 1])
@pytest.mark.parametrize("name", ["strings", "ints"])
def test_an_array_that_says_it_is_endless_is_an_error(tmp_path: Path, name: str, count) -> None:
    path = write(tmp_path / "a.gguf", {"array": ARRAYS[name]})
    data = bytearray(path.read_bytes())
    place = data.index(b"array") + len("array") + 8
    data[place : place + 8] = count.to_bytes(8, "little")
    path.write_bytes(data)
    with pytest.raises(ValueError, match="cut short"):
        open_gguf(path)


def test_a_string_that_says_it_is_endless_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gguf", {"array": (["a", "b"], Kind.STRING)})
    data = bytearray(path.read_bytes())
    place = data.index(b"array") + len("array") + 16
    data[place : place + 8] = ((1 << 64) - 1).to_bytes(8, "little")
    path.write_bytes(data)
    with pytest.raises(ValueError, match="cut short"):
        open_gguf(path)
