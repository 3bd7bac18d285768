"""The three ways to train: RoSA, LoRA, or all weights; one model and one optimizer for each."""

from __future__ import annotations

from typing import Any

import torch

from engine.models import Method
from engine.settings import Rosa, Training

# All weights move at once in full fine-tuning, so each must move less.
_FULL_LEARNING_RATE_SHARE = 0.05


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
