"""Callbacks of transformers.Trainer: events, pausing, stopping, the best epoch, RoSA's masks."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from accelerate.utils import send_to_device
from transformers import TrainerCallback

from engine import events
from engine.events import Emit
from engine.regular_files import open_regular
from engine.settings import Settings
from training.cost.memory import peak_memory_gib, release_freed_memory
from training.examples.epochs import Epochs
from training.examples.tokens import Example
from training.loop.distributed import any_of, rank, world_size
from training.loop.micro_batches import labelled_tokens, pack, response_loss
from training.runs.checkpoints import damage
from training.runs.process import PAUSE, PAUSED
from training.runs.run_folder import NotResumableError

_SECONDS_BETWEEN_CHECKPOINTS = 300.0
"""Chosen by hand: a kill loses at most five minutes of work."""

_PAUSE_POLL_SECONDS = 0.2


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


class BestCheckpointCallback(TrainerCallback):
    """Finds a resumed run's best checkpoint in the run's present folder, which may have moved."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit

    def on_train_begin(self, args: Any, state: Any, control: Any, **context: Any) -> None:
        if state.best_global_step is None:
            return
        best = Path(args.output_dir) / f"checkpoint-{state.best_global_step}"
        if not damage(best):
            state.best_model_checkpoint = str(best)
            return
        self._emit(
            events.Warn(f"{best.name}, the best epoch's, is lost; the best of later ones is kept.")
        )
        state.best_model_checkpoint = state.best_metric = state.best_global_step = None


class EarlyStoppingCallback(TrainerCallback):
    """Ends a run after `patience` epochs without a better validation loss."""

    def __init__(self, patience: int, emit: Emit) -> None:
        self._patience = patience
        self._emit = emit

    def on_evaluate(self, args: Any, state: Any, control: Any, **context: Any) -> None:
        # The log history is part of the checkpoints, so a resumed run counts on.
        losses = [entry["eval_loss"] for entry in state.log_history if "eval_loss" in entry]
        best = losses.index(min(losses))
        epochs_since = len(losses) - 1 - best
        if epochs_since and state.global_step < state.max_steps:
            self._emit(
                events.Warn(
                    f"Epoch {len(losses)} is no better on the validation mails than epoch "
                    f"{best + 1}, which is kept."
                )
            )
        if epochs_since >= self._patience:
            control.should_training_stop = True


class MaskCallback(TrainerCallback):
    """Makes RoSA's masks after the warm-up of the low-rank part."""

    def __init__(self, settings: Settings, examples: Sequence[Example], emit: Emit) -> None:
        self._rosa = settings.rosa
        self._seed = settings.training.seed
        # One mail per backward pass: squared gradients are then the empirical Fisher's diagonal.
        count = settings.rosa.mask_batches * settings.training.batch_size
        chosen = examples[-count:][rank() :: world_size()]
        self._batches = [pack([example], len(example.token_ids))[0] for example in chosen]
        self._emit = emit

    def on_step_begin(
        self,
        args: Any,
        state: Any,
        control: Any,
        model: Any = None,
        optimizer: Any = None,
        **context: Any,
    ) -> None:
        from training.rosa import make_masks, mask_density, masks_made

        # Half of a very short run at most; without a low-rank part there is nothing to warm up.
        warmup = min(self._rosa.mask_warmup_steps, state.max_steps // 2) if self._rosa.r else 0
        if state.global_step < warmup or masks_made(model):
            return
        gradient: Any = self._rosa.mask_gradient  # A checked choice, but a str to the settings.
        batches = send_to_device(self._batches, args.device)
        make_masks(
            model,
            batches,
            lambda m, b: response_loss(m, b) / labelled_tokens([b]),
            gradient=gradient,
            memory_budget=self._rosa.mask_memory_mib << 20,
        )
        if not self._rosa.keep_warmup:
            self._reset_low_rank(model, optimizer)
        densities = mask_density(model)
        values = {"mask_density": sum(densities.values()) / len(densities)}
        values |= {f"mask_density/{_short_name(layer)}": d for layer, d in densities.items()}
        self._emit(events.Metric(state.global_step, values))

    def _reset_low_rank(self, model: Any, optimizer: Any) -> None:
        """Re-initialise the low-rank part, alike in every process, and drop its Adam moments."""
        from training.rosa import low_rank_parameters, reset_low_rank

        with torch.random.fork_rng():
            torch.manual_seed(self._seed)
            reset_low_rank(model)
        for parameter in low_rank_parameters(model):
            optimizer.state.pop(parameter, None)


def _short_name(layer: str) -> str:
    """base_model.model.model.layers.7.mlp.up_proj -> layers.7.mlp.up_proj"""
    return layer.removeprefix("base_model.").removeprefix("model.").removeprefix("model.")


def _is_epoch_end(state: Any) -> bool:
    return float(state.epoch).is_integer()
