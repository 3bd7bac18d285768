"""Drafts from the engine: the default model of a home, on what its mails hold.

What is heavy is imported when it is needed, so that the app is painted before.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine import database
from engine.errors import NotReadyError
from engine.home import Home, default_home
from engine.locks import training_is_active
from engine.mail import store
from engine.models import ModelCard, default_model, gguf_of, list_models
from engine.settings import Settings
from panza_tui.chat.source import FinishedDraft, Readiness, Request, Step

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
        """The default model, or the steps to one."""
        if self._connection is None:
            if not self._home.database.exists():
                return Readiness("", self._steps(0, 0))
            self._connection = database.connect(self._home.database)
        model = default_model(self._home, self._connection)
        if model is not None:
            return Readiness(model.name, export=self._export(model))
        played = self._connection.execute(
            "SELECT count(*) FROM instructions JOIN mails ON id = mail_id WHERE left_out IS NULL"
        ).get
        return Readiness("", self._steps(store.counts(self._connection).kept, played))

    def load(self) -> None:
        """Load the default model: by llama.cpp where it has a GGUF."""
        from engine.generators.loading import open_generator

        self._loaded = open_generator(
            self._home,
            self._open_connection(),
            self._settings,
            model=None,
            plain_base=False,
            backend=self._settings.drafting.backend,
            load_transformers=self._load_transformers,
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

    def _load_transformers(self, card: ModelCard | None) -> tuple[Any, Any]:
        from training.personal_model import load_for_drafting

        return load_for_drafting(self._home, self._settings, card)

    def _settings_for(self, attempt: int) -> Settings:
        drafting = self._settings.drafting
        if attempt:
            temperature = max(drafting.temperature, _TEMPERATURE_OF_ANOTHER_DRAFT)
            drafting = replace(drafting, seed=drafting.seed + attempt, temperature=temperature)
        return replace(self._settings, drafting=drafting)

    def _steps(self, kept: int, played: int) -> tuple[Step, ...]:
        from training.run_folder import FEWEST_MAILS

        if kept == 0:
            imported = "Import the mails you sent: an mbox, a Maildir, or Google's Takeout zip"
        elif kept < FEWEST_MAILS:
            imported = f"Import more mails you sent: {kept} so far, {FEWEST_MAILS} at least"
        else:
            imported = f"{kept} mails you sent"
        instructed = "An instruction for each of them"
        if 0 < played < kept:
            instructed += f": {played} of {kept}"
        return (
            Step(imported, kept >= FEWEST_MAILS, self._command("import PATH")),
            Step(instructed, 0 < kept <= played, self._command("playback")),
            self._training_step(),
        )

    def _training_step(self) -> Step:
        if training_is_active(self._home):
            return Step("Your model is being trained now", False, "")
        stopped = [card.name for card in list_models(self._home) if card.state == "stopped"]
        if stopped:
            command = self._command(f"train --resume {stopped[-1]}")
            return Step("Your model; its training was stopped", False, command)
        return Step("Your model", False, self._command("train"))

    def _export(self, model: ModelCard) -> str:
        if self._settings.drafting.backend == "transformers" or gguf_of(self._home, model):
            return ""
        return self._command(f"export {model.name}")

    def _command(self, words: str) -> str:
        if self._home == default_home():
            return f"panza-tui {words}"
        return f"panza-tui --home {shlex.quote(str(self._home.root))} {words}"
