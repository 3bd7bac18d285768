"""Train a model: create the run's folder, start its process, and follow it to its end.

The command (which the first start runs in the background) and the training screen both start their
runs here, so that neither leaves out a step.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import apsw

from engine.database import database
from engine.errors import INTERRUPTED, Interrupted, PanzaError
from engine.events import Emit, Failed, Warn, follow
from engine.home.home import Home
from engine.home.locks import holder
from engine.mail.stored import store
from engine.mail.stored.instructions import count_instructed
from engine.models.models import Method, ModelCard, read_card
from engine.settings import Settings
from engine.sizes import counted
from engine.subprocesses import wait_in_background
from panza_tui.jobs.embed import embed_missing
from panza_tui.jobs.runs import what_is_kept
from panza_tui.jobs.steps import command_in
from training.bases.base_model import check_base, may_download
from training.runs import process
from training.runs.run_folder import check_new_run, check_resumable, create_run
from training.runs.update import check_update, create_update

if TYPE_CHECKING:
    from training.cost.estimate import Estimate


@dataclass(frozen=True)
class NewRun:
    """A run whose folder was created. cost: None if not asked for or unknown."""

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
    """Create the folder of a new run, as the last step, so that a failure leaves nothing behind.

    First checks that the base model exists, and embeds the mails that are not embedded yet, because
    training examples show similar past mails.

    Args:
        name: None to name the model after base and method.
        with_cost: whether to estimate what the run takes; if that fails, a warning is emitted.
        embed: embeds mails in this process or in a child.

    Raises:
        NotReadyError: there are too few mails.
        UsageError: the name is taken, or the settings leave nothing to train.
        Interrupted: Ctrl-C while mails were embedded.
        PanzaError: the base model is missing.
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


def begin_update(
    home: Home,
    settings: Settings,
    emit: Emit,
    before: str,
    *,
    name: str | None = None,
    max_steps: int | None = None,
) -> ModelCard:
    """Create the folder of a run that goes on from the model `before`, and return its card.

    First embeds the mails that are not embedded yet. Raises NotReadyError if there is no such
    finished model or nothing new, UsageError if the name is taken, Interrupted on Ctrl-C, and
    PanzaError if the base model is missing.
    """
    if name:
        _refuse_running(home, name)
    with closing(database.connect(home.database)) as connection:
        update = check_update(home, connection, settings, before, name)
        base = update.before.base
        check_base(home, base, allow_download=may_download(settings, base))
        embed_missing(home, emit, "panza-tui train")
        if without := _without_instruction(connection):
            emit(
                Warn(
                    f"{counted(without, 'mail')} without an instruction can't be learnt from; "
                    "'panza-tui playback' writes them."
                )
            )
        return create_update(home, connection, settings, before, name=name, max_steps=max_steps)


def resume_run(home: Home, name: str) -> ModelCard:
    """Return the card of a run to resume. Raises PanzaError if it can't be, or is running."""
    _refuse_running(home, name)
    with closing(database.connect(home.database)) as connection:
        return check_resumable(home, connection, name)


def start_run(home: Home, name: str) -> subprocess.Popen[bytes]:
    """Start the process of a new run or one to resume; it continues when this process ends."""
    _refuse_running(home, name)
    started = process.start_run(home, name)
    wait_in_background(started)
    return started


def run_to_end(home: Home, name: str, emit: Emit) -> ModelCard:
    """Start a run's process, follow it, and return the card of the finished model.

    Must be called in the main thread, as it handles SIGINT: Ctrl-C stops the run after its step.
    Raises Interrupted if the run was stopped, PanzaError if it failed.
    """
    log = home.model(name) / "events.jsonl"
    seen = log.stat().st_size if log.exists() else 0
    started = start_run(home, name)
    failure: Failed | None = None

    def stop(number: int, frame: object) -> None:
        started.send_signal(signal.SIGINT)
        emit(Warn("Stopping after this step; what was learnt is saved."))

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
        raise Interrupted(f"The run '{name}' was stopped and saved. Resume it with: {resume}")
    if code != 0:
        raise PanzaError(_explain_failure(failure, code, home, name, resume))
    return read_card(home, name)


def _without_instruction(connection: apsw.Connection) -> int:
    return max(0, store.counts(connection).kept - count_instructed(connection))


def _refuse_running(home: Home, name: str) -> None:
    if process.is_running(home, name):
        who = holder(home.model(name) / "run.lock") or f"The run '{name}'"
        raise PanzaError(f"{who} is already running; nothing was changed.")


def _estimate(
    home: Home, connection: apsw.Connection, settings: Settings, method: Method, emit: Emit
) -> Estimate | None:
    from training.cost.estimate import estimate

    try:
        return estimate(home, connection, settings, settings.model.base, method)
    except PanzaError as error:
        emit(Warn(f"{error} Training starts without an estimate of its time and memory."))
        return None


def _explain_failure(failure: Failed | None, code: int, home: Home, name: str, resume: str) -> str:
    """Describe a failed run. code: its process's exit code, or minus the signal that killed it."""
    if failure is not None:
        what = failure.error.rstrip(".")
    elif code < 0:
        what = f"its process was killed (signal {-code})"
    else:
        what = f"its process ended with code {code}"
    return (
        f"The run '{name}' failed: {what}. {what_is_kept(home, name)}; after fixing that, resume "
        f"with '{resume}'. Its log: {home.model(name) / 'log.txt'}"
    )
