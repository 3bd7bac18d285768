"""File locks (flock), which the kernel releases when a process ends, even if it is killed."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from engine.errors import PanzaError
from engine.home import Home

_WRITE_WAIT = 30.0  # seconds; promised in the documentation of the command line
_POLL_INTERVAL = 0.1  # seconds


@contextlib.contextmanager
def hold(path: Path, what: str, wait: float = 0.5) -> Iterator[None]:
    """Hold the file lock at `path` in a `with` block.

    what: the command or work that holds it, shown to others. wait: seconds to wait for another
    holder. Raises PanzaError if another process still holds it then (the message says which), or
    if the file can't be written.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise PanzaError(
            f"{path} can't be written ({error.strerror}), so {what} did not start; nothing was "
            "changed."
        ) from error
    try:
        deadline = time.monotonic() + wait
        while not _try_lock(handle):
            if time.monotonic() >= deadline:
                raise PanzaError(
                    f"{holder(path) or 'Another panza-tui'} is running; nothing was changed. "
                    "Try again when it is done."
                )
            time.sleep(_POLL_INTERVAL)
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "what": what}).encode(), 0)
        yield
    finally:
        os.close(handle)


def hold_write(home: Home, what: str) -> contextlib.AbstractContextManager[None]:
    """Hold the write lock of the home's database; waits up to 30 s for another writer."""
    return hold(home.write_lock, what, wait=_WRITE_WAIT)


def is_held(path: Path) -> bool:
    """Return whether a process holds the file lock at `path`."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _try_lock(handle)
    finally:
        os.close(handle)


def holder(path: Path) -> str | None:
    """Return the holder, such as 'panza-tui import (process 4711)'; None if unknown."""
    try:
        record = json.loads(path.read_text())
        return f"{record['what']} (process {record['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return None


def refuse_while_working(home: Home, outcome: str) -> None:
    """Raise PanzaError if a run, an export or a background job of this home is at work.

    outcome: what it means for the caller, as a sentence.
    """
    for lock in (*home.models.glob("*/*.lock"), *home.root.glob("jobs/*/lock")):
        if is_held(lock):
            who = holder(lock) or lock.parent.name
            raise PanzaError(f"{who} is running; stop it first. {outcome}")


def training_is_active(home: Home) -> bool:
    """Return whether a training run of this home is using the cores; a paused one is not."""
    return any(
        is_held(lock) and not (lock.parent / "paused").exists()
        for lock in home.models.glob("*/run.lock")
    )


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
