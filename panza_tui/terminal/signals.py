"""Being asked to end, by whatever signal: long work stops as it does for Ctrl-C."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

_ASKING = (signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM, and SIGHUP unless it is ignored (nohup), raise KeyboardInterrupt in the body."""
    before = {asked: signal.getsignal(asked) for asked in _ASKING}
    for asked, handler in before.items():
        if handler is signal.SIG_DFL:
            signal.signal(asked, _interrupt)
    try:
        yield
    finally:
        for asked, handler in before.items():
            signal.signal(asked, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
