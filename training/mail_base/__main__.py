"""Train the mail base: `python -m training.mail_base FOLDER`.

FOLDER gets the adapter and its checkpoint. Started again, it goes on from the checkpoint. It takes
an hour and a half on one core that computes in bfloat16.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import torch
from peft import get_peft_model

from engine.home.home import Home
from engine.models.packaged import EMBEDDED_BASE
from training.bases.base_model import load_folder, load_tokenizer, resolve_base
from training.mail_base.train import Recipe, begin_with, train
from training.rosa import RosaConfig


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.mail_base", description=__doc__)
    parser.add_argument("folder", type=Path)
    defaults = Recipe()
    parser.add_argument("--rank", type=int, default=defaults.rank)
    parser.add_argument("--alpha", type=int, default=defaults.alpha)
    parser.add_argument("--rate", type=float, default=defaults.rate)
    parser.add_argument("--decay", type=float, default=defaults.decay)
    parser.add_argument("--epochs", type=int, default=defaults.epochs)
    parser.add_argument("--contrast-epochs", type=int, default=defaults.contrast_epochs)
    parser.add_argument("--set-epochs", type=int, default=defaults.set_epochs)
    parser.add_argument("--judged-epochs", type=int, default=defaults.judged_epochs)
    parser.add_argument("--apart", type=float, default=defaults.apart)
    parser.add_argument("--start", type=Path, help="a checkpoint or packed adapter to begin with")
    parser.add_argument("--most-steps", type=int, default=defaults.most_steps)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options = vars(parser.parse_args())
    folder: Path = options.pop("folder")
    start: Path | None = options.pop("start")
    torch.set_num_threads(options.pop("threads"))
    recipe = Recipe(**options)
    torch.manual_seed(recipe.seed)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        base = resolve_base(Home(Path(home)).prepare(), EMBEDDED_BASE, allow_download=False)
        model, tokenizer = load_folder(base, torch.bfloat16), load_tokenizer(base)
    # RoSA without its sparse part is LoRA, and its layer is the faster of the two on a CPU.
    config = RosaConfig(
        r=recipe.rank,
        d=0.0,
        alpha=recipe.alpha,
        dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    model = get_peft_model(model, config)
    if start:
        begin_with(model, start, recipe)
    losses = train(model, tokenizer, recipe, folder, lambda line: print(line, flush=True))
    print(recipe, losses)


if __name__ == "__main__":
    main()
