"""Jobs that write to the database take turns, and say which other one they wait for."""

from __future__ import annotations

import contextlib

from engine.events import Emit, Warn
from engine.home import Home
from engine.locks import hold_write, holder, is_held


def one_writer(home: Home, who: str, emit: Emit) -> contextlib.AbstractContextManager[None]:
    """Be the home's one writer while the body runs; `who` tells others which one that is.

    Raises PanzaError naming the other one when it is still at work after 30 s.
    """
    if is_held(home.write_lock):
        other = holder(home.write_lock) or "Another panza-tui"
        emit(Warn(f"{other} is at work; waiting up to 30 s for it."))
    return hold_write(home, who)
