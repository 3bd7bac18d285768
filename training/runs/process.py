"""The process of a run, as any terminal may start, pause, stop and find it.

A run looks for the file `pause` after each step and sleeps while it is there, with `paused` beside
it to tell that it does: its memory stays held, the processor is free.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from pathlib import Path

from engine.home import Home
from engine.locks import is_held
from engine.subprocesses import start_module

PAUSE = "pause"
"""Whoever wants the run to pause makes this file in its folder."""

PAUSED = "paused"
"""The run keeps this file in its folder while it sleeps."""

_NICENESS = 10


def start_run(home: Home, name: str) -> subprocess.Popen[bytes]:
    """Start or go on with a run in a session of its own, so that a closed terminal does not end it.

    What libraries write to stderr goes to log.txt of its folder.
    """
    with open(home.model(name) / "log.txt", "ab") as log:
        return start_module(
            "training.run",
            ["--home", home.root, name],
            folder=home.root,
            environment=considerate_environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def considerate_environment() -> dict[str, str]:
    """The environment of a process that computes for long beside a person at work.

    OpenMP's threads wait for each other by spinning, and a spinning thread takes the processor
    that the one it waits for needs; passive ones sleep, and two of them do as well beside a busy
    process as one alone.
    """
    return {"OMP_WAIT_POLICY": "passive"} | os.environ


def give_way() -> None:
    """Lower this process's priority, for good: what a person sees comes first."""
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)


def is_running(home: Home, name: str) -> bool:
    """Whether a process is at the run now, paused or not."""
    return is_held(home.model(name) / "run.lock")


def is_paused(home: Home, name: str) -> bool:
    """Whether the run is alive and sleeps."""
    return (home.model(name) / PAUSED).exists() and is_running(home, name)


def pause_run(home: Home, name: str) -> None:
    """Have the run sleep after its step."""
    (home.model(name) / PAUSE).touch(mode=0o600)


def continue_run(home: Home, name: str) -> None:
    """Have a pausing run go on."""
    (home.model(name) / PAUSE).unlink(missing_ok=True)


def stop_run(home: Home, name: str) -> bool:
    """Have the run stop after its step, with a checkpoint; False when none is going on."""
    lock = home.model(name) / "run.lock"
    if not is_held(lock):
        return False
    try:
        os.kill(int(json.loads(lock.read_text())["pid"]), signal.SIGINT)
        return True
    except (OSError, ValueError, KeyError, TypeError):
        return False  # It ended, or has not yet said who it is.


def forget_pause(folder: Path) -> None:
    """Remove what an earlier process of the run left of a pause."""
    for name in (PAUSE, PAUSED):
        (folder / name).unlink(missing_ok=True)
