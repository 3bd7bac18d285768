"""Train the mail base's adapter on the corpus, with a checkpoint every 50 steps."""

from __future__ import annotations

import itertools
import json
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.prompt.prompt import INSTRUCTION_KINDS, Message
from engine.settings import Prompt
from training.corpus import (
    CorpusMail,
    held_out_writers,
    read_contrasts,
    read_corpus,
)
from training.corpus.contrast_sets import ContrastSet, contrast_sets
from training.corpus.conversations import (
    by_writer,
    contrasts_of,
    drafting,
    epoch_of,
    learnt_contrasts,
    learnt_writers,
    mixed,
    other_mails,
    playback,
)
from training.corpus.judged_sets import judged_drafts, judged_items
from training.examples.tokens import Example, build_conversation
from training.loop.micro_batches import mean_loss, pack_for, response_loss
from training.loop.packed_attention import unwrap_model
from training.mail_base.contrast_loss import contrast_loss, encode_set, told_apart
from training.mail_base.shipping import pack_adapter, unpack_adapter

Item = list[Message] | ContrastSet
"""What a step learns from."""

_CHECKPOINT_EVERY = 50
# How many are mixed in for each set, and for each item of judged drafts. Chosen by hand.
_ORDINARY_BESIDE_SETS = 0.35
_SETS_BESIDE_JUDGED, _ORDINARY_BESIDE_JUDGED = 0.3, 0.15
_HELD_OUT_MAILS, _HELD_OUT_SETS = 60, 120
"""Of held-out writers, whose loss is computed during training; all of them take minutes."""


@dataclass(frozen=True)
class Recipe:
    """How the adapter is trained.

    rank, alpha: of LoRA on all linear layers. rate: the highest learning rate; it rises over
    `warmup` of the steps, and falls to 0 over the last `decay` of them, linearly. epochs,
    contrast_epochs, set_epochs, judged_epochs: of ordinary mails, then of contrasts, of sets of
    contrasts, and of judged drafts. apart: the weight of telling a set apart, where likelihood
    has 1. most_steps: training ends after so many.
    """

    rank: int = 64
    alpha: int = 128
    rate: float = 1e-3
    warmup: float = 0.03
    decay: float = 0.4
    epochs: int = 1
    contrast_epochs: int = 1
    set_epochs: int = 1
    judged_epochs: int = 1
    apart: float = 2.0
    most_steps: int = 100_000
    batch: int = 16
    micro_batch_tokens: int = 2048
    seed: int = 1


def train(
    model: Any, tokenizer: Any, recipe: Recipe, folder: Path, report: Callable[[str], None]
) -> dict[str, float]:
    """Train, or go on from the folder's checkpoint. Returns the losses on held-out writers.

    model: with a LoRA adapter whose weights are float32. Writes to the folder
    `checkpoint.safetensors` while it trains, and at the end `adapter.safetensors`, as shipped.
    """
    held_out = held_out_writers()
    judged, contrasts = (
        by_writer(mail for mail in mails if mail.writer in held_out)
        for mails in (read_corpus(), read_contrasts())
    )

    def judge() -> dict[str, Any]:
        return {
            "held out": held_out_losses(model, tokenizer, judged, _HELD_OUT_MAILS),
            "held out, contrasts": held_out_losses(model, tokenizer, contrasts, _HELD_OUT_MAILS),
            "held out, told apart": told_apart_by_task(model, tokenizer, contrasts),
        }

    learn(model, tokenizer, course(recipe), recipe, folder, judge, report)
    return held_out_losses(model, tokenizer, judged, None)


