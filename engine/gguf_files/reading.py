"""Open GGUF files by `gguf`'s reader, in a fraction of its usual time."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import gguf
import numpy as np

_Parts = tuple[int, list[Any], list[int], list[gguf.GGUFValueType]]


class Reader(gguf.GGUFReader):
    """Takes arrays whole: its own steps for each of 100,000 tokens and merges take two seconds.

    Slices a plain array of the mapped file: each slice of a memmap runs Python code in numpy.
    """

    @property
    def data(self) -> Any:
        return self._bytes

    @data.setter
    def data(self, mapped: Any) -> None:
        self._bytes = np.asarray(mapped)

    def _get_field_parts(self, orig_offs: int, raw_type: int) -> _Parts:
        """(size in bytes, parts, which of them are the value, types) of the value at an offset."""
        kind = gguf.GGUFValueType(raw_type)
        if kind == gguf.GGUFValueType.ARRAY and self.byte_order == "I":
            item = gguf.GGUFValueType(self._get(orig_offs, np.uint32)[0])
            count, start = int(self._get(orig_offs + 4, np.uint64)[0]), orig_offs + 12
            if count and item == gguf.GGUFValueType.STRING:
                end, parts = self._strings(start, count)
                return end - orig_offs, parts, list(range(count)), [kind, item]
            if count and item in self.gguf_scalar_to_np:
                dtype = self.gguf_scalar_to_np[item]
                if start + count * np.dtype(dtype).itemsize > len(self._bytes):
                    raise ValueError("it is cut short")
                whole = self._get(start, dtype, count)
                return 12 + whole.nbytes, [whole], [0], [kind, item]
        found: _Parts = super()._get_field_parts(orig_offs, raw_type)
        return found

    def _strings(self, start: int, count: int) -> tuple[int, list[Any]]:
        """(the offset after them, the bytes of each) of strings, each with its length before it."""
        data: Any = self._bytes
        offset, parts = start, []
        read_length = struct.Struct("=Q").unpack_from
        for _ in range(count):
            if offset + 8 > len(data):
                raise ValueError("it is cut short")
            begin = offset + 8
            offset = begin + read_length(data, offset)[0]
            parts.append(data[begin:offset])
        if offset > len(data):
            raise ValueError("it is cut short")
        return offset, parts


def open_gguf(path: Path) -> gguf.GGUFReader:
    """Open a GGUF; its fields and tensors are read from the disk when they are used.

    Raises OSError for a disk error, ValueError for a file that is not a GGUF.
    """
    return Reader(path)


def metadata(reader: gguf.GGUFReader) -> dict[str, Any]:
    """All metadata fields by name, as Python values."""
    return {name: field.contents() for name, field in reader.fields.items()}
