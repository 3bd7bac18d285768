"""Read the header of a GGUF file: its metadata and the list of its tensors, but no weights.

The file may come from anywhere, so every count and length is checked against the file's size, and
every offset against its end, before it is used. Source: the GGUF specification of ggml (version 3).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from engine.errors import PanzaError

_MAGIC = b"GGUF"
_OLD_MAGICS = (b"lmgg", b"fmgg", b"tjgg", b"algg")
"""Of the formats before GGUF, until August 2023."""

_VERSIONS = (2, 3)
_CHUNK = 4 << 20
_MAX_HEADER_BYTES = 256 << 20
_MAX_FIELDS = 1 << 16
_MAX_TENSORS = 1 << 16
_MAX_NAME_BYTES = 1 << 16
_MAX_KEPT_TEXT_BYTES = 1 << 20
_MAX_KEPT_ITEMS = 1 << 12
_MAX_TEXTS = 1 << 22
_MAX_ALIGNMENT = 1 << 20
_MAX_DIMENSIONS = 4

_NUMBERS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
"""A field's type -> how `struct` names it."""

_TEXT, _ARRAY = 8, 9


class GgufError(PanzaError):
    """A file is not a whole GGUF. The message is one line for the user."""


@dataclass(frozen=True)
class Tensor:
    """A tensor as it is listed. shape: as in numpy, rows first. offset: from the file's start."""

    name: str
    shape: tuple[int, ...]
    kind: str
    offset: int
    bytes: int

    @property
    def weights(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True)
class GgufHeader:
    """values: single values, and short arrays of numbers. lengths: of all arrays."""

    path: Path
    values: dict[str, Any] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    tensors: tuple[Tensor, ...] = ()

    @property
    def architecture(self) -> str:
        """llama.cpp's name of the architecture, such as "qwen2"; '' if the file has none."""
        return self.text("general.architecture")

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def own(self, name: str) -> Any:
        """The value of a field of its architecture, such as "block_count"; None if absent."""
        return self.values.get(f"{self.architecture}.{name}")


def read_header(path: Path) -> GgufHeader:
    """Read and check the header of the file at `path`. Raises GgufError."""
    try:
        if not path.is_file():  # Opening a FIFO would wait for a writer.
            raise GgufError(f"There is no file {path}.")
        with open(path, "rb") as file:
            return _parse(path, _Bytes(file, path, path.stat().st_size))
    except OSError as error:
        raise GgufError(f"{path} can't be read ({error.strerror or error}).") from error


class _Bytes:
    """The beginning of a file, read in chunks as far as it is needed."""

    def __init__(self, file: BinaryIO, path: Path, size: int) -> None:
        self._file = file
        self.path = path
        self.size = size
        self.data = bytearray()
        self.at = 0

    def need(self, count: int) -> None:
        """Make sure that `count` more bytes are there."""
        end = self.at + count
        if end > self.size:
            raise _cut_short(self.path)
        if end > _MAX_HEADER_BYTES:
            raise GgufError(f"{self.path} is no usable GGUF: its header is far too large.")
        while len(self.data) < end:
            chunk = self._file.read(max(_CHUNK, end - len(self.data)))
            if not chunk:
                raise _cut_short(self.path)
            self.data += chunk

    def number(self, code: str) -> Any:
        size = struct.calcsize("<" + code)
        self.need(size)
        (value,) = struct.unpack_from("<" + code, self.data, self.at)
        self.at += size
        return value

    def raw(self, limit: int) -> bytes | None:
        """The bytes of a text; None if there are more than `limit`."""
        length = self.number("Q")
        self.need(length)
        start, self.at = self.at, self.at + length
        return bytes(self.data[start : self.at]) if length <= limit else None

    def skip_texts(self, count: int) -> None:
        if count > _MAX_TEXTS:
            raise _damaged(self.path, "a list in its header is far too long")
        unpack = struct.Struct("<Q").unpack_from
        for _ in range(count):
            self.need(8)
            (length,) = unpack(self.data, self.at)
            self.at += 8
            self.need(length)
            self.at += length


