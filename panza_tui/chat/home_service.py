"""Drafts by the default model of a home.

What takes long to import is imported when it is needed, after the app's first paint.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from engine.database import database
from engine.drafting.types import Draft, DraftRequest
from engine.errors import NotReadyError, PanzaError
from engine.home.home import Home
from engine.mail.stored.store import counts
from engine.models.models import ModelCard, default_model, gguf_of
from engine.settings import Settings
from panza_tui.chat.service import Readiness
from panza_tui.jobs.loaded_model import LoadedModel


class HomeDraftService:
    """A `DraftService` (panza_tui.chat.service) on a home.

    read_settings: called before each draft, so that a changed setting holds for the next one.
    """

    def __init__(self, home: Home, read_settings: Callable[[], Settings]) -> None:
        self._home = home
        self._read_settings = read_settings
        self._model = LoadedModel(home)
        self._last: Draft | None = None

    def readiness(self) -> Readiness:
        from panza_tui.jobs.steps import steps_to_a_model
        from panza_tui.jobs.update import update_offer

        if not self._model.is_open and not self._home.database.exists():
            with closing(database.connect_to_read(self._home.database)) as empty:
                return Readiness("", steps_to_a_model(self._home, empty))
        connection = self._model.connection
        settings = self._read_settings()
        model = default_model(self._home, connection)
        steps = () if model else steps_to_a_model(self._home, connection)
        if model is None and not counts(connection).kept:
            return Readiness("", steps)
        return Readiness(
            model.name if model else settings.model.base,
            steps,
            export=self._export_command(model, settings) if model else "",
            is_loaded=self._model.is_loaded(settings),
            update=update_offer(self._home, connection),
        )

    def load(self) -> None:
        self._last = None
        self._model.load(self._read_settings())

    def draft(
        self,
        request: DraftRequest,
        attempt: int,
        on_text: Callable[[str], None],
        on_written: Callable[[], None],
        stopped: Callable[[], bool],
    ) -> Draft:
        from panza_tui.jobs.draft import write_draft

        if self._model.loaded is None:
            raise NotReadyError("The model is not loaded yet; wait for it, then draft again.")
        if request.conversation is None:
            request = replace(request, conversation=self._start_conversation())
        is_further = attempt and self._last and self._last.request == request
        previous = self._last if is_further else None
        self._last = write_draft(
            self._home,
            self._model.connection,
            self._read_settings(),
            self._model.loaded,
            request,
            attempt,
            previous=previous,
            on_text=on_text,
            on_written=on_written,
            stopped=stopped,
        )
        return self._last

    def close(self) -> None:
        self._last = None
        self._model.close()

    def _start_conversation(self) -> int | None:
        """Create a conversation; None if the history can't be written, which stops no draft."""
        from engine.drafting.conversations import start_conversation

        try:
            return start_conversation(self._model.connection)
        except PanzaError:
            return None

    def _export_command(self, model: ModelCard, settings: Settings) -> str:
        """Return the command that makes a model draft faster; '' if it has a GGUF already."""
        from panza_tui.jobs.steps import export_command

        if settings.drafting.backend == "transformers" or gguf_of(self._home, model):
            return ""
        return export_command(self._home, model.name)
