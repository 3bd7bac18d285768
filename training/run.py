"""The process of one training run: `python -m training.run --home DIR NAME`.

It reports through the run's events.jsonl and card alone, so whoever started it may exit. SIGINT or
SIGTERM stops it after the current step, with a checkpoint; started again, it resumes from the
newest complete checkpoint. Exit code: 0 finished, 130 stopped, anything else failed.

For several GPUs or machines, `torchrun --nproc-per-node N -m training.run ...` or
`accelerate launch` runs the same training in N processes (training.loop.distributed).
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from engine import events
from engine.errors import PanzaError, one_line
from engine.events import Emit, EventLog
from engine.home.home import Home
from engine.home.locks import hold
from engine.models.models import read_card
from engine.subprocesses import protect_process
from training.bases.base_model import choose_device
from training.cards import write_card
from training.loop.distributed import another_process_ended, init_distributed, rank, wait_for_all
from training.loop.stopping import StopCallback
from training.loop.train import train
from training.runs.checkpoints import last_checkpoint, remove_damaged_checkpoints
from training.runs.process import clear_pause, lower_priority
from training.runs.run_folder import NotResumableError


def run(home: Home, name: str) -> int:
    """Train model `name` from its folder, or resume it. Returns the exit code.

    Raises PanzaError when there is no such run, or when another process is running it.
    """
    folder = home.model(name)
    if not folder.is_dir():
        read_card(home, name)  # Raises an error that lists the models there are.
    with _hold_run(folder, name) as warnings:
        emit: Emit = EventLog(folder / "events.jsonl") if rank() == 0 else events.silent
        stop = StopCallback()
        stop.listen()
        try:
            for text in warnings:
                emit(events.Warn(text))
            stopped = train(home, name, stop, emit)
        except PanzaError as error:
            return _fail(home, name, str(error), not isinstance(error, NotResumableError), emit)
        except OSError as error:
            what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
            return _fail(home, name, f"{what}. What was learnt is kept.", True, emit)
        except Exception as error:
            if another_process_ended(error):
                text = "Another process of the run ended, so all of them did."
                return _fail(home, name, text, True, emit)
            traceback.print_exc()  # To log.txt; what is reported is one line.
            what = f"{type(error).__name__}: {one_line(error, most=300)}"
            return _fail(home, name, what, True, emit)
    return 130 if stopped else 0


@contextlib.contextmanager
def _hold_run(folder: Path, name: str) -> Iterator[list[str]]:
    """Hold the run's lock, or join the process that holds it.

    Removes what a kill or a full disk left half-written, and yields the warnings about it.
    """
    if rank():
        wait_for_all()
        yield []
        return
    with hold(folder / "run.lock", f"the training run '{name}'"):
        clear_pause(folder)
        for draft in folder.glob(".card.*.partial"):
            draft.unlink(missing_ok=True)
        warnings = remove_damaged_checkpoints(folder)
        wait_for_all()
        yield warnings


def _fail(home: Home, name: str, error: str, can_resume: bool, emit: Emit) -> int:
    """Report an error on stderr, in the events and in the card. Returns the exit code."""
    print(f"process {rank()}: {error}" if rank() else error, file=sys.stderr)
    if rank():
        return 1
    resumable = can_resume and last_checkpoint(home.model(name)) is not None
    # The failure itself may be a full disk or a damaged card.
    with contextlib.suppress(PanzaError, OSError):
        emit(events.Failed(error, resumable))
        card = read_card(home, name)
        if card.state != "finished":
            write_card(home, dataclasses.replace(card, state="failed"))
    return 1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.run", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("name")
    arguments = parser.parse_args()
    protect_process()
    lower_priority()
    init_distributed(choose_device())
    try:
        code = run(Home(arguments.home.absolute()).prepare(), arguments.name)
    except PanzaError as error:
        print(error, file=sys.stderr)
        code = error.exit_code
    sys.exit(code)


if __name__ == "__main__":
    main()
