"""Drafts from the engine: the default model of a home, on what its mails hold.

What is heavy is imported when it is needed, so that the app is painted before.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine import database
from engine.errors import NotReadyError
from engine.home import Home
from engine.models import ModelCard, default_model, gguf_of
from engine.settings import Settings
from panza_tui.chat.source import FinishedDraft, Readiness, Request

if TYPE_CHECKING:
    import apsw

    from engine.generators.loading import LoadedGenerator

# The likeliest words would be the same ones again.
_TEMPERATURE_OF_ANOTHER_DRAFT = 0.7


class EngineSource:
    """A `DraftSource` (panza_tui.chat.source) on the home's default model."""

    def __init__(self, home: Home, settings: Settings) -> None:
        self._home = home
        self._settings = settings
        self._connection: apsw.Connection | None = None
        self._loaded: LoadedGenerator | None = None

    def readiness(self) -> Readiness:
        """The default model, or the steps to one. Looking writes nothing."""
        from panza_tui.steps import steps_to_a_model

        if self._connection is None and not self._home.database.exists():
            with closing(database.connect(Path(":memory:"))) as empty:
                return Readiness("", steps_to_a_model(self._home, empty))
        connection = self._open_connection()
        model = default_model(self._home, connection)
        if model is not None:
            return Readiness(model.name, export=self._export(model))
        return Readiness("", steps_to_a_model(self._home, connection))

    def load(self) -> None:
        """Load the default model: by llama.cpp where it has a GGUF."""
        from engine.generators.loading import open_generator
        from panza_tui.backends import load_transformers

        self._loaded = open_generator(
            self._home,
            self._open_connection(),
            self._settings,
            model=None,
            plain_base=False,
            backend=self._settings.drafting.backend,
            load_transformers=load_transformers(self._home, self._settings),
        )

    def draft(
        self, request: Request, on_text: Callable[[str], None], stopped: Callable[[], bool]
    ) -> FinishedDraft:
        """Write one draft and keep it in the database."""
        from engine.drafting import DraftRequest, draft

        if self._loaded is None:
            raise NotReadyError("The model is not loaded yet; wait for it, then draft again.")
        finished = draft(
            DraftRequest(request.instruction, recipient=request.recipient),
            self._open_connection(),
            self._home,
            self._settings_for(request.attempt),
            self._loaded,
            on_text=on_text,
            stopped=stopped,
        )
        return FinishedDraft(finished.text, len(finished.prepared.sources))

    def close(self) -> None:
        """Give the model's memory and the database back."""
        if self._loaded is not None:
            self._loaded.generator.close()
        if self._connection is not None:
            self._connection.close()
        self._loaded = self._connection = None

    def _open_connection(self) -> apsw.Connection:
        if self._connection is None:
            self._connection = database.connect(self._home.database)
        return self._connection

    def _settings_for(self, attempt: int) -> Settings:
        drafting = self._settings.drafting
        if attempt:
            temperature = max(drafting.temperature, _TEMPERATURE_OF_ANOTHER_DRAFT)
            drafting = replace(drafting, seed=drafting.seed + attempt, temperature=temperature)
        return replace(self._settings, drafting=drafting)

    def _export(self, model: ModelCard) -> str:
        if self._settings.drafting.backend == "transformers" or gguf_of(self._home, model):
            return ""
        from panza_tui.steps import export_of

        return export_of(self._home, model.name)
