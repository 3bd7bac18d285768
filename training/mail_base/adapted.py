"""A bundled base with a new adapter, in bfloat16."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model

from engine.home.home import Home
from training.bases.base_model import load_folder, load_tokenizer, resolve_base
from training.mail_base.train import Recipe
from training.rosa import RosaConfig


def with_adapter(base: str, recipe: Recipe) -> tuple[Any, Any]:
    """Return a bundled base's model, with a recipe's adapter on all linear layers, and tokenizer.

    base: one of engine.base_models.resolve.BUNDLED_BASES.
    """
    with tempfile.TemporaryDirectory() as home:
        folder = resolve_base(Home(Path(home)).prepare(), base, allow_download=False)
        model, tokenizer = load_folder(folder, torch.bfloat16), load_tokenizer(folder)
    # RoSA without its sparse part is LoRA, and its layer is the faster of the two on a CPU.
    config = RosaConfig(
        r=recipe.rank,
        d=0.0,
        alpha=recipe.alpha,
        dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config), tokenizer
