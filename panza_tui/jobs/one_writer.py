"""Commands that write to the database take turns, and say whom they wait for."""

from __future__ import annotations

import contextlib

from engine.home import Home
from engine.locks import hold_write, holder, is_held
from panza_tui.terminal.narration import say


def one_writer(home: Home, what: str) -> contextlib.AbstractContextManager[None]:
    """Be the home's one writer while the body runs; `what` tells others who that is.

    Raises PanzaError naming the other one when it is still at work after 30 s.
    """
    if is_held(home.write_lock):
        other = holder(home.write_lock) or "Another panza-tui"
        say(f"{other} is at work; waiting up to 30 s for it.")
    return hold_write(home, what)
