"""Back up a home into one file, and restore it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.backup.contents import Contents
from engine.backup.restore import Restored, check_restore, restore_backup
from engine.backup.write import write_backup
from engine.errors import Interrupted
from engine.events import Emit, Progress
from engine.home.home import Home
from training.runs.run_folder import files_to_keep


def back_up(home: Home, target: Path, emit: Emit, *, models: bool = True) -> Contents:
    """Write a verified backup while others use the home. models: whether to include them.

    Raises Interrupted on Ctrl-C, and what write_backup raises; there is no file then.
    """
    try:
        return write_backup(home, target.absolute(), files_to_keep, emit, models=models)
    except KeyboardInterrupt as interrupt:
        raise Interrupted("Interrupted; no backup was written.") from interrupt


def restore(home: Home, path: Path, emit: Emit) -> Restored:
    """Replace the home's content by a backup's, and keep the old one in a folder in the home.

    Raises Interrupted on Ctrl-C, and what restore_backup raises.
    """
    try:
        return restore_backup(home, path.absolute(), _bar(emit, "restoring"))
    except KeyboardInterrupt as interrupt:
        raise Interrupted("Interrupted; what was there is kept. Restore again.") from interrupt


def check_backup(home: Home, path: Path, emit: Emit) -> Restored:
    """Check a backup as restoring it would, and restore nothing. Raises what check_restore does."""
    try:
        return check_restore(home, path.absolute(), _bar(emit, "checking"))
    except KeyboardInterrupt as interrupt:
        raise Interrupted("Interrupted; nothing was restored.") from interrupt


def _bar(emit: Emit, stage: str) -> Callable[[int, int], None]:
    return lambda done, total: emit(Progress(stage, done, total, "bytes"))
