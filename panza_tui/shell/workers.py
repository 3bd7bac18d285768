"""Run blocking work in a thread, and hand its result back to the screen.

Callbacks run on the UI thread as messages of their node, and never after the work was cancelled.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from textual.dom import DOMNode
from textual.notifications import SeverityLevel
from textual.worker import Worker, get_current_worker

from engine.left_out import left_out_lines
from panza_tui.terminal.failures import one_line

Result = TypeVar("Result")
Value = TypeVar("Value")


def run_in_thread(
    node: DOMNode,
    work: Callable[[], Result],
    done: Callable[[Result], object],
    failed: Callable[[str], object] | None = None,
    *,
    group: str,
    exclusive: bool = False,
) -> Worker[None]:
    """Run `work` in a thread; call `done` with its result, or `failed` with a plain-line error.

    `done` and `failed` may be coroutine functions.

    Args:
        node: the screen, widget or app that asks. Its work is cancelled when it is removed.
        failed: shows a notification by default.
        exclusive: whether to cancel the node's earlier work of this group.
    """
    return follow_in_thread(
        node,
        lambda hand_over, stopped: work(),
        lambda values: None,
        done,
        failed,
        group=group,
        exclusive=exclusive,
    )


def follow_in_thread(
    node: DOMNode,
    work: Callable[[Callable[[Value], None], Callable[[], bool]], Result],
    on_values: Callable[[list[Value]], object],
    done: Callable[[Result], object],
    failed: Callable[[str], object] | None = None,
    *,
    seconds_between: float = 0.0,
    group: str,
    exclusive: bool = False,
) -> Worker[None]:
    """Like `run_in_thread`, for work that has something to show before it ends.

    Args:
        work: called with `hand_over(value)` and `stopped()`, which is true once it was cancelled.
        on_values: gets the values handed over since the last call, in order; all of them have
            arrived before `done` or `failed` is called.
        seconds_between: the least time between two calls of `on_values`.
    """

    def run() -> None:
        worker = get_current_worker()
        batches = _Batches(node, worker, on_values, seconds_between)
        outcome: Callable[[], object]
        try:
            outcome = partial(done, work(batches.add, lambda: worker.is_cancelled))
        except Exception as error:
            outcome = partial(failed or partial(_notify, node), one_line(error))
        for line in left_out_lines():
            node.app.call_later(partial(_notify, node, line, "warning"))
        node.call_later(batches.finish, outcome)

    return node.run_worker(run, thread=True, group=group, exclusive=exclusive, exit_on_error=False)


def _notify(node: DOMNode, line: str, severity: SeverityLevel = "error") -> None:
    node.app.notify(line, severity=severity, timeout=10, markup=False)


class _Batches(Generic[Value]):
    """Values on their way from a thread to the UI thread."""

    def __init__(
        self,
        node: DOMNode,
        worker: Worker[object],
        on_values: Callable[[list[Value]], object],
        seconds_between: float,
    ) -> None:
        self._node = node
        self._worker = worker
        self._on_values = on_values
        self._seconds_between = seconds_between
        self._lock = threading.Lock()
        self._waiting: list[Value] = []
        self._scheduled = False
        self._last = -math.inf  # When values were handed over last, by time.monotonic().

    def add(self, value: Value) -> None:
        """Add a value in the thread; it is handed over on the UI thread, as soon as allowed."""
        with self._lock:
            self._waiting.append(value)
            scheduled, self._scheduled = self._scheduled, True
        if not scheduled:
            self._node.call_later(self._schedule)

    def _schedule(self) -> None:
        wait = self._last + self._seconds_between - time.monotonic()
        if wait > 0:
            self._node.set_timer(wait, self._hand_over)
        else:
            self._hand_over()

    def _hand_over(self) -> None:
        with self._lock:
            values, self._waiting = self._waiting, []
            self._scheduled = False
        if values and not self._worker.is_cancelled:
            self._last = time.monotonic()
            self._on_values(values)

    def finish(self, outcome: Callable[[], object]) -> object:
        """Hand over the remaining values, then return the outcome, which Textual may await."""
        self._hand_over()
        return None if self._worker.is_cancelled else outcome()
