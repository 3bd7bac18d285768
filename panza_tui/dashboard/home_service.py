"""Read and control the training runs of a home, without importing torch."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from engine import database
from engine.errors import PanzaError
from engine.events import Event, Failed, follow, from_json, silent
from engine.home import Home
from engine.mail.stored.instructions import mails_by_instruction
from engine.models import ModelCard, list_models
from engine.settings import Settings
from panza_tui.dashboard.service import Cost, RunChoice, RunState, RunView
from panza_tui.jobs.steps import Step, steps_to_a_model
from training.runs import process
from training.runs.checkpoints import last_checkpoint
from training.runs.run_folder import read_split

_SECONDS_BETWEEN_READS = 0.5
"""How often to read a run's log, and to hand over a batch of its events."""

_SECONDS_TO_BEGIN = 60
"""How long a new run without events counts as starting: it first imports torch."""

_TAIL = 1 << 16
"""The number of bytes to read from the end of a log to find its last line."""


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
        if self._home.database.exists():
            return database.connect(self._home.database)
        return database.connect(Path(":memory:"))  # Reading must not create the file.

    def _settings_for(self, choice: RunChoice) -> Settings:
        settings = self._read_settings()
        return dataclasses.replace(
            settings,
            model=dataclasses.replace(settings.model, base=choice.base),
            training=dataclasses.replace(settings.training, epochs=choice.epochs),
        )

    def _view(self, card: ModelCard) -> RunView:
        state = self._state(card)
        return RunView(
            name=card.name,
            state=state,
            base=card.base,
            method=card.method,
            created=card.created,
            epochs=int(card.settings.get("training", {}).get("epochs", 0)),
            mails=int(card.data.get("train", 0)),
            figures=card.figures,
            trouble=self._trouble(card.name, state),
            is_resumable=state in ("stopped", "failed", "killed"),
        )

    def _state(self, card: ModelCard) -> RunState:
        if process.is_running(self._home, card.name):
            return "paused" if process.is_paused(self._home, card.name) else "running"
        begun = self._started.get(card.name)
        if begun is not None and begun.poll() is None:
            return "starting"
        if card.state != "started":
            return card.state
        events = self._home.model(card.name) / "events.jsonl"
        fresh = time.time() - card.created < _SECONDS_TO_BEGIN and not events.exists()
        return "starting" if fresh and begun is None else "killed"

    def _trouble(self, name: str, state: RunState) -> str:
        """Return why a run failed, and whether what it learnt is kept; '' if it did not fail."""
        if state not in ("failed", "killed"):
            return ""
        folder = self._home.model(name)
        left = "What it learnt is kept." if last_checkpoint(folder) else "Nothing was learnt yet."
        if state == "failed":
            event = from_json(_last_line(folder / "events.jsonl"))
            return f"{event.error} {left}" if isinstance(event, Failed) else left
        output = _last_line(folder / "log.txt")
        return f"Its process was killed, or the computer was switched off. {left}" + (
            f" Its last output: {output}" if output else ""
        )


def _last_line(path: Path) -> str:
    """Return the last line of a file, which may be long; '' if it is empty or missing."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1] if lines else ""
