"""Callbacks of transformers.Trainer that report, free memory and show each epoch its examples."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from transformers import TrainerCallback

from engine import events
from engine.events import Emit
from training.cost.memory import peak_memory_gib, release_freed_memory
from training.examples.epochs import Epochs


class EventCallback(TrainerCallback):
    """Emits each step's progress and metrics.

    idle_seconds: how long the run has been paused so far; rates leave that out.
    """

    def __init__(self, emit: Emit, idle_seconds: Callable[[], float]) -> None:
        self._emit = emit
        self._idle_seconds = idle_seconds
        self._began = self._working_time()
        self._first_step = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **context: Any) -> None:
        self._began, self._first_step = self._working_time(), state.global_step
        self._emit(events.Progress("train", state.global_step, state.max_steps, "steps"))

    def on_step_end(self, args: Any, state: Any, control: Any, **context: Any) -> None:
        rate = (state.global_step - self._first_step) / (self._working_time() - self._began)
        self._emit(events.Progress("train", state.global_step, state.max_steps, "steps", rate))

    def on_log(
        self,
        args: Any,
        state: Any,
        control: Any,
        logs: Any = None,
        optimizer: Any = None,
        **context: Any,
    ) -> None:
        names = {
            "loss": "loss",
            "eval_loss": "validation_loss",
            "grad_norm": "gradient_norm",
            "tokens_per_second": "tokens_per_second",
        }
        values = {names[key]: float(value) for key, value in logs.items() if key in names}
        if "loss" in values:
            values |= {group["rate_name"]: group["lr"] for group in optimizer.param_groups}
            values["peak_memory_gib"] = peak_memory_gib()
        if values:
            self._emit(events.Metric(state.global_step, values))

    def _working_time(self) -> float:
        return time.monotonic() - self._idle_seconds()


class MemoryCallback(TrainerCallback):
    """Gives freed memory back after each step and evaluation; the last of all callbacks."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **context: Any) -> None:
        release_freed_memory()

    def on_step_end(self, args: Any, state: Any, control: Any, **context: Any) -> None:
        release_freed_memory()

    def on_evaluate(self, args: Any, state: Any, control: Any, **context: Any) -> None:
        release_freed_memory()


class EpochCallback(TrainerCallback):
    """Shows the trainer the examples of each epoch, also of the one in which it resumes."""

    def __init__(self, examples: Epochs) -> None:
        self._examples = examples

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **context: Any) -> None:
        self._examples.epoch = int(state.epoch or 0)