def learn(
    model: Any,
    tokenizer: Any,
    items: Sequence[Item],
    recipe: Recipe,
    folder: Path,
    judge: Callable[[], dict[str, Any]],
    report: Callable[[str], None],
) -> None:
    """Learn from items in their order, or go on from the folder's checkpoint.

    judge: figures of the model as it is, name -> figure, which are reported at each checkpoint.
    """
    steps = min(recipe.most_steps, math.ceil(len(items) / recipe.batch))
    optimizer = torch.optim.AdamW(_learnt(model).values(), lr=recipe.rate, weight_decay=0.0)
    step = _resume(model, optimizer, folder / "checkpoint.safetensors")
    report(f"{len(items)} conversations and sets, {steps} steps, from {step}")
    began, first = time.monotonic(), step
    while step < steps:
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * _share_of_rate(step / steps, recipe)
        batch = items[step * recipe.batch : (step + 1) * recipe.batch]
        loss = _step(model, tokenizer, optimizer, batch, recipe)
        step += 1
        left = (time.monotonic() - began) / (step - first) * (steps - step)
        report(f"step {step}/{steps} loss {loss:.3f}, {left / 60:.0f} min left")
        if step % _CHECKPOINT_EVERY == 0 or step == steps:
            _keep(model, optimizer, step, folder)
            for name, figure in judge().items():
                report(f"step {step} {name}: {json.dumps(figure)}")
    scaling = recipe.alpha / recipe.rank
    pack_adapter(_learnt(model), scaling, _heads(model), folder / "adapter.safetensors")


def course(recipe: Recipe) -> list[Item]:
    """Return the training items in order: ordinary mails, contrasts, sets of them, judged drafts.

    Ordinary mails teach what a mail is; contrasts and sets teach the model to read the
    instruction word by word, and judged drafts teach it which of its own drafts are right.
    """
    writers = learnt_writers()
    ordinary = (
        epoch_of(writers, Prompt(), f"{recipe.seed}/{epoch}") for epoch in itertools.count()
    )
    items: list[Item] = []
    for _ in range(recipe.epochs):
        items += next(ordinary)
    for epoch in range(recipe.contrast_epochs):
        seed = f"{recipe.seed}/contrasts/{epoch}"
        items += contrasts_of(learnt_contrasts(), next(ordinary), Prompt(), seed)
    for epoch in range(recipe.set_epochs):
        seed = f"{recipe.seed}/sets/{epoch}"
        sets = contrast_sets(learnt_contrasts(), Prompt(), seed)
        items += mixed(sets, random.Random(seed), (next(ordinary), _ORDINARY_BESIDE_SETS))
    for epoch in range(recipe.judged_epochs):
        seed = f"{recipe.seed}/judged/{epoch}"
        judged = judged_items(judged_drafts(), Prompt(), seed)
        sets = contrast_sets(learnt_contrasts(), Prompt(), seed)
        others = next(ordinary)
        beside = (sets, _SETS_BESIDE_JUDGED), (others, _ORDINARY_BESIDE_JUDGED)
        items += mixed(judged, random.Random(seed), *beside)
    return items


def told_apart_by_task(
    model: Any, tokenizer: Any, writers: Mapping[str, Sequence[CorpusMail]]
) -> dict[str, list[float]]:
    """Return task -> [share of prompts that find their answer, of answers that find their prompt,
    number of prompts], for some sets."""
    counts: dict[str, list[int]] = {}
    for contrast in contrast_sets(writers, Prompt(), "held out")[:_HELD_OUT_SETS]:
        if examples := encode_set(tokenizer, contrast):
            found = told_apart(model, examples)
            known = counts.get(contrast.task, [0, 0, 0])
            counts[contrast.task] = [a + b for a, b in zip(known, found, strict=True)]
    return {
        task: [round(answers / of, 3), round(prompts / of, 3), of]
        for task, (answers, prompts, of) in counts.items()
    }


def held_out_losses(
    model: Any, tokenizer: Any, writers: Mapping[str, Sequence[CorpusMail]], most: int | None
) -> dict[str, float]:
    """Nats per token by task: drafting with its revision, and playback, for writers not learnt.

    most: how many mails, drawn at random; None for all.
    """
    draw = random.Random("held out")
    mails = [mail for group in writers.values() for mail in group]
    if most is not None:
        mails = draw.sample(mails, most)
    tasks: dict[str, list[list[Message]]] = {"drafting": [], "playback": []}
    for mail in mails:
        others = other_mails(mail, writers[mail.writer])
        kind = draw.choice(INSTRUCTION_KINDS)
        tasks["drafting"].append(drafting(mail, kind, others, Prompt(), draw))
        tasks["playback"].append(playback(mail, Prompt(), draw))
    return {
        task: round(mean_loss(model, encode(tokenizer, conversations), 2048), 4)
        for task, conversations in tasks.items()
    }


