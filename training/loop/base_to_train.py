"""Load the base model of a run, if it fits into memory and suits the method."""

from __future__ import annotations

from typing import Any

import torch

from engine import events
from engine.events import Emit
from engine.home.home import Home
from engine.models.models import ModelCard
from engine.settings import Settings
from training.bases.base_model import (
    check_unchanged,
    load_folder,
    load_tokenizer,
    may_download,
    resolve_base,
)
from training.cost.estimate import check_memory
from training.cost.memory_estimate import Saving
from training.loop.methods import check_method

_SAVING = {
    False: "There is not enough memory for the base model's weights in full, so they stay "
    "quantised; the steps take a little longer.",
    True: "There is not enough memory for the base model's weights in full, so they stay "
    "quantised, and each layer is computed twice; the steps take longer.",
}
"""What a run says that saves memory; by whether activations are computed again."""


def load_base_to_train(
    home: Home,
    card: ModelCard,
    settings: Settings,
    device: torch.device,
    dtype: torch.dtype,
    emit: Emit,
) -> tuple[Any, Any, Saving]:
    """Load the base model and tokenizer; says how the run saves memory. Raises PanzaError."""
    allow_download = may_download(settings, card.base)
    check_unchanged(home, card, allow_download=allow_download)
    plan = check_memory(home, settings, card.base, card.method, device, dtype)
    if plan.warning:
        emit(events.Warn(plan.warning))
    saving = plan.saving
    if saving.quantised:
        emit(events.Warn(_SAVING[saving.recomputed]))
    unpacked = not saving.quantised
    folder = resolve_base(home, card.base, allow_download=allow_download, unpacked=unpacked)
    check_method(folder, card.method, settings)
    # Full fine-tuning changes the weights: in bfloat16 small updates would be rounded away.
    held = torch.float32 if card.method == "full" else dtype
    model = load_folder(folder, held, quantised=saving.quantised)
    return model, load_tokenizer(folder), saving
