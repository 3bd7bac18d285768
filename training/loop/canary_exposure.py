"""Measure how much of the planted number a model has memorised."""

from __future__ import annotations

from typing import Any

from engine.settings import Prompt
from training.loop.micro_batches import example_losses
from training.memorisation.canary import (
    canary_example,
    canary_number,
    exposure,
    other_numbers,
)

_OTHERS = 64
"""Numbers to compare with: enough to fit three parameters, and two seconds on a core."""


def canary_exposure(
    model: Any, tokenizer: Any, prompt: Prompt, seed: int, token_budget: int
) -> float:
    """The exposure in bits of the number that a run with this seed planted."""
    numbers = [canary_number(seed), *other_numbers(seed, _OTHERS)]
    examples = [
        canary_example(tokenizer, prompt, number, mail_id) for mail_id, number in enumerate(numbers)
    ]
    planted, *others = example_losses(model, examples, token_budget)
    return exposure(planted, others)
