"""Drafts from the engine: the default model of a home, on what its mails hold.

What is heavy is imported when it is needed, so that the app is painted before.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from engine import database
from engine.errors import NotReadyError, PanzaError
from engine.home import Home
from engine.models import ModelCard, default_model, gguf_of
from engine.settings import Settings
from panza_tui.chat.service import Conversation, FinishedDraft, Readiness, Request

if TYPE_CHECKING:
    import apsw

    from engine.generators.loading import LoadedGenerator, ModelIdentity


class HomeDraftService:
    """A `DraftService` (panza_tui.chat.service) on the home's default model.

    read_settings: asked before each draft, so that a changed setting holds for the next one.
    """

    def __init__(self, home: Home, read_settings: Callable[[], Settings]) -> None:
        self._home = home
        self._read_settings = read_settings
        self._connection: apsw.Connection | None = None
        self._loaded: LoadedGenerator | None = None
        self._loaded_from: ModelIdentity | None = None

    def readiness(self) -> Readiness:
        """The default model, or the steps to one. Looking writes nothing."""
        from panza_tui.jobs.steps import steps_to_a_model

        if self._connection is None and not self._home.database.exists():
            with closing(database.connect(Path(":memory:"))) as empty:
                return Readiness("", steps_to_a_model(self._home, empty))
        connection = self._open_connection()
        model = default_model(self._home, connection)
        if model is not None:
            return Readiness(model.name, export=self._export(model), is_loaded=self._is_loaded())
        return Readiness("", steps_to_a_model(self._home, connection))

    def load(self) -> None:
        """Load the default model: by llama.cpp where it has a GGUF."""
        from engine.generators.loading import open_generator
        from panza_tui.jobs.generators import load_transformers

        settings = self._read_settings()
        self._unload()
        identity = self._identify()
        self._loaded = open_generator(
            self._home,
            self._open_connection(),
            settings,
            model=None,
            plain_base=False,
            backend=settings.drafting.backend,
            load_transformers=load_transformers(self._home, settings),
        )
        self._loaded_from = identity

    def draft(
        self, request: Request, on_text: Callable[[str], None], stopped: Callable[[], bool]
    ) -> FinishedDraft:
        """Write one draft and keep it in the database."""
        from engine.drafting import DraftRequest, another, draft
        from engine.prompt import Turn
        from panza_tui.chat.home_archive import as_source

        if self._loaded is None:
            raise NotReadyError("The model is not loaded yet; wait for it, then draft again.")
        connection = self._open_connection()
        answered = request.answered
        finished = draft(
            DraftRequest(
                request.instruction,
                thread=answered.thread if answered else (),
                recipient=request.recipient,
                conversation=self._key(request.conversation),
                turns=tuple(Turn(one.instruction, one.text) for one in request.turns),
                exclude=request.exclude,
            ),
            connection,
            self._home,
            another(self._read_settings(), request.attempt),
            self._loaded,
            on_text=on_text,
            stopped=stopped,
        )
        return FinishedDraft(
            finished.text,
            tuple(as_source(hit) for hit in finished.prepared.sources),
            finished.id,
            finished.subject,
            finished.recipient,
            finished.prepared.facts,
        )

    def close(self) -> None:
        """Give the model's memory and the database back."""
        self._unload()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _is_loaded(self) -> bool:
        """Whether loading now would load what is loaded."""
        return self._loaded is not None and self._loaded_from == self._identify()

    def _identify(self) -> ModelIdentity:
        from engine.generators.loading import identify_model

        settings = self._read_settings()
        return identify_model(
            self._home,
            self._open_connection(),
            settings,
            model=None,
            plain_base=False,
            backend=settings.drafting.backend,
        )

    def _unload(self) -> None:
        if self._loaded is not None:
            self._loaded.close()
            self._loaded = None

    def _key(self, conversation: Conversation) -> int | None:
        """The conversation's id; a history that can't be written does not hold up a draft."""
        from engine.conversations import start_conversation

        if conversation.id is None:
            try:
                conversation.id = start_conversation(self._open_connection())
            except PanzaError:
                return None
        return conversation.id

    def _open_connection(self) -> apsw.Connection:
        if self._connection is None:
            self._connection = database.connect(self._home.database)
        return self._connection

    def _export(self, model: ModelCard) -> str:
        backend = self._read_settings().drafting.backend
        if backend == "transformers" or gguf_of(self._home, model):
            return ""
        from panza_tui.jobs.steps import export_of

        return export_of(self._home, model.name)
