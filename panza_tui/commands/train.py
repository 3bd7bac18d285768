"""`panza-tui train`: start the run's own process and follow what it tells."""

from __future__ import annotations

import contextlib
import json
import signal

import apsw

from engine import database
from engine.errors import PanzaError, UsageError
from engine.events import Emit, Event, Failed, Warn, follow, to_json
from engine.home import Home
from engine.locks import holder, is_held
from engine.models import Method, ModelCard, default_model, read_card
from engine.settings import Settings
from panza_tui.commands.session import Session
from panza_tui.jobs.embed import finish_embedding
from panza_tui.jobs.one_writer import one_writer
from panza_tui.jobs.steps import command_in, export_of
from panza_tui.terminal.duration import duration
from panza_tui.terminal.failures import INTERRUPTED, Interrupted
from panza_tui.terminal.json_output import print_json
from panza_tui.terminal.narration import narrated, say
from panza_tui.terminal.signals import stoppable
from training.bases.base_model import check_base
from training.runs.checkpoints import last_checkpoint
from training.runs.process import start_run
from training.runs.run_folder import check_resumable, create_run


def train(
    session: Session,
    method: Method | None,
    name: str | None,
    base: str | None,
    epochs: int | None,
    max_steps: int | None,
    seed: int | None,
    resume: str | None,
    as_json: bool,
) -> None:
    """Train, and say what was reached. Ctrl-C stops the run after its step, resumably."""
    home = session.home.prepare()
    settings = session.settings(model__base=base, training__epochs=epochs, training__seed=seed)
    if resume and any(given is not None for given in (method, name, base, epochs, max_steps, seed)):
        raise UsageError("--resume goes on with the run as it was begun; give it alone.")
    if chosen := resume or name:
        _refuse_running(home, chosen)
    with contextlib.closing(database.connect(home.database)) as connection:
        if resume:
            card = check_resumable(home, connection, resume)
        else:
            card = _begin(home, connection, settings, method or "rosa", name, max_steps)
            _say_cost(home, connection, settings, card, max_steps)
    say(
        f"Training '{card.name}' on {card.data['train']} mails "
        f"({card.data['validation']} to validate, {card.data['held_out']} held out). "
        "Ctrl-C stops and keeps it."
    )
    if as_json:
        _follow_run(home, card.name, _print_event)
    else:
        with narrated() as emit:
            _follow_run(home, card.name, emit)
    _report(home, read_card(home, card.name))


def _refuse_running(home: Home, name: str) -> None:
    lock = home.model(name) / "run.lock"
    if is_held(lock):
        raise PanzaError(f"{holder(lock) or name} is at work already; nothing was changed.")


def _begin(
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    method: Method,
    name: str | None,
    max_steps: int | None,
) -> ModelCard:
    """A new run's folder, made when its base model is there and past mails are found by meaning."""
    from engine.retrieval.index import embedding_state

    check_base(home, settings.model.base, allow_download=settings.model.allow_download)
    embedded = embedding_state(connection)
    if embedded.done < embedded.of:
        with one_writer(home, "panza-tui train"), stoppable():
            finish_embedding(connection, home)
    return create_run(home, connection, settings, method=method, name=name, max_steps=max_steps)


def _say_cost(
    home: Home, connection: apsw.Connection, settings: Settings, card: ModelCard, steps: int | None
) -> None:
    """What the run will take; not knowing it keeps nobody from training."""
    from training.cost.estimate import estimate

    try:
        cost = estimate(home, connection, settings, card.base, card.method)
    except PanzaError as error:
        return say(f"Note: {error}")
    if cost.why:
        return say(f"Note: {cost.why}")
    memory = f"{cost.memory_gib:.1f} GiB of memory ({cost.free_gib:.1f} are free)"
    if steps:
        return say(f"It takes about {memory}.")
    say(f"All {settings.training.epochs} epochs take about {duration(cost.minutes)} and {memory}.")


def _follow_run(home: Home, name: str, emit: Emit) -> None:
    """Run the training process to its end. Raises PanzaError when it did not finish."""
    log = home.model(name) / "events.jsonl"
    start = log.stat().st_size if log.exists() else 0
    process = start_run(home, name)
    failure: Failed | None = None

    def interrupt(number: int, frame: object) -> None:
        process.send_signal(signal.SIGINT)
        emit(Warn("Stopping after this step; what was learnt is kept."))

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        for event in follow(log, stop=lambda: process.poll() is not None, start=start):
            failure = event if isinstance(event, Failed) else None
            emit(event)
    except BrokenPipeError:
        process.send_signal(signal.SIGINT)
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    code = process.wait()
    go_on = command_in(home, f"train --resume {name}")
    if code == INTERRUPTED:
        raise Interrupted(f"The run '{name}' was stopped and is kept. Go on with: {go_on}")
    if code != 0:
        raise PanzaError(_why(failure, code, home, name, go_on))


def _why(failure: Failed | None, code: int, home: Home, name: str, go_on: str) -> str:
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
        f"The run '{name}' failed: {what}. {kept}; when that is mended, go on with '{go_on}'. "
        f"Its log: {folder / 'log.txt'}"
    )


def _print_event(event: Event) -> None:
    print_json(json.loads(to_json(event)))


def _report(home: Home, card: ModelCard) -> None:
    figures = card.figures
    with contextlib.suppress(KeyError):
        say(
            f"Held-out loss {figures['held_out_loss_base']:.3f} -> {figures['held_out_loss']:.3f} "
            f"nats a token, in {figures['seconds'] / 60:.1f} minutes, "
            f"{figures['peak_memory_gib']:.1f} GiB."
        )
    with contextlib.closing(database.connect(home.database)) as connection:
        default = default_model(home, connection)
    drafts = " It drafts by default." if default and default.name == card.name else ""
    say(f"'{card.name}' is ready.{drafts} Next: {export_of(home, card.name)}")
