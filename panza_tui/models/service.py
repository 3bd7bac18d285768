"""What the models' screen needs; it knows this protocol and no folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from engine.events import Event
from engine.models import ModelCard


@dataclass(frozen=True)
class ModelView:
    """A model as it is shown. bytes: of all its files; gguf_bytes: 0 while it is not exported."""

    card: ModelCard
    is_default: bool
    bytes: int
    gguf_bytes: int


class ModelsService(Protocol):
    """The home's models. Every method but `follow_export` is quick.

    All raise PanzaError, a line for the reader, when they can't do their work.
    """

    def models(self) -> list[ModelView]:
        """All trained models, oldest first."""

    def make_default(self, name: str) -> None:
        """Have this one draft."""

    def rename(self, name: str, new_name: str) -> None:
        """Give a model another name."""

    def delete(self, name: str) -> None:
        """Remove a model and all its files."""

    def start_export(self, name: str, quantize: str) -> None:
        """Begin to write a GGUF, in a process of its own that outlives the app."""

    def exporting(self) -> str:
        """The model that is being exported now; '' when none is."""

    def follow_export(self, on_event: Callable[[Event], None], stopped: Callable[[], bool]) -> str:
        """Hand over the export's events until it ends; blocks. '' or the line it failed with."""

    def stop_export(self) -> None:
        """End the export; an older file is kept."""
