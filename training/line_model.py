"""Train the model for the lines that users type: `python -m training.line_model FOLDER`.

It is the mail base with an adapter of its own. FOLDER gets the adapter, to be packaged as
engine/mail_base/lines.safetensors, and its checkpoint; started again, the training goes on from
there. It takes two hours on one core that computes in bfloat16.
"""

from __future__ import annotations

import argparse
import os
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import torch

from engine.direct_speech.by_model import saying
from engine.follow_ups.rewriter import rewriting
from engine.mail_base import MAIL_BASE
from engine.prompt.prompt import Message
from training.corpus import (
    FollowUp,
    SaidLine,
    held_out_names,
    read_follow_ups,
    read_said_lines,
)
from training.loop.micro_batches import mean_loss
from training.mail_base.adapted import with_adapter
from training.mail_base.train import Item, Recipe, begin_with, encode, learn

Row = FollowUp | SaidLine
_Row = TypeVar("_Row", FollowUp, SaidLine)

RECIPE = Recipe(rank=32, alpha=64, rate=1e-3, warmup=0.06, decay=0.7)
_EPOCHS = 1.5
_SEED = 5
_JUDGED = 160


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.line_model", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--start", type=Path, help="a checkpoint or packed adapter to begin with")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(_SEED)
    options.folder.mkdir(parents=True, exist_ok=True)
    model, tokenizer = with_adapter(MAIL_BASE, RECIPE)
    if options.start:
        begin_with(model, options.start, RECIPE)
    follow_ups, other_follow_ups = split(read_follow_ups())
    lines, other_lines = split(read_said_lines())
    judged: dict[str, list[Row]] = {
        "follow-ups": [*_some(other_follow_ups)],
        "said": [*_some(other_lines)],
    }

    def judge() -> dict[str, Any]:
        return {
            f"loss of other writers, {name}": round(
                mean_loss(model, encode(tokenizer, [conversation(row) for row in rows]), 2048), 4
            )
            for name, rows in judged.items()
        }

    def report(line: str) -> None:
        print(line, flush=True)

    learn(model, tokenizer, course([*follow_ups, *lines]), RECIPE, options.folder, judge, report)


def split(rows: Iterable[_Row]) -> tuple[list[_Row], list[_Row]]:
    """Return the lines to learn from, and those of the held-out writers, which judge."""
    rows, held_out = list(rows), held_out_names()
    learnt = [row for row in rows if row.name not in held_out]
    return learnt, [row for row in rows if row.name in held_out]


def _some(rows: list[_Row]) -> list[_Row]:
    return random.Random(_SEED).sample(rows, min(_JUDGED, len(rows)))


def course(rows: Iterable[Row]) -> list[Item]:
    """Return the conversations in the order in which they are learnt; half of them twice."""
    chance = random.Random(_SEED)
    items: list[Item] = []
    rows, left = list(rows), _EPOCHS
    while left > 0:
        drawn = chance.sample(rows, int(min(1.0, left) * len(rows)))
        items += [conversation(row) for row in drawn]
        left -= 1
    return items


def conversation(row: Row) -> list[Message]:
    """Return a line with what it means as a turn of a chat."""
    if isinstance(row, SaidLine):
        return [*saying(row.line, row.name, row.to), Message("assistant", row.said)]
    return [*rewriting(row.instruction, row.follow_up), Message("assistant", row.standalone)]


if __name__ == "__main__":
    main()
