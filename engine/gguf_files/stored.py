"""Read a GGUF's tensors in blocks of rows, by plain reads, so that memory stays small.

`gguf`'s reader maps the whole file, whose pages then count as this process's memory; here only the
header is mapped.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from engine.base_models.gguf_model import shards_of
from engine.errors import PanzaError, one_line
from engine.gguf_files.dequantising import decode_rows
from engine.gguf_files.reading import Reader

_HEADER_BYTES = 64 << 20
"""Of the metadata and the list of tensors, at most; the largest vocabularies take 30 MB."""

_BLOCK_BYTES = 64 << 20
"""Of a block of rows as float32."""

_COPIED_BYTES = 16 << 20


@dataclass(frozen=True)
class StoredTensor:
    """A tensor of a GGUF file. shape: rows last but one, as numpy has it."""

    name: str
    kind: gguf.GGMLQuantizationType
    shape: tuple[int, ...]
    path: Path
    offset: int

    @property
    def width(self) -> int:
        return self.shape[-1]

    @property
    def rows(self) -> int:
        """How many rows it has; those of a 3-D tensor are counted through."""
        return math.prod(self.shape[:-1])

    @property
    def row_bytes(self) -> int:
        return row_bytes(self.kind, self.width)

    @property
    def nbytes(self) -> int:
        return self.rows * self.row_bytes

    def values(self, start: int, stop: int) -> np.ndarray:
        """Rows as float32 [stop - start, width]. Raises OSError, also for a file cut short."""
        return decode_rows(self.raw(start, stop), self.kind)

    def raw(self, start: int, stop: int) -> np.ndarray:
        """The bytes of rows, uint8 [stop - start, row bytes]. Raises OSError."""
        held = np.empty((stop - start, self.row_bytes), np.uint8)
        with open(self.path, "rb") as file:
            file.seek(self.offset + start * self.row_bytes)
            if file.readinto(held.data) < held.nbytes:
                raise OSError(f"{self.path} is cut short")
        return held

    def blocks(self) -> Iterator[tuple[int, int]]:
        """(start, stop) of blocks of rows that take 64 MB as float32."""
        step = max(1, _BLOCK_BYTES // (4 * self.width))
        for start in range(0, self.rows, step):
            yield start, min(start + step, self.rows)

    def copy_to(self, target: Any) -> None:
        """Write its bytes as they are to an open file. Raises OSError."""
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            for start in range(0, self.nbytes, _COPIED_BYTES):
                target.write(_read(file, min(_COPIED_BYTES, self.nbytes - start)))


@dataclass(frozen=True)
class StoredGguf:
    """A GGUF whose header was read. fields: of `gguf`'s reader, by name."""

    path: Path
    fields: dict[str, Any]
    tensors: dict[str, StoredTensor]

    @property
    def architecture(self) -> str:
        return str(self.value("general.architecture"))

    def value(self, name: str, default: Any = None) -> Any:
        """A metadata field as a Python value; the default where it is missing."""
        field = self.fields.get(name)
        return default if field is None else field.contents()

    def hyperparameter(self, name: str, default: Any = None) -> Any:
        """A metadata field that begins with the architecture's name."""
        return self.value(f"{self.architecture}.{name}", default)


def row_bytes(kind: gguf.GGMLQuantizationType, width: int) -> int:
    """The bytes of a row of `width` weights."""
    block, size = gguf.GGML_QUANT_SIZES[kind]
    return width // block * size


def open_stored(path: Path) -> StoredGguf:
    """Read the header of a GGUF; of a sharded one, those of all shards, from any of them.

    Raises PanzaError for a file that is missing, damaged, cut short, or no GGUF.
    """
    paths = shards_of(path)  # Only regular files: opening a FIFO would wait for a writer.
    try:
        headers = [_Header(shard) for shard in paths]
    except OSError as error:
        where = error.filename or path
        raise PanzaError(
            f"The GGUF {where} can't be read ({error.strerror or error}); nothing was changed."
        ) from error
    except Exception as error:  # gguf raises all kinds for a damaged file.
        raise PanzaError(
            f"{path} is damaged, or no GGUF ({one_line(error, most=100)}); nothing "
            "was changed. Copy or download it again."
        ) from error
    tensors = {tensor.name: tensor for header in headers for tensor in header.stored}
    for tensor in tensors.values():
        if tensor.offset + tensor.nbytes > tensor.path.stat().st_size:
            raise PanzaError(
                f"{tensor.path} is cut short; nothing was changed. Copy or download it again."
            )
    return StoredGguf(paths[0], dict(headers[0].fields), tensors)


def _read(file: Any, count: int) -> bytes:
    data: bytes = file.read(count)
    if len(data) < count:
        raise OSError(f"{file.name} is cut short")
    return data


class _Beginning(io.FileIO):
    """A file that says it is no longer than a header, for numpy to map that much of it."""

    def tell(self) -> int:
        return min(super().tell(), _HEADER_BYTES)


class _Header(Reader):
    """`gguf`'s reader without the tensors' data."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stored: list[StoredTensor] = []
        with _Beginning(path) as file:
            super().__init__(file)
        if self.byte_order == "S":
            raise ValueError("its byte order is not this machine's")

    def _build_tensors(self, start_offs: int, fields: list[Any]) -> None:
        for field in fields:
            _, name, _, sizes, kind, offset = field.parts
            tensor = StoredTensor(
                str(bytes(name), "utf-8"),
                gguf.GGMLQuantizationType(int(kind[0])),
                tuple(int(size) for size in reversed(sizes)) or (1,),
                self.path,
                start_offs + int(offset[0]),
            )
            if tensor.width % gguf.GGML_QUANT_SIZES[tensor.kind][0]:
                raise ValueError(f"{tensor.name} has rows of {tensor.width}")
            self.stored.append(tensor)
