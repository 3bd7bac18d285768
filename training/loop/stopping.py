"""Callbacks that pause a training run, and stop it with a checkpoint."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from engine import events
from engine.disk.regular_files import open_regular
from engine.events import Emit
from training.loop.distributed import any_of
from training.runs.process import PAUSE, PAUSED
from training.runs.run_folder import NotResumableError

_SECONDS_BETWEEN_CHECKPOINTS = 300.0
"""Chosen by hand: a kill loses at most five minutes of work."""

_PAUSE_POLL_SECONDS = 0.2


class PauseCallback(TrainerCallback):
    """Sleeps after a step for as long as the file `pause` is in the run's folder.

    stop_requested: a stop ends the pause. seconds: how long the run has been paused so far.
    """

    def __init__(self, folder: Path, stop_requested: Callable[[], bool], emit: Emit) -> None:
        self._folder = folder
        self._stop_requested = stop_requested
        self._emit = emit
        self.seconds = 0.0

    def on_step_end(self, args: Any, state: Any, control: Any, **context: Any) -> None:
        if not self._folder.is_dir():
            raise NotResumableError("The folder of the run was removed, so the run ended.")
        pause, paused = self._folder / PAUSE, self._folder / PAUSED
        last = state.global_step >= state.max_steps
        if last or not pause.exists() or self._stop_requested():
            return
        began = time.monotonic()
        self._emit(events.Progress("paused", state.global_step, state.max_steps, "steps"))
        os.close(open_regular(paused, os.O_WRONLY | os.O_CREAT))
        while pause.exists() and not self._stop_requested():
            time.sleep(_PAUSE_POLL_SECONDS)
        paused.unlink(missing_ok=True)
        self.seconds += time.monotonic() - began
        self._emit(events.Progress("train", state.global_step, state.max_steps, "steps"))


class StopCallback(TrainerCallback):
    """Stops after the current step when a signal asks for it, and saves a checkpoint now and then.

    requested: a signal came. stopped: it ended the training before its last step.
    """

    def __init__(self) -> None:
        self.requested = False
        self.stopped = False
        self._saved = time.monotonic()

    def listen(self) -> None:
        """Let SIGINT and SIGTERM request a stop."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._request)

    def _request(self, number: int, frame: Any) -> None:
        self.requested = True

    def on_step_end(self, args: Any, state: Any, control: Any, **context: Any) -> None:
        if state.global_step >= state.max_steps:
            return
        due = time.monotonic() - self._saved > _SECONDS_BETWEEN_CHECKPOINTS
        self.requested, due = any_of(self.requested, due, device=args.device)
        if self.requested:
            self.stopped = control.should_training_stop = True
        # The end of an epoch saves a checkpoint anyway, after its evaluation.
        if not _is_epoch_end(state):
            control.should_save = self.requested or due

    def on_epoch_end(self, args: Any, state: Any, control: Any, **context: Any) -> None:
        # Trainer calls this for an interrupted epoch, too, whose loss must not count as the best.
        if self.stopped and not _is_epoch_end(state):
            control.should_evaluate = control.should_save = False

    def on_save(self, args: Any, state: Any, control: Any, **context: Any) -> None:
        self._saved = time.monotonic()


def _is_epoch_end(state: Any) -> bool:
    return float(state.epoch).is_integer()
