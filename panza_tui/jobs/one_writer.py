"""Let one job at a time write to the database, and report which other one it waits for."""

from __future__ import annotations

import contextlib

from engine.events import Emit, Warn
from engine.home.home import Home
from engine.home.locks import WRITE_WAIT, hold_write, holder, is_held


def one_writer(home: Home, who: str, emit: Emit) -> contextlib.AbstractContextManager[None]:
    """Hold the home's write lock in a `with` block, with a warning if another job holds it.

    who: the name of this writer, shown to others that wait. Raises PanzaError, naming the other
    writer, if it is still running after WRITE_WAIT seconds.
    """
    if is_held(home.write_lock):
        other = holder(home.write_lock) or "Another panza-tui"
        emit(Warn(f"{other} is running; waiting up to {WRITE_WAIT:.0f} s for it."))
    return hold_write(home, who)
