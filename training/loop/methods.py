"""The three ways to train: RoSA, LoRA, or all weights; one model and one optimizer for each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from engine.errors import PanzaError
from engine.models import Method
from engine.settings import Rosa, Settings, Training
from training.bases.base_model import in_one_line, without_weights

# All weights move at once in full fine-tuning, so each must move less.
_FULL_LEARNING_RATE_SHARE = 0.05


def check_method(folder: Path, method: Method, settings: Settings) -> None:
    """Look at whether the method suits a base's layers, before that is loaded from its folder.

    Raises PanzaError naming the setting that doesn't.
    """
    from training.rosa import count_passes

    rosa = settings.rosa
    setting = "rosa.target_modules"
    try:
        model = prepare_model(without_weights(folder), method, rosa)
        if method == "rosa" and rosa.d:
            setting = "rosa.mask_memory_mib"
            mails = rosa.mask_batches * settings.training.batch_size
            count_passes(model, mails, memory_budget=rosa.mask_memory_mib << 20)
    except (ValueError, TypeError) as error:
        raise PanzaError(
            f"{setting} does not suit this base model: {in_one_line(error)} Nothing was loaded; "
            f"train anew with another {setting}."
        ) from error


def prepare_model(model: Any, method: Method, rosa: Rosa) -> Any:
    """The model with what shall be trained; only that requires gradients."""
    from peft import LoraConfig, get_peft_model

    if method == "full":
        return model.requires_grad_(True)
    targets: Any = list(rosa.target_modules)
    if targets == ["all-linear"]:
        targets = "all-linear"
    if method == "lora":
        config: Any = LoraConfig(
            r=rosa.r,
            lora_alpha=rosa.alpha,
            lora_dropout=rosa.dropout,
            target_modules=targets,
            task_type="CAUSAL_LM",
        )
    else:
        from training.rosa import RosaConfig

        config = RosaConfig(
            r=rosa.r,
            d=rosa.d,
            alpha=rosa.alpha,
            dropout=rosa.dropout,
            target_modules=targets,
            task_type="CAUSAL_LM",
        )
    return get_peft_model(model, config)


def make_optimizer(model: Any, method: Method, training: Training) -> torch.optim.Optimizer:
    """AdamW; RoSA's sparse part has a learning rate of its own.

    Each group of parameters tells under `rate_of` what its rate is called in a run's figures.
    """
    rate = training.learning_rate
    if method == "full":
        parts = [(list(model.parameters()), rate * _FULL_LEARNING_RATE_SHARE, "learning_rate")]
    elif method == "lora":
        parts = [([p for p in model.parameters() if p.requires_grad], rate, "learning_rate")]
    else:
        from training.rosa import low_rank_parameters, sparse_parameters

        parts = [
            (low_rank_parameters(model), rate, "learning_rate"),
            (sparse_parameters(model), training.sparse_learning_rate, "sparse_learning_rate"),
        ]
    groups = [{"params": p, "lr": lr, "rate_of": name} for p, lr, name in parts if p]
    return torch.optim.AdamW(groups, weight_decay=training.weight_decay)
