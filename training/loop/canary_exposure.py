"""Measure how much of the planted number a model has memorised, also while it is trained."""

from __future__ import annotations

from typing import Any

import torch
from transformers import TrainerCallback

from engine import events
from engine.events import Emit
from engine.settings import Prompt, Settings
from training.loop.micro_batches import example_losses
from training.memorisation.canary import (
    canary_example,
    canary_number,
    exposure,
    other_numbers,
)

OTHERS = 64
"""Numbers to compare with: enough to fit three parameters, and about two seconds on a core."""


def canary_exposure(
    model: Any,
    tokenizer: Any,
    prompt: Prompt,
    seed: int,
    token_budget: int,
    dtype: torch.dtype | None = None,
) -> float:
    """The exposure in bits of the number that a run with this seed planted."""
    numbers = [canary_number(seed), *other_numbers(seed, OTHERS)]
    examples = [
        canary_example(tokenizer, prompt, number, mail_id) for mail_id, number in enumerate(numbers)
    ]
    planted, *others = example_losses(model, examples, token_budget, dtype)
    return exposure(planted, others)


class CanaryCallback(TrainerCallback):
    """Emits the exposure of the planted number at every evaluation; without any, every epoch."""

    def __init__(self, settings: Settings, tokenizer: Any, dtype: torch.dtype, emit: Emit) -> None:
        self._settings = settings
        self._tokenizer = tokenizer
        self._dtype = dtype
        self._emit = emit

    def on_evaluate(
        self, args: Any, state: Any, control: Any, model: Any = None, **context: Any
    ) -> None:
        self._measure(model, state.global_step)

    def on_epoch_end(
        self, args: Any, state: Any, control: Any, model: Any = None, **context: Any
    ) -> None:
        if args.eval_strategy == "no":
            self._measure(model, state.global_step)

    def _measure(self, model: Any, step: int) -> None:
        training = self._settings.training
        bits = canary_exposure(
            model,
            self._tokenizer,
            self._settings.prompt,
            training.seed,
            training.micro_batch_tokens,
            self._dtype,
        )
        self._emit(events.Metric(step, {"canary_exposure": bits}))
