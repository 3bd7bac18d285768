"""Read and control the training runs of a home, without importing torch."""

from __future__ import annotations

import contextlib
import dataclasses
import subprocess
import time
from collections.abc import Callable
from typing import Any

import apsw

from engine.database import database
from engine.errors import PanzaError
from engine.events import Event, follow, silent
from engine.home.home import Home
from engine.mail.stored.instructions import mails_by_instruction
from engine.models.models import UPDATED_FROM, ModelCard, default_model, list_models
from engine.settings import Settings
from panza_tui.dashboard.service import Cost, RunChoice, RunView
from panza_tui.jobs.runs import failure_reason, run_state
from panza_tui.jobs.steps import Step, steps_to_a_model
from panza_tui.jobs.update import update_line
from training.runs import process
from training.runs.run_folder import read_split

_SECONDS_BETWEEN_READS = 0.5
"""How often to read a run's log, and to hand over a batch of its events."""


class HomeTrainingService:
    """A `TrainingService` on a home. read_settings: called each time, as settings may change."""

    def __init__(self, home: Home, read_settings: Callable[[], Settings]) -> None:
        self._home = home
        self._read_settings = read_settings
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def runs(self) -> list[RunView]:
        """Return all runs, the newest first."""
        return [self._view(card) for card in reversed(list_models(self._home))]

    def follow(
        self, name: str, on_events: Callable[[list[Event]], None], stopped: Callable[[], bool]
    ) -> None:
        """Hand over a run's events in batches; a run whose folder was removed has none."""
        waiting: list[Event] = []
        handed_over = time.monotonic()

        def hand_over() -> bool:
            nonlocal waiting, handed_over
            if waiting:
                on_events(waiting)
                waiting, handed_over = [], time.monotonic()
            return stopped()

        log = self._home.model(name) / "events.jsonl"
        for event in follow(log, hand_over, wait=_SECONDS_BETWEEN_READS):
            waiting.append(event)
            if time.monotonic() - handed_over > _SECONDS_BETWEEN_READS:
                hand_over()

    def own_mails(self, name: str) -> dict[str, str]:
        """Return instruction -> body of the held-out, else the validation or training mails."""
        with contextlib.closing(self._connect()) as connection:
            split = read_split(self._home, name)
            ids = split.held_out or split.validation or split.train
            return mails_by_instruction(connection, ids)

    def missing(self) -> tuple[Step, ...]:
        """Return the steps to a first run; none if import and playback are done."""
        with contextlib.closing(self._connect()) as connection:
            steps = steps_to_a_model(self._home, connection)
        return steps if any(not step.done for step in steps[:2]) else ()

    def default_choice(self) -> RunChoice:
        """Return RoSA on the base model in the settings."""
        settings = self._read_settings()
        return RunChoice(settings.model.base, epochs=settings.training.epochs)

    def cost(self, choice: RunChoice) -> Cost:
        """Estimate the time and memory of a run."""
        from training.cost.estimate import estimate

        method: Any = choice.method
        with contextlib.closing(self._connect()) as connection:
            found = estimate(
                self._home, connection, self._settings_for(choice), choice.base, method
            )
        return Cost(found.minutes, found.memory_gib, found.free_gib, found.why)

    def begin(self, choice: RunChoice) -> str:
        """Embed the missing mails, create the run's folder, and start its process."""
        from panza_tui.jobs.embed import embed_missing_in_child
        from panza_tui.jobs.train import begin_run

        method: Any = choice.method
        run = begin_run(
            self._home,
            self._settings_for(choice),
            silent,
            method=method,
            name=choice.name or None,
            embed=embed_missing_in_child,
        )
        self._start(run.card.name)
        return run.card.name

    def resume(self, name: str) -> None:
        """Start the run's process again; it continues from its newest checkpoint."""
        from panza_tui.jobs.train import resume_run

        resume_run(self._home, name)
        self._start(name)

    def pause(self, name: str) -> None:
        """Pause the run after its step."""
        process.pause_run(self._home, name)

    def unpause(self, name: str) -> None:
        """Continue the paused run."""
        process.continue_run(self._home, name)

    def stop(self, name: str) -> None:
        """Stop the run after its step. Raises PanzaError if it has no process yet."""
        if not process.stop_run(self._home, name):
            raise PanzaError(f"The run '{name}' has no process yet; try again in a moment.")

    def _start(self, name: str) -> None:
        from panza_tui.jobs.train import start_run

        self._started[name] = start_run(self._home, name)

    def _connect(self) -> apsw.Connection:
        return database.connect_to_read(self._home.database)

    def _settings_for(self, choice: RunChoice) -> Settings:
        settings = self._read_settings()
        return dataclasses.replace(
            settings,
            model=dataclasses.replace(settings.model, base=choice.base),
            training=dataclasses.replace(settings.training, epochs=choice.epochs),
        )

    def _view(self, card: ModelCard) -> RunView:
        state = run_state(self._home, card, self._started.get(card.name))
        return RunView(
            name=card.name,
            state=state,
            base=card.base,
            method=card.method,
            created=card.created,
            epochs=int(card.settings.get("training", {}).get("epochs", 0)),
            mails=int(card.data.get("train", 0)),
            figures=card.figures,
            trouble=failure_reason(self._home, card.name, state),
            is_resumable=state in ("stopped", "failed", "killed"),
            outcome=self._outcome(card) if state == "finished" else "",
        )

    def _outcome(self, card: ModelCard) -> str:
        if UPDATED_FROM not in card.data:
            return ""
        with contextlib.closing(self._connect()) as connection:
            default = default_model(self._home, connection)
        return update_line(card, is_default=default is not None and default.name == card.name)
