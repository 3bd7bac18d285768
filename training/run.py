"""One training run = one process = one folder. `python -m training.run --home DIR NAME`.

The run speaks through its events.jsonl and its card alone, so that whoever started it may leave.
SIGINT or SIGTERM stops it after the current step, with a checkpoint; started again, it goes on
from the newest whole checkpoint. The exit code says how it ended: 0 finished, 130 stopped, 1 failed.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import resource
import shutil
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import TrainingArguments, set_seed

from engine import database, events
from engine.errors import PanzaError
from engine.events import EventLog
from engine.home import Home
from engine.locks import hold
from engine.models import ModelCard, read_card
from engine.settings import Settings, from_toml_values
from training.base_model import choose_device, choose_dtype, load_base
from training.callbacks import EventCallback, MaskCallback, StopCallback
from training.cards import write_card
from training.examples import Example
from training.make_examples import make_examples
from training.methods import prepare_model
from training.micro_batches import mean_loss
from training.personal_model import ADAPTER, FULL
from training.run_folder import last_checkpoint, played_mails, read_split
from training.trainer import MailTrainer

_PATIENCE = 2
"""Epochs without a better validation loss after which a run ends: small sets overfit early."""


@dataclasses.dataclass(frozen=True)
class _Data:
    train: list[Example]
    validation: list[Example]
    held_out: list[Example]


def run(home: Home, name: str) -> int:
    """Train model `name` from its folder, or go on with it. Returns the exit code."""
    folder = home.model(name)
    with hold(folder / "run.lock", f"the training run '{name}'"):
        emit = EventLog(folder / "events.jsonl")
        try:
            stopped = _train(home, read_card(home, name), emit)
        except PanzaError as error:
            _fail(home, name, str(error), emit)
            return 1
        except Exception as error:
            traceback.print_exc()
            _fail(home, name, f"{type(error).__name__}: {_one_line(error)}", emit)
            return 1
    return 130 if stopped else 0


def _train(home: Home, card: ModelCard, emit: EventLog) -> bool:
    started = time.monotonic()
    folder = home.model(card.name)
    settings = from_toml_values(card.settings, f"the card of '{card.name}'")
    checkpoint = last_checkpoint(folder)
    about = {"name": card.name, "base": card.base, "method": card.method, **card.data}
    emit(events.Started("train", about | {"resumed_from": checkpoint.name if checkpoint else None}))
    card = dataclasses.replace(card, state="started")
    write_card(home, card)

    set_seed(settings.training.seed)
    device = choose_device()
    dtype = torch.float32 if card.method == "full" else choose_dtype(device)
    model, tokenizer = load_base(
        home, card.base, allow_download=settings.model.allow_download, dtype=dtype
    )
    data = _load_data(home, card.name, settings, tokenizer, emit)
    budget = settings.training.micro_batch_tokens
    model.to(device)
    figures = dict(card.figures)
    if "held_out_loss_base" not in figures:
        figures["held_out_loss_base"] = mean_loss(model, data.held_out, budget)
        card = dataclasses.replace(card, figures=figures)
        write_card(home, card)
        emit(events.Metric(0, {"held_out_loss": figures["held_out_loss_base"]}))
    model = prepare_model(model, card.method, settings.rosa)

    stop = StopCallback()
    callbacks = [EventCallback(emit), stop]
    if card.method == "rosa" and settings.rosa.d > 0:
        callbacks.append(MaskCallback(settings, data.train, emit))
    trainer = MailTrainer(
        method=card.method,
        training=settings.training,
        train=data.train,
        validation=data.validation,
        model=model,
        args=_arguments(folder, card, settings, bool(data.validation), dtype),
        callbacks=callbacks,
    )
    stop.listen()
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if stop.requested:
        write_card(home, dataclasses.replace(card, state="stopped"))
        emit(events.Failed(f"stopped after step {trainer.state.global_step}", resumable=True))
        return True

    figures["held_out_loss"] = mean_loss(trainer.model, data.held_out, budget)
    emit(events.Metric(trainer.state.global_step, {"held_out_loss": figures["held_out_loss"]}))
    if trainer.state.best_metric is not None:
        figures["validation_loss"] = trainer.state.best_metric
    _keep(trainer.model, folder, card)
    figures["steps"] = trainer.state.global_step
    figures["seconds"] = round(card.figures.get("seconds", 0) + time.monotonic() - started, 1)
    figures["peak_memory_gib"] = round(peak_memory_gib(), 2)
    write_card(home, dataclasses.replace(card, state="finished", figures=figures))
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    emit(events.Finished(figures))
    return False


def _load_data(home: Home, name: str, settings: Settings, tokenizer: Any, emit: EventLog) -> _Data:
    connection = database.connect(home.database)
    split = read_split(home, name)
    mails = {played.mail.id: played for played in played_mails(connection)}

    def side(ids: Sequence[int]) -> list[Example]:
        chosen = [mails[mail_id] for mail_id in ids if mail_id in mails]
        return make_examples(chosen, connection, settings, tokenizer, emit)

    return _Data(side(split.train), side(split.validation), side(split.held_out))


def _arguments(
    folder: Path, card: ModelCard, settings: Settings, validates: bool, dtype: torch.dtype
) -> TrainingArguments:
    training = settings.training
    return TrainingArguments(
        output_dir=str(folder / "checkpoints"),
        num_train_epochs=training.epochs,
        max_steps=card.data.get("max_steps") or -1,
        per_device_train_batch_size=training.batch_size,
        learning_rate=training.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=training.warmup_ratio,
        weight_decay=training.weight_decay,
        max_grad_norm=training.max_grad_norm,
        seed=training.seed,
        eval_strategy="epoch" if validates else "no",
        save_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end=validates,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        logging_steps=1,
        logging_nan_inf_filter=False,
        bf16=dtype == torch.bfloat16,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        disable_tqdm=True,
        report_to=[],
        log_level="error",
    )


def _keep(model: Any, folder: Path, card: ModelCard) -> None:
    """Save the result under its final name, whole or not at all."""
    final = folder / (FULL if card.method == "full" else ADAPTER)
    draft = folder / f".{final.name}.partial"
    shutil.rmtree(draft, ignore_errors=True)
    model.save_pretrained(draft)
    shutil.rmtree(final, ignore_errors=True)
    draft.replace(final)


def peak_memory_gib() -> float:
    """The most memory this process has held, in GiB (on macOS the kernel counts bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def _fail(home: Home, name: str, error: str, emit: EventLog) -> None:
    resumable = last_checkpoint(home.model(name)) is not None
    emit(events.Failed(error, resumable))
    write_card(home, dataclasses.replace(read_card(home, name), state="failed"))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.run", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("name")
    arguments = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sys.exit(run(Home(arguments.home).prepare(), arguments.name))


if __name__ == "__main__":
    main()
