"""Callbacks that keep the best epoch, and end a run that finds no better one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from engine import events
from engine.events import Emit
from training.runs.checkpoints import damage


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
