"""The protocol of what the models screen needs; the screen knows nothing behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.events import Event
from engine.models.models import ModelCard
from panza_tui.jobs.bases import BaseChoice

DEFAULT_QUANTISATION = "default"
"""The choice of the quantisation that the settings name."""


@dataclass(frozen=True)
class ModelView:
    """A model as it is shown. bytes: of all its files. gguf_bytes: 0 if it is not exported."""

    card: ModelCard
    is_default: bool
    bytes: int
    gguf_bytes: int


class ModelsService(Protocol):
    """The models of a home. Methods read and write the disk, and are called from threads.

    They raise PanzaError with a line for the user.
    """

    def models(self) -> list[ModelView]:
        """Return all models, oldest first."""

    def base_choices(
        self, on_choice: Callable[[BaseChoice], None], stopped: Callable[[], bool]
    ) -> None:
        """Hand over the base models on this disk one by one, as they are estimated."""

    def use_base(self, base: str) -> None:
        """Make a base model the one that the next training begins with."""

    def make_default(self, name: str) -> None:
        """Make this one the default model."""

    def rename(self, name: str, new_name: str) -> None:
        """Give a model another name."""

    def delete(self, name: str) -> Sequence[str]:
        """Remove a model and all its files, and return lines on what stays."""

    def start_export(self, name: str, quantize: str) -> None:
        """Start to write a GGUF file, in a process that continues when the app is closed."""

    def exporting(self) -> str:
        """Return the model that is being exported now, or ''."""

    def follow_export(self, on_event: Callable[[Event], None], stopped: Callable[[], bool]) -> str:
        """Hand over the export's events until it ends; return '' or the line it failed with."""

    def stop_export(self) -> None:
        """Stop the export; an older file is kept."""
