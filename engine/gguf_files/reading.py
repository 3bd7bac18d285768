"""Open GGUF files by `gguf`'s reader, in a third of its usual time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np


class Reader(gguf.GGUFReader):
    """Slices its hundreds of thousands of tokens and merges from a plain array of the mapped file.

    Each slice of a memmap runs Python code in numpy.
    """

    @property
    def data(self) -> Any:
        return self._bytes

    @data.setter
    def data(self, mapped: Any) -> None:
        self._bytes = np.asarray(mapped)


def open_gguf(path: Path) -> gguf.GGUFReader:
    """Open a GGUF; its fields and tensors are read from the disk when they are used.

    Raises OSError for a disk error, ValueError for a file that is not a GGUF.
    """
    return Reader(path)


def metadata(reader: gguf.GGUFReader) -> dict[str, Any]:
    """All metadata fields by name, as Python values."""
    return {name: field.contents() for name, field in reader.fields.items()}
