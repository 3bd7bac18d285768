"""Train the mail base: `python -m training.mail_base FOLDER`.

FOLDER gets the adapter and its checkpoint. Started again, it goes on from the checkpoint. It takes
an hour and a half on one core that computes in bfloat16.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import torch

from engine.models.packaged import EMBEDDED_BASE
from training.mail_base.adapted import with_adapter
from training.mail_base.train import Recipe, begin_with, train


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
    model, tokenizer = with_adapter(EMBEDDED_BASE, recipe)
    if start:
        begin_with(model, start, recipe)
    losses = train(model, tokenizer, recipe, folder, lambda line: print(line, flush=True))
    print(recipe, losses)


if __name__ == "__main__":
    main()
