"""File locks (flock), which the kernel releases when a process ends, even if it is killed."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from engine.disk.flock import try_lock
from engine.disk.regular_files import open_regular
from engine.errors import PanzaError
from engine.home.home import Home

WRITE_WAIT = 30.0
"""Seconds that a writer waits for another one, as the user is told."""

_POLL_INTERVAL = 0.1  # seconds
_LONGEST_HOLDER = 400  # bytes of a lock file; ours have fewer than 200


@contextlib.contextmanager
def hold(path: Path, what: str, wait: float = 0.5) -> Iterator[None]:
    """Hold the file lock at `path` in a `with` block.

    what: the command or work that holds it, shown to others. wait: seconds to wait for another
    holder. Raises PanzaError if another process still holds it then (the message says which), or
    if the file can't be written.
    """
    handle = open_lock(path, what)
    try:
        deadline = time.monotonic() + wait
        while not try_lock(handle):
            if time.monotonic() >= deadline:
                raise PanzaError(
                    f"{holder(path) or 'Another panza-tui'} is running; nothing was changed. "
                    "Try again when it is done."
                )
            time.sleep(_POLL_INTERVAL)
        write_holder(handle, os.getpid(), what)
        yield
    finally:
        os.close(handle)


def hold_write(home: Home, what: str) -> contextlib.AbstractContextManager[None]:
    """Hold the write lock of the home's database; waits up to WRITE_WAIT for another writer."""
    return hold(home.write_lock, what, wait=WRITE_WAIT)


def open_lock(path: Path, what: str) -> int:
    """Open or create a lock file, and return its descriptor.

    Raises PanzaError if it can't be written, or if it is another file than a lock of ours: a link,
    or a second name (hard link) of a file with other content.
    """
    try:
        handle = open_regular(path, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise PanzaError(
            f"{path} can't be written ({error.strerror}), so {what} did not start; nothing was "
            "changed."
        ) from error
    if os.fstat(handle).st_nlink > 1 and os.fstat(handle).st_size and _read(handle) is None:
        os.close(handle)
        raise PanzaError(
            f"{path} is another name of some other file, so {what} did not start; nothing was "
            "changed. Remove that name, then try again."
        )
    return handle


def write_holder(handle: int, pid: int, what: str) -> None:
    """Write who holds a lock into its file; on a full disk nobody is named, and the lock holds."""
    with contextlib.suppress(OSError):
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": pid, "what": what}).encode(), 0)


def is_held(path: Path) -> bool:
    """Return whether a process holds the file lock at `path`."""
    try:
        handle = _open_to_look(path)
    except OSError:
        return False  # There is no lock file, or something else is in its place.
    try:
        return not try_lock(handle)
    finally:
        os.close(handle)


def holder(path: Path) -> str | None:
    """Return the holder, such as 'panza-tui import (process 4711)'; None if unknown."""
    found = _holder(path)
    return f"{found[1]} (process {found[0]})" if found else None


def holding_process(path: Path) -> int | None:
    """Return the process id in the lock file at `path`; None if it has none."""
    found = _holder(path)
    return found[0] if found else None


def _holder(path: Path) -> tuple[int, str] | None:
    try:
        handle = _open_to_look(path)
    except OSError:
        return None
    try:
        return _read(handle)
    finally:
        os.close(handle)


def _open_to_look(path: Path) -> int:
    try:
        return open_regular(path, os.O_RDWR)
    except PermissionError:
        return open_regular(path, os.O_RDONLY)
    except OSError as error:
        if error.errno == errno.EROFS:  # Nobody can hold a lock for writing there.
            return open_regular(path, os.O_RDONLY)
        raise


def _read(handle: int) -> tuple[int, str] | None:
    """Return (process id, what it does) from a lock file; None if it says something else.

    Anybody who can write the file chooses these words, so they are shown only if they are short
    and printable, and the number is only used if it can be one process.
    """
    try:
        record = json.loads(os.pread(handle, _LONGEST_HOLDER, 0))
        pid, what = record["pid"], record["what"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if type(pid) is not int or pid <= 1 or not isinstance(what, str) or not what.isprintable():
        return None
    return pid, what


def refuse_while_working(home: Home, outcome: str) -> None:
    """Raise PanzaError if a run, export, evaluation or background job of this home is at work.

    outcome: what it means for the caller, as a sentence.
    """
    evaluation = home.evaluation.with_suffix(".lock")
    for lock in (*home.models.glob("*/*.lock"), *home.root.glob("jobs/*/lock"), evaluation):
        if is_held(lock):
            who = holder(lock) or lock.parent.name
            raise PanzaError(f"{who} is running; stop it first. {outcome}")


def training_is_active(home: Home) -> bool:
    """Return whether a training run of this home is using the cores; a paused one is not."""
    return any(
        is_held(lock) and not (lock.parent / "paused").exists()
        for lock in home.models.glob("*/run.lock")
    )
