"""One training run from its folder to the trained model: load, prepare, train, finish."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import time
from pathlib import Path
from typing import Any

import torch
from transformers import set_seed

from engine import events
from engine.database import database
from engine.encryption.stored import readable
from engine.events import Emit
from engine.home.home import Home
from engine.models.models import IS_BETTER, UPDATED_FROM, ModelCard
from engine.settings import Settings, from_toml_values
from training.bases.base_model import choose_device, choose_dtype
from training.cards import write_card
from training.cost.memory import peak_memory_gib
from training.loop.adopt import adopt, predecessor
from training.loop.base_to_train import load_base_to_train
from training.loop.best_epoch import BestCheckpointCallback, EarlyStoppingCallback
from training.loop.callbacks import EpochCallback, EventCallback, MemoryCallback
from training.loop.canary_exposure import CanaryCallback
from training.loop.distributed import any_of, rank, wait_for_all
from training.loop.making_masks import MaskCallback
from training.loop.methods import prepare_model
from training.loop.micro_batches import mean_loss
from training.loop.past_mail_losses import losses_by_past_mails
from training.loop.run_data import RunData, load_run_data, stored_instruction
from training.loop.samples import SampleCallback
from training.loop.stopping import PauseCallback, StopCallback
from training.loop.trainer import MailTrainer, trainer_arguments
from training.personal_model import keep_personal, load_to_update
from training.runs.checkpoints import last_checkpoint
from training.runs.past_mails import with_number
from training.runs.run_folder import check_resumable

_JUDGED = "judged_loss"
"""The figure that an update is compared by: the loss on the validation and held-out mails."""

EARLY_STOPPING_PATIENCE = 2
"""Epochs without a better validation loss after which a run ends; small mailboxes overfit early.

Measured on 132 mails of one person: best in epoch 2 of 4, overfitted by epoch 4.
"""


@dataclasses.dataclass(frozen=True)
class _Run:
    """A loaded run. model: on the device, the base model until it gets what is trained.

    before: the model that it updates, if any. dtype: the format to compute in. recomputed: see
    Saving.
    """

    home: Home
    card: ModelCard
    before: ModelCard | None
    settings: Settings
    checkpoint: Path | None
    model: Any
    tokenizer: Any
    data: RunData
    dtype: torch.dtype
    recomputed: bool
    emit: Emit

    @property
    def folder(self) -> Path:
        return self.home.model(self.card.name)


def train(home: Home, name: str, stop: StopCallback, emit: Emit) -> bool:
    """Train model `name` from its folder, or resume it. Returns whether it was stopped early."""
    started = time.monotonic()
    run = _evaluate_base(_load(home, name, emit))
    if any_of(stop.requested, device=run.model.device)[0]:
        _stop(run, _step_of(run.checkpoint), started)
        return True

    pause = PauseCallback(run.folder, lambda: stop.requested, emit)
    trainer = _prepare(run, stop, pause)
    run = _evaluate_before(dataclasses.replace(run, model=trainer.model))
    with readable(run.checkpoint) if run.checkpoint else contextlib.nullcontext() as checkpoint:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    wait_for_all()
    if rank() == 0:
        started += pause.seconds
        if stop.stopped:
            _stop(run, trainer.state.global_step, started)
        else:
            card = _finish(run, trainer, started)
            settings = run.settings
            del run, trainer  # An export loads the model again.
            if card.data.get(UPDATED_FROM):
                adopt(home, card, settings, emit)
            emit(events.Finished(card.figures))
    return stop.stopped


def _load(home: Home, name: str, emit: Emit) -> _Run:
    """Check that the run can start, then load its base model and its examples."""
    with contextlib.closing(database.connect(home.database)) as connection:
        card = check_resumable(home, connection, name)
        settings = _offline(from_toml_values(card.settings, f"the card of '{name}'"))
        before = predecessor(home, connection, card)
        checkpoint = last_checkpoint(home.model(name))
        about = {"name": name, "base": card.base, "method": card.method, **card.data}
        resumed = {"resumed_from": checkpoint.name if checkpoint else None}
        emit(events.Started("train", about | resumed))
        card = dataclasses.replace(card, state="started")
        _write_card(home, card)

        set_seed(settings.training.seed)
        device = choose_device()
        dtype = choose_dtype(home, device)
        model, tokenizer, saving = load_base_to_train(home, card, settings, device, dtype, emit)
        data = load_run_data(home, connection, name, settings, tokenizer, emit)
    model = model.to(device)
    again = saving.recomputed
    return _Run(
        home, card, before, settings, checkpoint, model, tokenizer, data, dtype, again, emit
    )


def _offline(settings: Settings) -> Settings:
    """Return the settings of a card, which may be another's and does not allow a download.

    Whoever begins a run has the base model fetched before.
    """
    return dataclasses.replace(
        settings, model=dataclasses.replace(settings.model, allow_download=False)
    )


def _evaluate_base(run: _Run) -> _Run:
    """Write the base model's held-out loss to the card, unless an earlier start did."""
    if not run.data.held_out or "held_out_loss_base" in run.card.figures:
        return run
    budget = run.settings.training.micro_batch_tokens
    loss = mean_loss(run.model, run.data.held_out, budget, run.dtype)
    figures = run.card.figures | {"held_out_loss_base": loss}
    run = dataclasses.replace(run, card=dataclasses.replace(run.card, figures=figures))
    _write_card(run.home, run.card)
    run.emit(events.Metric(0, {"held_out_loss": loss}))
    return run