def encode(tokenizer: Any, conversations: Sequence[Sequence[Message]]) -> list[Example]:
    """Return conversations as tokens; their last turns are what is learnt."""
    return [
        build_conversation(tokenizer, messages, mail_id=index)
        for index, messages in enumerate(conversations)
    ]


def _step(
    model: Any, tokenizer: Any, optimizer: Any, batch: Sequence[Item], recipe: Recipe
) -> float:
    """Learn from the items. Returns the loss: nats per token, with the sets' telling apart."""
    model.train()
    sets = [encode_set(tokenizer, item) for item in batch if isinstance(item, ContrastSet)]
    examples = encode(tokenizer, [item for item in batch if not isinstance(item, ContrastSet)])
    own = [row[i] for rows in sets for i, row in enumerate(rows) if i < len(row)]
    labelled = sum(example.labelled_tokens for example in examples + own)
    total = 0.0
    for micro_batch in pack_for(model, examples, recipe.micro_batch_tokens):
        loss = response_loss(model, micro_batch) / labelled
        loss.backward()
        total += loss.item()
    for rows in sets:
        if rows:
            loss = contrast_loss(model, rows, recipe.apart) / labelled
            loss.backward()
            total += loss.item()
    torch.nn.utils.clip_grad_norm_(_learnt(model).values(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return total


def _share_of_rate(done: float, recipe: Recipe) -> float:
    return min(1.0, (done + 1e-3) / recipe.warmup, (1.0 - done) / recipe.decay)


def _learnt(model: Any) -> dict[str, Tensor]:
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


def _keep(model: Any, optimizer: Any, step: int, folder: Path) -> None:
    """Write a checkpoint: weights, AdamW's moments and the step, under a temporary name first."""
    from safetensors.torch import save_file

    tensors: dict[str, Tensor] = {}
    for name, parameter in _learnt(model).items():
        state = optimizer.state[parameter]
        tensors |= {
            f"weight/{name}": parameter.detach(),
            f"first/{name}": state["exp_avg"],
            f"second/{name}": state["exp_avg_sq"],
        }
    draft = folder / "checkpoint.partial"
    save_file(tensors, draft, metadata={"step": str(step)})
    draft.replace(folder / "checkpoint.safetensors")


def begin_with(model: Any, path: Path, recipe: Recipe) -> None:
    """Begin with the weights of another training: of its checkpoint, or of its packed adapter."""
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        is_checkpoint = any(name.startswith("weight/") for name in file.keys())  # noqa: SIM118
    if is_checkpoint:
        _load_weights(model, path)
    else:
        unpack_adapter(path, _learnt(model), recipe.alpha / recipe.rank, _heads(model))


def _heads(model: Any) -> dict[str, int]:
    """The heads of q and k, by their names in a GGUF."""
    config = unwrap_model(model).config
    return {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}


def _load_weights(model: Any, checkpoint: Path) -> None:
    from safetensors import safe_open

    with safe_open(checkpoint, framework="pt") as file:
        for name, parameter in _learnt(model).items():
            parameter.data.copy_(file.get_tensor(f"weight/{name}"))


def _resume(model: Any, optimizer: Any, checkpoint: Path) -> int:
    """Load the checkpoint, if there is one. Returns its step."""
    from safetensors import safe_open

    if not checkpoint.exists():
        return 0
    _load_weights(model, checkpoint)
    with safe_open(checkpoint, framework="pt") as file:
        step = int(file.metadata()["step"])
        for name, parameter in _learnt(model).items():
            optimizer.state[parameter] = {
                "step": torch.tensor(float(step)),
                "exp_avg": file.get_tensor(f"first/{name}"),
                "exp_avg_sq": file.get_tensor(f"second/{name}"),
            }
    return step
