"""Read weights of a Hugging Face folder in blocks of rows, by plain reads.

The safetensors library maps whole files, whose pages then count as this process's memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.base_models.hugging_face_folder import read_safetensors_header
from engine.errors import PanzaError

_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
}


@dataclass(frozen=True)
class _Place:
    path: Path
    dtype: torch.dtype
    shape: tuple[int, ...]
    offset: int


class FolderWeights:
    """The weights in a folder's safetensors, by their names there.

    Raises PanzaError when the files are damaged, cut short, or not of floats.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._places: dict[str, _Place] = {}
        paths = sorted(folder.glob("*.safetensors"))
        try:
            for path in paths:
                self._read_header(path)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise PanzaError(
                f"The weights in {folder} can't be read ({error}); nothing was changed. Copy or "
                "download them again."
            ) from error
        if not self._places:
            raise PanzaError(
                f"There are no weights (safetensors) in {folder}; nothing was changed."
            )

    def _read_header(self, path: Path) -> None:
        for name, about in read_safetensors_header(path).items():
            if about["dtype"] not in _DTYPES:
                raise ValueError(f"{name} is stored as {about['dtype']}")
            self._places[name] = _Place(
                path, _DTYPES[about["dtype"]], tuple(about["shape"]), about["data_offsets"][0]
            )

    def names(self) -> list[str]:
        return list(self._places)

    def shape(self, name: str) -> tuple[int, ...]:
        return self._places[name].shape

    def rows(self, name: str, start: int = 0, stop: int | None = None) -> Tensor:
        """Rows of a weight as float32; a vector has one row. Raises OSError."""
        place = self._places[name]
        shape = place.shape if len(place.shape) > 1 else (1, *place.shape)
        stop = shape[0] if stop is None else min(stop, shape[0])
        row = math.prod(shape[1:]) * place.dtype.itemsize
        with open(place.path, "rb") as file:
            file.seek(place.offset + start * row)
            data = bytearray(file.read((stop - start) * row))
        if len(data) < (stop - start) * row:
            raise OSError(f"{place.path} is cut short")
        values = torch.frombuffer(data, dtype=place.dtype).float()
        return values.reshape(stop - start, *shape[1:])
