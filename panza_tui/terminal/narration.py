"""Events -> progress on stderr: Rich bars with rate and time left, or plain lines in a log.

With PANZA_EVENTS=FILE in the environment they are appended to that file, too
(panza_tui.jobs.background).
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.events import Emit, Event, EventLog, Metric, Progress, Warn
from panza_tui.terminal.sanitise import safe_line

EVENTS = "PANZA_EVENTS"

_SECONDS_BETWEEN_LINES = 15.0


def say(line: str) -> None:
    """One line of narration."""
    print(line, file=sys.stderr, flush=True)


@contextlib.contextmanager
def narrated() -> Iterator[Emit]:
    """An `Emit` that shows events on stderr for as long as the body runs."""
    with _bars() if sys.stderr.isatty() else contextlib.nullcontext(_lines()) as show:

        def emit(event: Event) -> None:
            show(event)
            record(event)

        yield emit


def record(event: Event) -> None:
    """Append an event to the file that PANZA_EVENTS names, if it names one."""
    if path := os.environ.get(EVENTS):
        # The work goes on when nobody can be told how: a full disk will stop it with its own line.
        with contextlib.suppress(OSError), contextlib.closing(EventLog(Path(path))) as log:
            log(event)


@contextlib.contextmanager
def _bars() -> Iterator[Emit]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
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
        TextColumn("{task.fields[amount]}", markup=False),
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
                    tasks[event.stage] = bars.add_task(
                        event.stage, total=event.total, note="", amount=""
                    )
                bars.update(
                    tasks[event.stage],
                    completed=event.done,
                    total=event.total,
                    amount=_amount(event),
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
                say(f"{event.stage}: {progress_words(event, figures)}")

    return emit


def progress_words(event: Progress, figures: Mapping[str, float]) -> str:
    """How far it is, how fast it goes and what is left; `figures`: the newest, by name."""
    told = (_amount(event), _note(event, figures), _left(event))
    return "  ".join(part for part in told if part)


def _amount(event: Progress) -> str:
    """As "3 of 7 mails", and as "1.2 of 3.4 MB" for bytes."""
    scale, unit = (1e6, "MB") if event.unit == "bytes" else (1, event.unit)
    counts = [event.done] if event.total is None else [event.done, event.total]
    shown = (f"{count / scale:.1f}" if scale > 1 else str(count) for count in counts)
    return f"{' of '.join(shown)} {unit}"


def _note(event: Progress, figures: Mapping[str, float]) -> str:
    parts = []
    if event.rate:
        parts.append(_rate(event.rate, event.unit))
    if event.stage == "train":
        parts += [
            f"{name.replace('_', ' ')} {figures[name]:.2f}"
            for name in ("loss", "validation_loss")
            if name in figures
        ]
    return "  ".join(parts)


def _rate(rate: float, unit: str) -> str:
    if unit == "bytes":
        return f"{rate / 1e6:.1f} MB/s"
    return f"{rate:.3g}/s" if rate >= 1 else f"{1 / rate:.3g} s each"


def _left(event: Progress) -> str:
    """The time left, as "0:02:10 left"; '' where it is unknown or over."""
    if not event.rate or event.total is None or event.done >= event.total:
        return ""
    minutes, seconds = divmod(round((event.total - event.done) / event.rate), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02} left"
