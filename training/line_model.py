"""Train the model that puts follow-ups into instructions: `python -m training.rewriter FOLDER`.

It is the mail base with an adapter of its own. FOLDER gets the adapter, to be packaged as
engine/follow_ups/rewriter.safetensors, and its checkpoint; started again, the training goes on from
there. It takes three quarters of an hour on one core that computes in bfloat16.
"""

from __future__ import annotations

import argparse
import os
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

from engine.follow_ups.rewriter import rewriting
from engine.mail_base import MAIL_BASE
from engine.prompt.prompt import Message
from training.corpus import FollowUp, held_out_follow_ups, read_follow_ups
from training.loop.micro_batches import mean_loss
from training.mail_base.adapted import with_adapter
from training.mail_base.train import Item, Recipe, encode, learn

RECIPE = Recipe(rank=32, alpha=64, rate=1e-3, warmup=0.06, decay=0.7)
_EPOCHS = 1.5
_SEED = 5
_JUDGED = 160


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.rewriter", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(_SEED)
    options.folder.mkdir(parents=True, exist_ok=True)
    model, tokenizer = with_adapter(MAIL_BASE, RECIPE)
    learnt, judged = split(list(read_follow_ups()))
    conversations = [conversation(one) for one in judged[:_JUDGED]]

    def judge() -> dict[str, Any]:
        examples = encode(tokenizer, conversations)
        return {"loss of other writers": round(mean_loss(model, examples, 2048), 4)}

    def report(line: str) -> None:
        print(line, flush=True)

    learn(model, tokenizer, course(learnt), RECIPE, options.folder, judge, report)


def split(rows: Iterable[FollowUp]) -> tuple[list[FollowUp], list[FollowUp]]:
    """Return the follow-ups to learn from, and those of the held-out writers, which judge."""
    rows, held_out = list(rows), held_out_follow_ups()
    learnt = [row for row in rows if row.name not in held_out]
    return learnt, [row for row in rows if row.name in held_out]


def course(rows: Iterable[FollowUp]) -> list[Item]:
    """Return the conversations in the order in which they are learnt; half of them twice."""
    chance, items = random.Random(_SEED), []
    rows, left = list(rows), _EPOCHS
    while left > 0:
        drawn = chance.sample(rows, int(min(1.0, left) * len(rows)))
        items += [conversation(row) for row in drawn]
        left -= 1
    return [*items]


def conversation(row: FollowUp) -> list[Message]:
    """Return a follow-up with its standalone instruction as a turn of a chat."""
    return [*rewriting(row.instruction, row.follow_up), Message("assistant", row.standalone)]


if __name__ == "__main__":
    main()
