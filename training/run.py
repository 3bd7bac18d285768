"""One training run = one process = one folder. `python -m training.run --home DIR NAME`.

The run speaks through its events.jsonl and its card alone, so that whoever started it may leave.
SIGINT or SIGTERM stops it after the current step, with a checkpoint; started again, it goes on
from the newest whole checkpoint. The exit code says how it ended: 0 finished, 130 stopped, else
failed.

Where one processor or GPU is not enough, `torchrun --nproc-per-node N -m training.run ...` or
`accelerate launch` with the same make the same run in N processes (training.loop.distributed).
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import shutil
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw
import torch
from transformers import set_seed

from engine import database, events
from engine.errors import PanzaError
from engine.events import Emit, EventLog
from engine.home import Home
from engine.locks import hold
from engine.models import ModelCard, read_card
from engine.settings import Settings, from_toml_values
from training.bases.base_model import choose_device, choose_dtype, load_base, resolve_base
from training.cards import write_card
from training.cost.estimate import check_memory
from training.cost.memory import peak_memory_gib
from training.examples.make_examples import make_examples
from training.examples.tokens import Example
from training.loop.callbacks import (
    BestCallback,
    EventCallback,
    MaskCallback,
    PatienceCallback,
    PauseCallback,
    StopCallback,
)
from training.loop.distributed import any_of, join_others, lost_another, rank, wait_for_all
from training.loop.methods import check_method, prepare_model
from training.loop.micro_batches import mean_loss
from training.loop.samples import SampleCallback, typical
from training.loop.trainer import MailTrainer, trainer_arguments
from training.personal_model import keep_personal
from training.runs.checkpoints import last_checkpoint, remove_damaged_checkpoints
from training.runs.process import forget_pause, give_way
from training.runs.run_folder import (
    NotResumableError,
    check_resumable,
    played_mails,
    read_split,
)

_PATIENCE = 2
"""Epochs without a better validation loss after which a run ends: small sets overfit early."""


@dataclasses.dataclass(frozen=True)
class _Data:
    train: list[Example]
    validation: list[Example]
    held_out: list[Example]
    instructions: dict[int, str]

    def to_sample(self) -> list[Example]:
        """What drafts are made for meanwhile; of mails that are not learnt, where there are."""
        return typical(self.held_out or self.validation or self.train)


def run(home: Home, name: str) -> int:
    """Train model `name` from its folder, or go on with it. Returns the exit code.

    Raises PanzaError when there is no such run, or another process is at it.
    """
    folder = home.model(name)
    if not folder.is_dir():
        read_card(home, name)  # It tells which models there are.
    with _hold_run(folder, name) as warnings:
        emit: Emit = EventLog(folder / "events.jsonl") if rank() == 0 else events.silent
        stop = StopCallback()
        stop.listen()
        try:
            for text in warnings:
                emit(events.Warn(text))
            stopped = _train(home, name, stop, emit)
        except PanzaError as error:
            return _fail(home, name, str(error), not isinstance(error, NotResumableError), emit)
        except OSError as error:
            what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
            return _fail(home, name, f"{what}. What was learnt is kept.", True, emit)
        except Exception as error:
            if lost_another(error):
                text = "Another process of the run ended, so all of them did."
                return _fail(home, name, text, True, emit)
            traceback.print_exc()
            return _fail(home, name, f"{type(error).__name__}: {_one_line(error)}", True, emit)
    return 130 if stopped else 0


@contextlib.contextmanager
def _hold_run(folder: Path, name: str) -> Iterator[list[str]]:
    """Be the run's one process, or one of those that were started together.

    Clears away what a kill or a full disk left half-written, and gives what is to be said of it.
    """
    if rank():
        wait_for_all()
        yield []
        return
    with hold(folder / "run.lock", f"the training run '{name}'"):
        forget_pause(folder)
        for draft in folder.glob(".card.*.partial"):
            draft.unlink(missing_ok=True)
        warnings = remove_damaged_checkpoints(folder)
        wait_for_all()
        yield warnings


def _train(home: Home, name: str, stop: StopCallback, emit: Emit) -> bool:
    """The whole run; True when it was stopped before its end."""
    started = time.monotonic()
    folder = home.model(name)
    with contextlib.closing(database.connect(home.database)) as connection:
        card = check_resumable(home, connection, name)
        settings = from_toml_values(card.settings, f"the card of '{name}'")
        checkpoint = last_checkpoint(folder)
        about = {"name": name, "base": card.base, "method": card.method, **card.data}
        resumed = {"resumed_from": checkpoint.name if checkpoint else None}
        emit(events.Started("train", about | resumed))
        card = dataclasses.replace(card, state="started")
        _write_card(home, card)

        set_seed(settings.training.seed)
        device = choose_device()
        dtype = torch.float32 if card.method == "full" else choose_dtype(device)
        if text := check_memory(home, settings, card.base, card.method, device, dtype):
            emit(events.Warn(text))
        base = resolve_base(home, card.base, allow_download=settings.model.allow_download)
        check_method(base, card.method, settings)
        model, tokenizer = load_base(
            home, card.base, allow_download=settings.model.allow_download, dtype=dtype
        )
        data = _load_data(home, connection, name, settings, tokenizer, emit)
    budget = settings.training.micro_batch_tokens
    model.to(device)
    if data.held_out and "held_out_loss_base" not in card.figures:
        loss = mean_loss(model, data.held_out, budget)
        card = dataclasses.replace(card, figures=card.figures | {"held_out_loss_base": loss})
        _write_card(home, card)
        emit(events.Metric(0, {"held_out_loss": loss}))
    if any_of(stop.requested, device=device)[0]:
        done = int(checkpoint.name.partition("-")[2]) if checkpoint else 0
        return _stopped(home, card, done, started, emit)
    model = prepare_model(model, card.method, settings.rosa)

    pause = PauseCallback(folder, lambda: stop.requested, emit)
    sample = SampleCallback(
        data.to_sample(), data.instructions, tokenizer, lambda: stop.requested, emit
    )
    callbacks = [
        EventCallback(emit, lambda: pause.seconds),
        stop,
        BestCallback(emit),
        PatienceCallback(_PATIENCE, emit),
    ]
    if rank() == 0:  # The others wait for it meanwhile.
        callbacks[1:1] = [pause]
        callbacks.append(sample)
    if card.method == "rosa" and settings.rosa.d > 0:
        callbacks.append(MaskCallback(settings, data.train, emit))
    trainer = MailTrainer(
        method=card.method,
        training=settings.training,
        train=data.train,
        validation=data.validation,
        emit=emit,
        model=model,
        args=trainer_arguments(folder, card, settings, bool(data.validation), device, dtype),
        callbacks=callbacks,
    )
    if rank():
        torch.manual_seed(settings.training.seed + rank())  # Dropout of its own.
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    wait_for_all()
    if rank():
        return stop.stopped
    started += pause.seconds
    if stop.stopped:
        return _stopped(home, card, trainer.state.global_step, started, emit)

    steps = trainer.state.global_step
    figures = card.figures | {"steps": steps}
    if data.held_out:
        figures["held_out_loss"] = mean_loss(trainer.model, data.held_out, budget)
        emit(events.Metric(steps, {"held_out_loss": figures["held_out_loss"]}))
    if trainer.state.best_metric is not None:
        figures["validation_loss"] = trainer.state.best_metric
    keep_personal(trainer.model, folder, card.method)
    figures |= _spent(card, started)
    write_card(home, dataclasses.replace(card, state="finished", figures=figures))
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    emit(events.Finished(figures))
    return False


def _write_card(home: Home, card: ModelCard) -> None:
    if rank() == 0:
        write_card(home, card)


def _stopped(home: Home, card: ModelCard, step: int, started: float, emit: Emit) -> bool:
    figures = card.figures | _spent(card, started)
    _write_card(home, dataclasses.replace(card, state="stopped", figures=figures))
    emit(events.Failed(f"stopped after step {step}", resumable=True))
    return True


def _spent(card: ModelCard, started: float) -> dict[str, float]:
    """Time and memory of the run, what it took before it was last stopped included."""
    seconds = card.figures.get("seconds", 0.0) + time.monotonic() - started
    peak = max(card.figures.get("peak_memory_gib", 0.0), peak_memory_gib())
    return {"seconds": round(seconds, 1), "peak_memory_gib": round(peak, 2)}


def _load_data(
    home: Home,
    connection: apsw.Connection,
    name: str,
    settings: Settings,
    tokenizer: Any,
    emit: Emit,
) -> _Data:
    split = read_split(home, name)
    mails = {played.mail.id: played for played in played_mails(connection)}

    def side(ids: Sequence[int]) -> list[Example]:
        chosen = [mails[mail_id] for mail_id in ids if mail_id in mails]
        return make_examples(chosen, split.train, connection, home, settings, tokenizer, emit)

    instructions = {mail_id: played.instruction for mail_id, played in mails.items()}
    data = _Data(side(split.train), side(split.validation), side(split.held_out), instructions)
    if not data.train:
        raise PanzaError(
            f"No mail fits into training.max_tokens ({settings.training.max_tokens}) beside its "
            "prompt; raise it and train anew."
        )
    return data


def _fail(home: Home, name: str, error: str, may_go_on: bool, emit: Emit) -> int:
    """Tell it on stderr, in the events and in the card. Returns the exit code."""
    print(f"process {rank()}: {error}" if rank() else error, file=sys.stderr)
    if rank():
        return 1
    resumable = may_go_on and last_checkpoint(home.model(name)) is not None
    # A full disk or a damaged card may be the failure itself.
    with contextlib.suppress(PanzaError, OSError):
        emit(events.Failed(error, resumable))
        card = read_card(home, name)
        if card.state != "finished":
            write_card(home, dataclasses.replace(card, state="failed"))
    return 1


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.run", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("name")
    arguments = parser.parse_args()
    give_way()
    join_others(choose_device())
    try:
        code = run(Home(arguments.home.absolute()).prepare(), arguments.name)
    except PanzaError as error:
        print(error, file=sys.stderr)
        code = error.exit_code
    sys.exit(code)


if __name__ == "__main__":
    main()
