"""Who may write. Locks are the kernel's (flock), so a killed process never leaves one behind."""

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


@contextlib.contextmanager
def hold(path: Path, what: str, wait: float = 0.5) -> Iterator[None]:
    """Hold the lock file at `path` while the body runs; `what` tells others who holds it.

    Raises PanzaError naming the holder when it is still held after `wait` seconds, or saying that
    the file can't be written.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise PanzaError(
            f"{path} can't be written ({error.strerror}), so {what} did not begin; nothing was "
            "changed."
        ) from error
    try:
        deadline = time.monotonic() + wait
        while not _try_lock(handle):
            if time.monotonic() >= deadline:
                raise PanzaError(
                    f"{holder(path) or 'Another panza-tui'} is at work; nothing was changed. "
                    "Try again when it is done."
                )
            time.sleep(0.1)
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "what": what}).encode(), 0)
        yield
    finally:
        os.close(handle)


def hold_write(home: Home, what: str) -> contextlib.AbstractContextManager[None]:
    """Be the one writer of the home's database; waits up to 30 s for another to finish."""
    return hold(home.write_lock, what, wait=30.0)


def is_held(path: Path) -> bool:
    """Whether some process holds the lock at `path`."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _try_lock(handle)
    finally:
        os.close(handle)


def holder(path: Path) -> str | None:
    """The holder in words, as 'panza-tui import (process 4711)'; None when it did not say."""
    try:
        record = json.loads(path.read_text())
        return f"{record['what']} (process {record['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return None


def training_is_active(home: Home) -> bool:
    """Whether a training run of this home is at work now; a paused one leaves us the cores."""
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