def _evaluate_before(run: _Run) -> _Run:
    """Write to the card how good the model that is updated is, unless an earlier start did."""
    if not run.before or f"{_JUDGED}_before" in run.card.figures:
        return run
    losses = _judged_losses(run, run.model)
    figures = run.card.figures | {f"{key}_before": loss for key, loss in losses.items()}
    run = dataclasses.replace(run, card=dataclasses.replace(run.card, figures=figures))
    _write_card(run.home, run.card)
    return run


def _judged_losses(run: _Run, model: Any) -> dict[str, float]:
    """The losses on what is not trained on: of each side, and of both together."""
    sides = {"validation_loss": run.data.validation, "held_out_loss": run.data.held_out}
    budget = run.settings.training.micro_batch_tokens
    losses = {
        key: mean_loss(model, examples, budget, run.dtype)
        for key, examples in sides.items()
        if examples
    }
    tokens = {key: sum(e.labelled_tokens for e in examples) for key, examples in sides.items()}
    if losses:
        total = sum(loss * tokens[key] for key, loss in losses.items())
        losses[_JUDGED] = total / sum(tokens.values())
    return losses


def _prepare(run: _Run, stop: StopCallback, pause: PauseCallback) -> MailTrainer:
    """Add the adapter to the base model and make the trainer with its callbacks."""
    card, settings, data = run.card, run.settings, run.data
    if run.before:
        model = load_to_update(run.home, run.before, run.model)
    else:
        model = prepare_model(run.model, card.method, settings.rosa)
    if run.recomputed:
        run.model.gradient_checkpointing_enable({"use_reentrant": False})
    trainer = MailTrainer(
        method=card.method,
        training=settings.training,
        dtype=run.dtype,
        train=data.train,
        validation=data.validation,
        emit=run.emit,
        model=model,
        args=trainer_arguments(run.folder, card, settings, bool(data.validation), run.model.device),
        callbacks=_callbacks(run, stop, pause),
    )
    if rank():
        torch.manual_seed(settings.training.seed + rank())  # Each process draws its own dropout.
    return trainer


def _callbacks(run: _Run, stop: StopCallback, pause: PauseCallback) -> list[Any]:
    """The callbacks in the order in which they are called."""
    first = rank() == 0  # It pauses and samples for all processes, which wait for it.
    callbacks = [
        EpochCallback(run.data.train),
        EventCallback(run.emit, lambda: pause.seconds),
        *([pause] if first else []),
        stop,
        BestCheckpointCallback(run.emit),
        EarlyStoppingCallback(EARLY_STOPPING_PATIENCE, run.emit),
    ]
    if first:
        data = run.data
        callbacks.append(
            SampleCallback(
                data.to_sample(),
                data.instructions,
                data.copied_words,
                lambda mail_id, text: stored_instruction(run.home, mail_id) == text,
                run.tokenizer,
                lambda: stop.requested,
                run.emit,
            )
        )
        if run.settings.training.canary:
            callbacks.append(CanaryCallback(run.settings, run.tokenizer, run.dtype, run.emit))
    if run.card.method == "rosa" and run.settings.rosa.d > 0:
        callbacks.append(MaskCallback(run.settings, run.data.train, run.emit))
    return [*callbacks, MemoryCallback()]


def _finish(run: _Run, trainer: MailTrainer, started: float) -> ModelCard:
    """Evaluate and save the trained model, and remove the checkpoints. Returns its card."""
    steps = trainer.state.global_step
    figures = run.card.figures | {"steps": steps}
    data = run.card.data
    if run.before:
        figures |= _judged_losses(run, trainer.model)
        if _JUDGED in figures:
            data = data | {IS_BETTER: figures[_JUDGED] < figures[f"{_JUDGED}_before"]}
    elif run.data.held_out:
        budget = run.settings.training.micro_batch_tokens
        figures["held_out_loss"] = mean_loss(trainer.model, run.data.held_out, budget, run.dtype)
    if "held_out_loss" in figures:
        run.emit(events.Metric(steps, {"held_out_loss": figures["held_out_loss"]}))
    if trainer.state.best_metric is not None:
        figures["validation_loss"] = trainer.state.best_metric
    keep_personal(trainer.model, run.folder, run.card.method)
    figures |= _cost(run.card, started)
    card = dataclasses.replace(run.card, state="finished", data=data, figures=figures)
    loaded = (trainer.model, run.tokenizer)
    losses = losses_by_past_mails(run.home, card, run.settings, lambda: loaded, run.dtype)
    card = with_number(card, losses)
    write_card(run.home, card)
    shutil.rmtree(run.folder / "checkpoints", ignore_errors=True)
    return card


def _stop(run: _Run, step: int, started: float) -> None:
    figures = run.card.figures | _cost(run.card, started)
    _write_card(run.home, dataclasses.replace(run.card, state="stopped", figures=figures))
    run.emit(events.Failed(f"stopped after step {step}", resumable=True))


def _cost(card: ModelCard, started: float) -> dict[str, float]:
    """Seconds and peak memory of the run, earlier starts included."""
    seconds = card.figures.get("seconds", 0.0) + time.monotonic() - started
    peak = max(card.figures.get("peak_memory_gib", 0.0), peak_memory_gib())
    return {"seconds": round(seconds, 1), "peak_memory_gib": round(peak, 2)}


def _write_card(home: Home, card: ModelCard) -> None:
    if rank() == 0:
        write_card(home, card)


def _step_of(checkpoint: Path | None) -> int:
    return int(checkpoint.name.partition("-")[2]) if checkpoint else 0