def _parse(path: Path, source: _Bytes) -> GgufHeader:
    _check_magic(path, source)
    tensor_count, field_count = source.number("Q"), source.number("Q")
    if tensor_count > _MAX_TENSORS or field_count > _MAX_FIELDS:
        raise _damaged(path, "its header promises too many entries")
    values: dict[str, Any] = {}
    lengths: dict[str, int] = {}
    for _ in range(field_count):
        name = _name(path, source)
        if name in values or name in lengths:
            raise _damaged(path, "a field is there twice")
        _read_value(path, source, name, values, lengths)
    listed = [_listed(path, source) for _ in range(tensor_count)]
    alignment = values.get("general.alignment", 32)
    if type(alignment) is not int or not 0 < alignment <= _MAX_ALIGNMENT:
        raise _damaged(path, "its alignment makes no sense")
    start = -(-source.at // alignment) * alignment
    tensors = tuple(_placed(path, start, source.size, *about) for about in listed)
    if len({tensor.name for tensor in tensors}) < len(tensors):
        raise _damaged(path, "a tensor is there twice")
    return GgufHeader(path, values, lengths, tensors)


def _check_magic(path: Path, source: _Bytes) -> None:
    if source.size < 4:
        raise GgufError(f"{path} is not a GGUF file: it has {source.size} bytes.")
    source.need(4)
    magic = bytes(source.data[:4])
    source.at = 4
    if magic in _OLD_MAGICS:
        raise GgufError(
            f"{path} is of the format before GGUF, which llama.cpp no longer reads; download the "
            "model as GGUF."
        )
    if magic != _MAGIC:
        raise GgufError(
            f"{path} is not a GGUF file; of a model in safetensors, give the folder instead."
        )
    version = source.number("I")
    if version not in _VERSIONS:
        swapped = int.from_bytes(version.to_bytes(4, "little"), "big") in _VERSIONS
        why = "it is big-endian" if swapped else f"it is of version {version} of the format"
        raise GgufError(f"{path} can't be used: {why}; download the model again.")


def _name(path: Path, source: _Bytes) -> str:
    data = source.raw(_MAX_NAME_BYTES)
    if data is None:
        raise _damaged(path, "a name is too long")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _damaged(path, "a name is no UTF-8 text") from error


def _read_value(
    path: Path,
    source: _Bytes,
    name: str,
    values: dict[str, Any],
    lengths: dict[str, int],
) -> None:
    kind = source.number("I")
    if kind == _TEXT:
        text = source.raw(_MAX_KEPT_TEXT_BYTES)
        values[name] = "" if text is None else text.decode("utf-8", "replace")
    elif kind == _ARRAY:
        items, count = source.number("I"), source.number("Q")
        lengths[name] = count
        if items == _TEXT:
            source.skip_texts(count)
        elif items in _NUMBERS:
            size = count * struct.calcsize("<" + _NUMBERS[items])
            source.need(size)
            if count <= _MAX_KEPT_ITEMS:
                form = f"<{count}{_NUMBERS[items]}"
                values[name] = list(struct.unpack_from(form, source.data, source.at))
            source.at += size
        else:
            raise _damaged(path, f"the field {name!a} is of an unknown type")
    elif kind in _NUMBERS:
        values[name] = source.number(_NUMBERS[kind])
    else:
        raise _damaged(path, f"the field {name!a} is of an unknown type")


def _listed(path: Path, source: _Bytes) -> tuple[str, tuple[int, ...], int, int]:
    """Name, shape, type and relative offset of the next tensor in the list."""
    name = _name(path, source)
    dimensions = source.number("I")
    if not 0 < dimensions <= _MAX_DIMENSIONS:
        raise _damaged(path, f"the tensor {name!a} has {dimensions} dimensions")
    shape = tuple(source.number("Q") for _ in range(dimensions))
    return name, shape[::-1], source.number("I"), source.number("Q")


def _placed(
    path: Path, start: int, size: int, name: str, shape: tuple[int, ...], kind: int, offset: int
) -> Tensor:
    import gguf

    try:
        quantisation = gguf.GGMLQuantizationType(kind)
        block, block_bytes = gguf.GGML_QUANT_SIZES[quantisation]
    except (ValueError, KeyError) as error:
        raise GgufError(
            f"{path} can't be used: its weights are of a type that is newer than this llama.cpp "
            f"({kind})."
        ) from error
    if not all(shape) or shape[-1] % block:
        raise _damaged(path, f"the tensor {name!a} has an impossible shape")
    length = math.prod(shape) // block * block_bytes
    if start + offset + length > size:
        raise _cut_short(path)
    return Tensor(name, shape, quantisation.name, start + offset, length)


def _cut_short(path: Path) -> GgufError:
    return GgufError(
        f"{path} is cut short: less is there than its header promises. Download or copy it again."
    )


def _damaged(path: Path, why: str) -> GgufError:
    return GgufError(f"{path} is damaged: {why}. Download or copy it again.")
