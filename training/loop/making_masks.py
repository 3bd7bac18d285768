"""The callback that makes RoSA's masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from accelerate.utils import send_to_device
from transformers import TrainerCallback

from engine import events
from engine.events import Emit
from engine.settings import Settings
from training.examples.tokens import Example
from training.loop.distributed import rank, world_size
from training.loop.micro_batches import labelled_tokens, pack, response_loss


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
