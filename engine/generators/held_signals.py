"""Hold signals back while native code runs that calls Python."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

_HELD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def held_signals() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C and the like act at the end of the `with` block; yield whether one has come.

    Python acts on a signal in the next Python code that runs. Where that is a callback from native
    code, KeyboardInterrupt would be printed and lost, and the work would go on.
    """
    came: list[int] = []
    handlers = {}
    if threading.current_thread() is threading.main_thread():
        handlers = {n: found for n in _HELD if callable(found := signal.getsignal(n))}
    for held in handlers:
        signal.signal(held, lambda number, frame: came.append(number))
    try:
        yield lambda: bool(came)
    finally:
        for held, handler in handlers.items():
            signal.signal(held, handler)
        for number in came[:1]:
            handlers[signal.Signals(number)](number, None)
