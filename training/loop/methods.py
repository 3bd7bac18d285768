"""The training methods: RoSA, LoRA and full fine-tuning, each with its model and optimizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from engine.errors import PanzaError, one_line
from engine.models.models import Method
from engine.settings import Rosa, Settings, Training
from training.bases.base_model import load_without_weights

_FULL_LEARNING_RATE_SHARE = 0.1
"""Of training.learning_rate for full fine-tuning, where all weights move at once.

With the default rate of 5e-4 this is 5e-5, transformers' own default.
"""


def check_method(folder: Path, method: Method, settings: Settings) -> None:
    """Check that the method suits the base model in `folder`, without loading its weights.

    Raises PanzaError naming the setting that does not.
    """
    from training.rosa import count_passes

    rosa = settings.rosa
    setting = "rosa.target_modules"
    try:
        model = prepare_model(load_without_weights(folder), method, rosa)
        if method == "rosa" and rosa.d:
            setting = "rosa.mask_memory_mib"
            mails = rosa.mask_batches * settings.training.batch_size
            count_passes(model, mails, memory_budget=rosa.mask_memory_mib << 20)
    except (ValueError, TypeError) as error:
        raise PanzaError(
            f"{setting} does not suit this base model: {one_line(error)}. Nothing was loaded; "
            f"train again with another {setting}."
        ) from error


def prepare_model(model: Any, method: Method, rosa: Rosa) -> Any:
    """Return the model with its adapter, if any; only what is trained requires gradients."""
    from peft import LoraConfig, get_peft_model

    if method == "full":
        return model.requires_grad_(True)
    target_modules: Any = list(rosa.target_modules)
    if target_modules == ["all-linear"]:
        target_modules = "all-linear"
    if method == "lora":
        config: Any = LoraConfig(
            r=rosa.r,
            lora_alpha=rosa.alpha,
            lora_dropout=rosa.dropout,
            target_modules=target_modules,
            task_type="CAUSAL_LM",
        )
    else:
        from training.rosa import RosaConfig

        config = RosaConfig(
            r=rosa.r,
            d=rosa.d,
            alpha=rosa.alpha,
            dropout=rosa.dropout,
            target_modules=target_modules,
            task_type="CAUSAL_LM",
        )
    return get_peft_model(model, config)


def make_optimizer(model: Any, method: Method, training: Training) -> torch.optim.Optimizer:
    """AdamW; RoSA's sparse part has its own learning rate.

    `rate_name` of a parameter group is what its learning rate is called in the run's metrics.
    """
    rate = training.learning_rate
    if method == "full":
        groups = [(list(model.parameters()), rate * _FULL_LEARNING_RATE_SHARE, "learning_rate")]
    elif method == "lora":
        groups = [([p for p in model.parameters() if p.requires_grad], rate, "learning_rate")]
    else:
        from training.rosa import low_rank_parameters, sparse_parameters

        groups = [
            (low_rank_parameters(model), rate, "learning_rate"),
            (sparse_parameters(model), training.sparse_learning_rate, "sparse_learning_rate"),
        ]
    return torch.optim.AdamW(
        [{"params": params, "lr": lr, "rate_name": name} for params, lr, name in groups if params],
        weight_decay=training.weight_decay,
    )
