"""`panza-tui train`: start the run's own process and follow what it tells."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from pathlib import Path

from engine import database
from engine.errors import PanzaError, UsageError
from engine.events import Emit, Failed, Warn, follow, to_json
from engine.home import Home
from engine.locks import holder, is_held
from engine.models import ModelCard, default_model, read_card
from panza_tui.cli import INTERRUPTED, Session
from panza_tui.narration import narrated, say
from training.run_folder import Method, check_resumable, create_run


def train(
    session: Session,
    method: Method,
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
    connection = database.connect(home.database)
    if resume:
        if name or base or epochs or max_steps or seed is not None:
            raise UsageError("--resume goes on with the run as it was begun; give it alone.")
        lock = home.model(resume) / "run.lock"
        if is_held(lock):
            raise PanzaError(f"{holder(lock) or resume} is at work already; nothing was changed.")
        card = check_resumable(home, connection, resume)
    else:
        card = create_run(home, connection, settings, method=method, name=name, max_steps=max_steps)
    connection.close()
    say(
        f"Training '{card.name}' on {card.data['train']} mails "
        f"({card.data['validation']} to validate, {card.data['held_out']} held out). "
        "Ctrl-C stops and keeps it."
    )
    if as_json:
        _follow_run(home, card.name, lambda event: print(to_json(event), flush=True))
    else:
        with narrated() as emit:
            _follow_run(home, card.name, emit)
    _report(home, read_card(home, card.name))


def _follow_run(home: Home, name: str, emit: Emit) -> None:
    """Run the training process to its end. Raises PanzaError or exits 130 when it did not finish."""
    folder = home.model(name)
    log = folder / "events.jsonl"
    start = log.stat().st_size if log.exists() else 0
    process = _start(home, name)
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
    if code == INTERRUPTED:
        say(f"Stopped and kept. Go on with: panza-tui train --resume {name}")
        raise SystemExit(INTERRUPTED)
    if code != 0:
        raise PanzaError(_why(failure, code, name, folder))


def _start(home: Home, name: str) -> subprocess.Popen[bytes]:
    """Start the run in a session of its own, so that a closed terminal does not end it."""
    with open(home.model(name) / "log.txt", "ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "training.run", "--home", str(home.root), name],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=home.root,  # python -m looks into the working folder first: not into a stranger's
        )


def _why(failure: Failed | None, code: int, name: str, folder: Path) -> str:
    what = failure.error if failure else f"its process was killed (signal {-code})"
    if failure is None and code > 0:
        what = f"it ended with code {code}"
    how = f"go on with 'panza-tui train --resume {name}'"
    if failure is not None and not failure.resumable:
        how = "nothing was learnt yet"
    return f"The run '{name}' failed: {what}. Its log is {folder / 'log.txt'}; {how}."


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
    say(f"'{card.name}' is ready.{drafts} Next: panza-tui export {card.name}")
