"""Run jobs in background processes, which continue when the app is closed and can be found again.

$PANZA_HOME/jobs/<work>/
    lock            held by the job's process, so the kernel releases it if the process is killed
    events.jsonl    its events (engine.events); the last one says how it ended
    log.txt         its stderr

The process runs an ordinary command, `python -m panza_tui …`, which appends its events to the file
named by an environment variable (panza_tui.terminal.narration).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.disk.files import last_line
from engine.encryption.log_process import log_of_child
from engine.errors import PanzaError
from engine.events import EVENTS_FILE, Event, Failed, Finished, follow, read_events
from engine.home.home import Home
from engine.home.locks import holder, holding_process, is_held, open_lock, write_holder
from engine.subprocesses import start_module, wait_in_background

Outcome = Literal["running", "done", "stopped", "failed", "killed"]

_SECONDS_FOR_THE_LOCK = 1.0
"""How long to try to take a job's lock: `is_held` in another process holds it for a moment."""


@dataclass(frozen=True)
class Job:
    """The newest job of a kind, running or ended, as recorded in its folder."""

    folder: Path

    @property
    def is_running(self) -> bool:
        return is_held(self.folder / "lock")

    def events(self, stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
        """Yield its events from the first one on, until it has ended or `stop()` is true."""
        return follow(self.folder / "events.jsonl", lambda: stop() or not self.is_running)

    def outcome(self) -> Outcome:
        """Return "running", or how it ended: done, stopped (resumable), failed or killed."""
        if self.is_running:
            return "running"
        match self._last_event():
            case Finished():
                return "done"
            case Failed(resumable=resumable):
                return "stopped" if resumable else "failed"
            case _:
                return "killed"

    def error(self) -> str:
        """Return one plain line that says why it ended early; '' while it runs or if it is done."""
        match self.outcome():
            case "running" | "done":
                return ""
            case "killed":
                # A Python that can't even start says why in the last line of the log.
                line = last_line(self.folder / "log.txt")
                last = f" Its last line: {line}" if line else ""
                return f"It ended unexpectedly; what was stored is kept.{last}"
            case _:
                event = self._last_event()
                return event.error if isinstance(event, Failed) else ""

    def stop(self) -> None:
        """Stop it as Ctrl-C would; what is done is kept."""
        if self.is_running:
            pid = holding_process(self.folder / "lock")
            if pid is not None:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGINT)

    def _last_event(self) -> Event | None:
        return next(reversed(read_events(self.folder / "events.jsonl")), None)


def start_job(home: Home, config: Path | None, work: str, arguments: Sequence[str]) -> Job:
    """Start `panza-tui arguments…` on this home as the job `work`, and return at once.

    work: import, playback, train or export; only one of each runs at a time. Paths in `arguments`
    must be absolute. Raises PanzaError if one of this kind is running, or if it can't be started.
    """
    folder = home.root / "jobs" / work
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = _acquire_lock(folder / "lock", work)
        try:
            process = _launch(home, config, folder, arguments, handle)
            write_holder(handle, process.pid, f"panza-tui {work}")
        finally:
            os.close(handle)  # The process has inherited it, and holds the lock until it ends.
    except OSError as error:
        raise PanzaError(
            f"{work} can't be started ({error.strerror}); nothing was changed."
        ) from error
    wait_in_background(process)
    return Job(folder)


def running_job(home: Home, work: str) -> Job | None:
    """Return the job of a kind that is running now, or None."""
    job = last_job(home, work)
    return job if job is not None and job.is_running else None


def last_job(home: Home, work: str) -> Job | None:
    """Return the newest job of a kind, running or ended; None if there never was one."""
    job = Job(home.root / "jobs" / work)
    return job if (job.folder / "lock").exists() else None


def _acquire_lock(lock: Path, work: str) -> int:
    handle = open_lock(lock, work)
    deadline = time.monotonic() + _SECONDS_FOR_THE_LOCK
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                os.close(handle)
                other = holder(lock) or f"panza-tui {work}"
                raise PanzaError(f"{other} is already running; nothing was started.") from error
            time.sleep(0.02)


def _launch(
    home: Home, config: Path | None, folder: Path, arguments: Sequence[str], handle: int
) -> subprocess.Popen[bytes]:
    events = folder / "events.jsonl"
    events.unlink(missing_ok=True)
    chosen = ["--config", str(config.absolute())] if config else []
    with log_of_child(folder / "log.txt", appended=False) as log:
        return start_module(
            "panza_tui",
            ["--home", home.root, *chosen, *arguments],
            folder=home.root,
            environment={**os.environ, EVENTS_FILE: str(events)},
            with_keys=True,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
            pass_fds=[handle],
        )
