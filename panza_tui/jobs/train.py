"""Training: make a run's folder, start its process, and follow it to its end.

The command (which the first start runs in the background) and the training screen both begin their
runs here, so that neither forgets a step.
"""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import apsw

from engine import database
from engine.errors import INTERRUPTED, Interrupted, PanzaError
from engine.events import Emit, Failed, Warn, follow
from engine.home import Home
from engine.locks import holder
from engine.models import Method, ModelCard, read_card
from engine.settings import Settings
from panza_tui.jobs.embed import embed_missing
from panza_tui.jobs.steps import command_in
from training.bases.base_model import check_base
from training.runs import process
from training.runs.checkpoints import last_checkpoint
from training.runs.run_folder import check_new_run, check_resumable, create_run

if TYPE_CHECKING:
    from training.cost.estimate import Estimate


@dataclass(frozen=True)
class NewRun:
    """A run whose folder was made. cost: None where it was not asked for or is not known."""

    card: ModelCard
    cost: Estimate | None = None


def begin_run(
    home: Home,
    settings: Settings,
    emit: Emit,
    *,
    method: Method = "rosa",
    name: str | None = None,
    max_steps: int | None = None,
    with_cost: bool = False,
    embed: Callable[[Home, Emit, str], object] = embed_missing,
) -> NewRun:
    """Make the folder of a new run, as the last step: a failure before it leaves nothing behind.

    First checks that the base is there, and embeds the mails that are not embedded yet, because
    training examples show similar past mails. name: default: after base and method. with_cost:
    estimate what the run will take; when that fails, a warning says so and the run is made anyway.
    embed: how mails are embedded, in this process or in a child.

    Raises NotReadyError with too few mails, UsageError for a taken name or settings that leave
    nothing to train, Interrupted on Ctrl-C while it embeds, PanzaError for a missing base.
    """
    if name:
        _refuse_running(home, name)
    with closing(database.connect(home.database)) as connection:
        check_base(home, settings.model.base, allow_download=settings.model.allow_download)
        embed(home, emit, "panza-tui train")
        check_new_run(home, connection, settings, method=method, name=name)
        cost = _estimate(home, connection, settings, method, emit) if with_cost else None
        card = create_run(home, connection, settings, method=method, name=name, max_steps=max_steps)
    return NewRun(card, cost)


def resume_run(home: Home, name: str) -> ModelCard:
    """The card of a run that can go on. Raises PanzaError when it can't or is going on already."""
    _refuse_running(home, name)
    with closing(database.connect(home.database)) as connection:
        return check_resumable(home, connection, name)


def start_run(home: Home, name: str) -> subprocess.Popen[bytes]:
    """Start the process of a run that was begun or can go on; it outlives this one."""
    _refuse_running(home, name)
    started = process.start_run(home, name)
    # An ended child stays in the process table until somebody asks for its exit code.
    threading.Thread(target=started.wait, daemon=True).start()
    return started


def run_to_end(home: Home, name: str, emit: Emit) -> ModelCard:
    """Start a run's process and follow it; returns the card of the finished model.

    Ctrl-C stops the run after its step. Call it in the main thread. Raises Interrupted when the run
    was stopped, PanzaError when it failed.
    """
    log = home.model(name) / "events.jsonl"
    seen = log.stat().st_size if log.exists() else 0
    started = start_run(home, name)
    failure: Failed | None = None

    def stop(number: int, frame: object) -> None:
        started.send_signal(signal.SIGINT)
        emit(Warn("Stopping after this step; what was learnt is kept."))

    before = signal.signal(signal.SIGINT, stop)
    try:
        for event in follow(log, stop=lambda: started.poll() is not None, start=seen):
            failure = event if isinstance(event, Failed) else None
            emit(event)
    except BrokenPipeError:
        started.send_signal(signal.SIGINT)
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    code = started.wait()
    resume = command_in(home, f"train --resume {name}")
    if code == INTERRUPTED:
        raise Interrupted(f"The run '{name}' was stopped and is kept. Go on with: {resume}")
    if code != 0:
        raise PanzaError(_explain_failure(failure, code, home, name, resume))
    return read_card(home, name)


def _refuse_running(home: Home, name: str) -> None:
    if process.is_running(home, name):
        who = holder(home.model(name) / "run.lock") or f"The run '{name}'"
        raise PanzaError(f"{who} is going on already; nothing was changed.")


def _estimate(
    home: Home, connection: apsw.Connection, settings: Settings, method: Method, emit: Emit
) -> Estimate | None:
    from training.cost.estimate import estimate

    try:
        return estimate(home, connection, settings, settings.model.base, method)
    except PanzaError as error:
        emit(Warn(f"{error} The training goes on without an estimate of what it takes."))
        return None


def _explain_failure(failure: Failed | None, code: int, home: Home, name: str, resume: str) -> str:
    """One line on a run that failed. code: of its process; minus the signal that killed it."""
    if failure is not None:
        what = failure.error.rstrip(".")
    elif code < 0:
        what = f"its process was killed (signal {-code})"
    else:
        what = f"its process ended with code {code}"
    folder = home.model(name)
    kept = "What was learnt is kept" if last_checkpoint(folder) else "Nothing was learnt yet"
    return (
        f"The run '{name}' failed: {what}. {kept}; when that is fixed, go on with '{resume}'. "
        f"Its log: {folder / 'log.txt'}"
    )
