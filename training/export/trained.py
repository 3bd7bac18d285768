"""The weights of a trained model in float32: those of its base with what training changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.errors import PanzaError
from engine.models.models import ModelCard
from training.bases.base_model import load_without_weights
from training.export.base_weights import BaseWeights, base_weights
from training.export.safetensors_rows import FolderWeights
from training.personal_model import with_adapter

_PREFIXES = (
    ("model.language_model.", "model."),
    ("language_model.model.", "model."),
    ("language_model.", ""),
)
"""What models of text and pictures put before the names of their text model's weights."""


class TrainedWeights:
    """A model's weights by name, in blocks of rows. An adapter is merged one weight at a time.

    base: the weights before training. changed: the names of those that training changed.
    """

    def __init__(self, base: BaseWeights, trained: FolderWeights | None, adapter: Any) -> None:
        self.base = base
        self._trained = trained
        self._names = {plain_name(name): name for name in (trained or base).names()}
        self._base_names = {plain_name(name): name for name in base.names()}
        self._layers = {} if adapter is None else _adapted_layers(adapter)
        # An adapter's change of a weight is kept until another one's is needed.
        self._delta_name, self._delta = "", torch.empty(0)
        self.changed = frozenset(self._layers if trained is None else self._names)

    def shape(self, name: str) -> tuple[int, ...]:
        return (self._trained or self.base).shape(self._stored(self._names, name))

    def rows(self, name: str, start: int = 0, stop: int | None = None) -> Tensor:
        """Rows of a trained weight, float32; a vector has one row. Raises OSError."""
        rows = (self._trained or self.base).rows(self._stored(self._names, name), start, stop)
        if name in self._layers:
            rows += self._delta_of(name)[start : start + len(rows)]
        return rows

    def base_rows(self, name: str, start: int = 0, stop: int | None = None) -> Tensor:
        """Rows of a weight before training."""
        return self.base.rows(self._stored(self._base_names, name), start, stop)

    def _stored(self, names: dict[str, str], name: str) -> str:
        if name not in names and name == "lm_head.weight":
            name = "model.embed_tokens.weight"  # Tied weights are stored once.
        if name not in names:
            raise PanzaError(
                f"The weight '{name}' is not in {self.base.folder}; nothing was changed. Copy or "
                "download the base model again."
            )
        return names[name]

    def _delta_of(self, name: str) -> Tensor:
        if name != self._delta_name:
            self._delta = torch.empty(0)  # Frees the last one first.
            make: Callable[[str], Tensor] = self._layers[name].get_delta_weight
            with torch.no_grad():
                self._delta_name, self._delta = name, make("default").float().cpu()
        return self._delta


def plain_name(name: str) -> str:
    """A weight's name as it is in a model of text only."""
    for prefix, plain in _PREFIXES:
        if name.startswith(prefix):
            return plain + name.removeprefix(prefix)
    return name


def load_trained(card: ModelCard, folder: Path, base: Path) -> TrainedWeights:
    """Open the weights of a card's model on its base's Hugging Face folder.

    folder: what training saved. Raises PanzaError.
    """
    if card.method == "full":
        return TrainedWeights(base_weights(base), FolderWeights(folder), None)
    adapter = with_adapter(load_without_weights(base), folder, card.name)
    return TrainedWeights(base_weights(base), None, adapter)


def _adapted_layers(adapter: Any) -> dict[str, Any]:
    from peft.tuners.tuners_utils import BaseTunerLayer

    layers = {}
    inside = set()
    for name, module in adapter.get_base_model().named_modules():
        if isinstance(module, BaseTunerLayer):
            layers[f"{plain_name(name)}.weight"] = module
            inside |= {id(parameter) for parameter in module.parameters()}
    for name, parameter in adapter.named_parameters():
        if not parameter.is_meta and id(parameter) not in inside:
            raise PanzaError(
                f"The adapter also replaces '{name}', which can't be exported; nothing was "
                "changed. Draft with --backend transformers instead."
            )
    return layers
