"""Events -> progress on stderr: Rich bars with rate and time left, or plain lines in a log."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator

from engine.events import Emit, Event, Metric, Progress, Warn
from panza_tui.sanitise import safe_line

_SECONDS_BETWEEN_LINES = 15.0


def say(line: str) -> None:
    """One line of narration."""
    print(line, file=sys.stderr, flush=True)


@contextlib.contextmanager
def narrated() -> Iterator[Emit]:
    """An `Emit` that shows events on stderr for as long as the body runs."""
    if sys.stderr.isatty():
        with _bars() as emit:
            yield emit
    else:
        yield _lines()


@contextlib.contextmanager
def _bars() -> Iterator[Emit]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import (
        Progress as Bars,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<16}", markup=False),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    tasks: dict[str, TaskID] = {}
    figures: dict[str, float] = {}

    # Each redraw takes time from the two cores that a training run may have.
    with Bars(*columns, console=console, refresh_per_second=2) as bars:

        def emit(event: Event) -> None:
            if isinstance(event, Warn):
                bars.console.print(f"Note: {safe_line(event.text)}", markup=False, highlight=False)
            elif isinstance(event, Metric):
                figures.update(event.values)
            elif isinstance(event, Progress):
                if event.stage not in tasks:
                    tasks[event.stage] = bars.add_task(event.stage, total=event.total, note="")
                bars.update(
                    tasks[event.stage],
                    completed=event.done,
                    total=event.total,
                    note=_note(event, figures),
                )

        yield emit


def _lines() -> Emit:
    shown: dict[str, float] = {}
    figures: dict[str, float] = {}

    def emit(event: Event) -> None:
        if isinstance(event, Warn):
            say(f"Note: {safe_line(event.text)}")
        elif isinstance(event, Metric):
            figures.update(event.values)
        elif isinstance(event, Progress):
            now = time.monotonic()
            ended = event.done == event.total
            if ended or now - shown.setdefault(event.stage, now) > _SECONDS_BETWEEN_LINES:
                shown[event.stage] = now
                total = f" of {event.total}" if event.total is not None else ""
                say(f"{event.stage}: {event.done}{total} {_note(event, figures)}")

    return emit


def _note(event: Progress, figures: dict[str, float]) -> str:
    parts = [event.unit]
    if event.rate:
        parts.append(f"{event.rate:.3g}/s" if event.rate >= 1 else f"{1 / event.rate:.3g} s each")
    if event.stage == "train":
        parts += [
            f"{name.replace('_', ' ')} {figures[name]:.2f}"
            for name in ("loss", "validation_loss")
            if name in figures
        ]
    return "  ".join(parts)
