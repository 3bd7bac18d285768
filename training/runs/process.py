"""Start, pause, stop and find the process of a run, from any terminal.

After each step a run looks for the file `pause` in its folder and sleeps while it is there, with
the file `paused` beside it: the run keeps its memory, and the processor is free.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

from engine.disk.regular_files import open_regular
from engine.encryption.log_process import log_of_child
from engine.home.home import Home
from engine.home.locks import holding_process, is_held
from engine.subprocesses import start_module

PAUSE = "pause"
"""The file that asks the run to pause."""

PAUSED = "paused"
"""The file that is there while the run sleeps."""

_NICENESS = 10
"""Half of the way to the lowest priority (19), as nice(1) does by default."""


def start_run(home: Home, name: str) -> subprocess.Popen[bytes]:
    """Start or resume a run in its own session, so that closing the terminal does not end it.

    What libraries write to stderr goes to log.txt in the run's folder.
    """
    with log_of_child(home.model(name) / "log.txt", appended=True) as log:
        return start_module(
            "training.run",
            ["--home", home.root, name],
            folder=home.root,
            environment=considerate_environment(),
            with_keys=True,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def considerate_environment() -> dict[str, str]:
    """The environment of a long computation that runs beside other work.

    OpenMP's threads wait for each other by spinning, which takes the processor from the thread that
    they wait for; passive ones sleep. Beside a busy process, two passive threads are as fast as
    one (tests/bench/RESULTS.md, "Threads of a training run"). oneDNN keeps the kernels of 1,024
    shapes of bfloat16 products, 120 MiB; those of one micro-batch are about a hundred.
    """
    chosen = {"OMP_WAIT_POLICY": "passive", "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "128"}
    return chosen | os.environ


def lower_priority() -> None:
    """Lower this process's priority for good, so that foreground work stays quick."""
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)


def is_running(home: Home, name: str) -> bool:
    """Whether a process of the run is alive, paused or not."""
    return is_held(home.model(name) / "run.lock")


def is_paused(home: Home, name: str) -> bool:
    """Whether the run's process is alive and paused."""
    return (home.model(name) / PAUSED).exists() and is_running(home, name)


def pause_run(home: Home, name: str) -> None:
    """Ask the run to pause after its current step."""
    os.close(open_regular(home.model(name) / PAUSE, os.O_WRONLY | os.O_CREAT))


def continue_run(home: Home, name: str) -> None:
    """Let a paused run continue."""
    (home.model(name) / PAUSE).unlink(missing_ok=True)


def stop_run(home: Home, name: str) -> bool:
    """Ask the run to stop after its current step, with a checkpoint; False if none is running."""
    lock = home.model(name) / "run.lock"
    pid = holding_process(lock) if is_held(lock) else None
    if pid is None:
        return False  # It has ended, or has not written its process id yet.
    try:
        os.kill(pid, signal.SIGINT)
        return True
    except OSError:
        return False


def clear_pause(folder: Path) -> None:
    """Remove the pause files that an earlier process of the run left."""
    for name in (PAUSE, PAUSED):
        (folder / name).unlink(missing_ok=True)
