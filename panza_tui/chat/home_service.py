"""Drafts by the default model of a home.

What takes long to import is imported when it is needed, after the app's first paint.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from engine import database
from engine.draft_types import Draft, DraftRequest
from engine.errors import NotReadyError, PanzaError
from engine.home import Home
from engine.mail.stored.store import counts
from engine.models import ModelCard, default_model, gguf_of
from engine.settings import Settings
from panza_tui.chat.service import Readiness

if TYPE_CHECKING:
    import apsw

    from engine.generators.loading import LoadedGenerator, ModelIdentity


class HomeDraftService:
    """A `DraftService` (panza_tui.chat.service) on a home.

    read_settings: called before each draft, so that a changed setting holds for the next one.
    """

    def __init__(self, home: Home, read_settings: Callable[[], Settings]) -> None:
        self._home = home
        self._read_settings = read_settings
        self._connection: apsw.Connection | None = None
        self._loaded: LoadedGenerator | None = None
        self._loaded_from: ModelIdentity | None = None
        self._last: Draft | None = None

    def readiness(self) -> Readiness:
        from panza_tui.jobs.steps import steps_to_a_model

        if self._connection is None and not self._home.database.exists():
            with closing(database.connect_to_read(self._home.database)) as empty:
                return Readiness("", steps_to_a_model(self._home, empty))
        connection = self._open_connection()
        settings = self._read_settings()
        model = default_model(self._home, connection)
        steps = () if model else steps_to_a_model(self._home, connection)
        if model is None and not counts(connection).kept:
            return Readiness("", steps)
        return Readiness(
            model.name if model else settings.model.base,
            steps,
            export=self._export_command(model, settings) if model else "",
            is_loaded=self._loaded is not None and self._loaded_from == self._identify(settings),
        )

    def load(self) -> None:
        from panza_tui.jobs.generators import open_model

        settings = self._read_settings()
        self._unload()
        identity = self._identify(settings)
        self._loaded = open_model(self._home, self._open_connection(), settings)
        self._loaded_from = identity

    def draft(
        self,
        request: DraftRequest,
        attempt: int,
        on_text: Callable[[str], None],
        on_written: Callable[[], None],
        stopped: Callable[[], bool],
    ) -> Draft:
        from panza_tui.jobs.draft import write_draft

        if self._loaded is None:
            raise NotReadyError("The model is not loaded yet; wait for it, then draft again.")
        if request.conversation is None:
            request = replace(request, conversation=self._start_conversation())
        connection = self._open_connection()
        is_further = attempt and self._last and self._last.request == request
        previous = self._last if is_further else None
        self._last = write_draft(
            self._home,
            connection,
            self._read_settings(),
            self._loaded,
            request,
            attempt,
            previous=previous,
            on_text=on_text,
            on_written=on_written,
            stopped=stopped,
        )
        return self._last

    def close(self) -> None:
        self._unload()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _unload(self) -> None:
        if self._loaded is not None:
            self._loaded.close()
            self._loaded = self._last = None

    def _identify(self, settings: Settings) -> ModelIdentity:
        """Return what would be loaded now."""
        from engine.generators.loading import identify_model

        return identify_model(
            self._home,
            self._open_connection(),
            settings,
            model=None,
            plain_base=False,
            backend=settings.drafting.backend,
        )

    def _start_conversation(self) -> int | None:
        """Create a conversation; None if the history can't be written, which stops no draft."""
        from engine.conversations import start_conversation

        try:
            return start_conversation(self._open_connection())
        except PanzaError:
            return None

    def _open_connection(self) -> apsw.Connection:
        if self._connection is None:
            self._connection = database.connect(self._home.database)
        return self._connection

    def _export_command(self, model: ModelCard, settings: Settings) -> str:
        """Return the command that makes a model draft faster; '' if it has a GGUF already."""
        from panza_tui.jobs.steps import export_command

        if settings.drafting.backend == "transformers" or gguf_of(self._home, model):
            return ""
        return export_command(self._home, model.name)
