"""The weights of a base model: in its folder's safetensors, or in the GGUF that it was made of."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from torch import Tensor

from engine.errors import PanzaError
from engine.gguf_files.stored import open_stored
from training.bases.base_model import load_without_weights
from training.bases.from_gguf.fields import NotTrainableError
from training.bases.from_gguf.folder import source_of
from training.bases.from_gguf.weights import stored_weights
from training.export.safetensors_rows import FolderWeights


class GgufWeights:
    """The weights of a folder that was made of a GGUF, by transformers' names and in its order.

    Exactly those that a quantised base was trained with: none are rounded to float16. Raises
    PanzaError.
    """

    def __init__(self, folder: Path, gguf: Path) -> None:
        self.folder = folder
        try:
            self._weights = stored_weights(open_stored(gguf), load_without_weights(folder))
        except NotTrainableError as error:
            raise PanzaError(
                f"The model in {gguf} is not the one that was trained on ({error}); nothing was "
                "changed. Put the old one back, or train again."
            ) from error

    def names(self) -> list[str]:
        return list(self._weights)

    def shape(self, name: str) -> tuple[int, ...]:
        return self._weights[name].shape

    def rows(self, name: str, start: int = 0, stop: int | None = None) -> Tensor:
        """Rows of a weight as float32; a vector has one row. Raises OSError."""
        return self._weights[name].rows(start, stop)


BaseWeights: TypeAlias = FolderWeights | GgufWeights


def base_weights(folder: Path) -> BaseWeights:
    """The weights of the base in a folder. Raises PanzaError."""
    gguf = source_of(folder)
    return FolderWeights(folder) if gguf is None else GgufWeights(folder, gguf)
