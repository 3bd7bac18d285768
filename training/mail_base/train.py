"""Train the mail base's adapter on the corpus, with a checkpoint every 50 steps."""

from __future__ import annotations

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

from engine.prompt import INSTRUCTION_KINDS, Message
from engine.settings import Prompt
from training.corpus import CorpusMail, held_out_writers, read_contrasts, read_corpus
from training.corpus.conversations import (
    by_writer,
    contrasts_of,
    drafting,
    epoch_of,
    learnt_contrasts,
    learnt_writers,
    other_mails,
    playback,
)
from training.examples.tokens import Example, build_conversation
from training.loop.micro_batches import mean_loss, pack_for, response_loss
from training.loop.packed_attention import unwrap_model
from training.mail_base.shipping import pack_adapter

_CHECKPOINT_EVERY = 50
_HELD_OUT_MAILS = 60
"""Mails of held-out writers whose loss is computed during training; all of them take minutes."""


@dataclass(frozen=True)
class Recipe:
    """How the adapter is trained.

    rank, alpha: of LoRA on all linear layers. rate: the highest learning rate; it rises over
    `warmup` of the steps, and falls to 0 over the last `decay` of them, linearly. epochs,
    contrast_epochs: of ordinary mails, then of contrasts. most_steps: ends the training earlier.
    """

    rank: int = 64
    alpha: int = 128
    rate: float = 1e-3
    warmup: float = 0.03
    decay: float = 0.4
    epochs: int = 1
    contrast_epochs: int = 1
    most_steps: int = 100_000
    batch: int = 16
    micro_batch_tokens: int = 2048
    seed: int = 1


def train(
    model: Any, tokenizer: Any, recipe: Recipe, folder: Path, report: Callable[[str], None]
) -> dict[str, float]:
    """Train, or go on from the folder's checkpoint. Returns the losses on held-out writers.

    model: with a LoRA adapter whose weights are float32. The folder gets the adapter
    (`adapter_model.safetensors`), and `checkpoint.safetensors` meanwhile.
    """
    held_out = held_out_writers()
    judged, contrasts = (
        by_writer(mail for mail in mails if mail.writer in held_out)
        for mails in (read_corpus(), read_contrasts())
    )
    examples = _encode(tokenizer, course(recipe))
    steps = min(recipe.most_steps, math.ceil(len(examples) / recipe.batch))
    optimizer = torch.optim.AdamW(_learnt(model).values(), lr=recipe.rate, weight_decay=0.0)
    step = _resume(model, optimizer, folder)
    report(f"{len(examples)} conversations, {steps} steps, from {step}")
    began, first = time.monotonic(), step
    while step < steps:
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * _share_of_rate(step / steps, recipe)
        batch = examples[step * recipe.batch : (step + 1) * recipe.batch]
        loss = _step(model, optimizer, batch, recipe)
        step += 1
        left = (time.monotonic() - began) / (step - first) * (steps - step)
        report(f"step {step}/{steps} loss {loss:.3f}, {left / 60:.0f} min left")
        if step % _CHECKPOINT_EVERY == 0 or step == steps:
            _keep(model, optimizer, step, folder)
            losses = held_out_losses(model, tokenizer, judged, _HELD_OUT_MAILS)
            report(f"step {step} held out: {json.dumps(losses)}")
            losses = held_out_losses(model, tokenizer, contrasts, _HELD_OUT_MAILS)
            report(f"step {step} held out, contrasts: {json.dumps(losses)}")
    config = unwrap_model(model).config
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    scaling = recipe.alpha / recipe.rank
    pack_adapter(_learnt(model), scaling, heads, folder / "adapter.safetensors")
    return held_out_losses(model, tokenizer, judged, None)


def course(recipe: Recipe) -> list[list[Message]]:
    """Return all conversations in their order: epochs of ordinary mails, then those of contrasts.

    Contrasts come last, while the rate falls: ordinary mails teach what a mail is, and contrasts to
    read the instruction word by word.
    """
    ordinary = [
        epoch_of(learnt_writers(), Prompt(), f"{recipe.seed}/{epoch}")
        for epoch in range(recipe.epochs + recipe.contrast_epochs)
    ]
    contrasts = [
        contrasts_of(learnt_contrasts(), beside, Prompt(), f"{recipe.seed}/contrasts/{epoch}")
        for epoch, beside in enumerate(ordinary[recipe.epochs :])
    ]
    return [message for epoch in ordinary[: recipe.epochs] + contrasts for message in epoch]


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
        task: round(mean_loss(model, _encode(tokenizer, conversations), 2048), 4)
        for task, conversations in tasks.items()
    }


def _encode(tokenizer: Any, conversations: Sequence[Sequence[Message]]) -> list[Example]:
    return [
        build_conversation(tokenizer, messages, mail_id=index)
        for index, messages in enumerate(conversations)
    ]


def _step(model: Any, optimizer: Any, batch: Sequence[Example], recipe: Recipe) -> float:
    model.train()
    labelled = sum(example.labelled_tokens for example in batch)
    total = 0.0
    for micro_batch in pack_for(model, batch, recipe.micro_batch_tokens):
        loss = response_loss(model, micro_batch) / labelled
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


def _resume(model: Any, optimizer: Any, folder: Path) -> int:
    """Load the folder's checkpoint, if any. Returns its step."""
    from safetensors import safe_open

    path = folder / "checkpoint.safetensors"
    if not path.exists():
        return 0
    with safe_open(path, framework="pt") as file:
        step = int(file.metadata()["step"])
        for name, parameter in _learnt(model).items():
            parameter.data.copy_(file.get_tensor(f"weight/{name}"))
            optimizer.state[parameter] = {
                "step": torch.tensor(float(step)),
                "exp_avg": file.get_tensor(f"first/{name}"),
                "exp_avg_sq": file.get_tensor(f"second/{name}"),
            }
    return step
