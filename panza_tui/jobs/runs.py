"""Read the state of the training runs: which one is active, and why one failed."""

from __future__ import annotations

import subprocess
import time
from typing import Literal

from engine.disk.files import last_line
from engine.events import Failed, from_json
from engine.home.home import Home
from engine.models.models import ModelCard, list_models
from training.runs import process
from training.runs.checkpoints import last_checkpoint

RunState = Literal["starting", "running", "paused", "finished", "stopped", "failed", "killed"]

_SECONDS_TO_BEGIN = 60
"""How long a new run without events counts as starting: it first imports torch."""


def running_model(home: Home) -> ModelCard | None:
    """Return the newest model that is being trained now, or None."""
    cards = reversed(list_models(home))
    return next((card for card in cards if process.is_running(home, card.name)), None)


def run_state(
    home: Home, card: ModelCard, started: subprocess.Popen[bytes] | None = None
) -> RunState:
    """Return the state of a run. started: its process, if the caller started it."""
    if process.is_running(home, card.name):
        return "paused" if process.is_paused(home, card.name) else "running"
    if started is not None and started.poll() is None:
        return "starting"
    if card.state != "started":
        return card.state
    events = home.model(card.name) / "events.jsonl"
    is_new = time.time() - card.created < _SECONDS_TO_BEGIN and not events.exists()
    return "starting" if is_new and started is None else "killed"


def failure_reason(home: Home, name: str, state: RunState) -> str:
    """Return why a run failed, and whether what it learnt is kept; '' if it did not fail."""
    if state not in ("failed", "killed"):
        return ""
    folder = home.model(name)
    kept = f"{what_is_kept(home, name)}."
    if state == "failed":
        event = from_json(last_line(folder / "events.jsonl"))
        return f"{event.error} {kept}" if isinstance(event, Failed) else kept
    output = last_line(folder / "log.txt")
    return f"Its process was killed, or the computer was switched off. {kept}" + (
        f" Its last output: {output}" if output else ""
    )


def what_is_kept(home: Home, name: str) -> str:
    """Return a sentence, without its full stop, on whether a run that ended saved a checkpoint."""
    if last_checkpoint(home.model(name)) is None:
        return "Nothing was learnt yet"
    return "What was learnt is kept"
