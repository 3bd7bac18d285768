"""Show events as progress on stderr: Rich bars on a terminal, plain lines in a log.

With PANZA_EVENTS=FILE in the environment, events are also appended to that file, which is how the
app follows the jobs that it starts (panza_tui.jobs.background).
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import PanzaError
from engine.events import EVENTS_FILE, Event, EventLog, Metric, Progress, Warn
from panza_tui.terminal.sanitise import safe_line, safe_text

if TYPE_CHECKING:
    from rich.progress import Progress as RichBars
    from rich.progress import TaskID

_SECONDS_BETWEEN_LINES = 15.0
"""How often a log gets a line on progress; it is read later, so rarely is enough."""

_REDRAWS_PER_SECOND = 2
"""Low, as drawing uses the cores that a training run may need."""


def say(line: str) -> None:
    """Print a line on stderr, safely: names of files, too, may have escape sequences in them."""
    print(safe_text(line), file=sys.stderr, flush=True)


def show(line: str) -> None:
    """Print a line on stdout, safely: what is stored, too, may have escape sequences in it."""
    print(safe_text(line), flush=True)


def show_path(path: Path) -> None:
    """Print the path of a file for a script, exactly; on a terminal safely."""
    print(safe_text(str(path)) if sys.stdout.isatty() else path, flush=True)


@contextlib.contextmanager
def passing_line(line: str) -> Iterator[Callable[[], None]]:
    """Show a line on a terminal's stderr while something is waited for.

    Yields a function that removes the line, as does the end of the block.
    """
    is_shown = bool(line) and sys.stderr.isatty()
    if is_shown:
        sys.stderr.write(line)
        sys.stderr.flush()

    def clear() -> None:
        nonlocal is_shown
        if is_shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
            is_shown = False

    try:
        yield clear
    finally:
        clear()


class Narration:
    """An `Emit` that shows events on stderr, and records them."""

    def __init__(self) -> None:
        self._shown: _Bars | _Lines = _Bars() if sys.stderr.isatty() else _Lines()

    def __call__(self, event: Event) -> None:
        self._shown.show(event)
        record(event)

    def end_bars(self) -> None:
        """End the bars, so that what is printed next appears below them."""
        self._shown.end()


@contextlib.contextmanager
def narrated() -> Iterator[Narration]:
    """Show events on stderr in a `with` block."""
    narration = Narration()
    try:
        yield narration
    finally:
        narration.end_bars()


def record(event: Event) -> None:
    """Append an event to the file that PANZA_EVENTS names, if it names one."""
    if path := os.environ.get(EVENTS_FILE):
        # The work continues without a record; a full disk, or a locked home, has its own error.
        with (
            contextlib.suppress(OSError, PanzaError),
            contextlib.closing(EventLog(Path(path))) as log,
        ):
            log(event)


class _Bars:
    """Draw a bar for each stage on a terminal, from the first progress event on."""

    def __init__(self) -> None:
        self._bars: RichBars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._figures: dict[str, float] = {}

    def show(self, event: Event) -> None:
        if isinstance(event, Warn):
            say(f"Note: {safe_line(event.text)}")  # Rich prints it above the bars.
        elif isinstance(event, Metric):
            self._figures.update(event.values)
        elif isinstance(event, Progress):
            if self._bars is None:
                self._bars = _start_bars()
            if event.stage not in self._tasks:
                self._tasks[event.stage] = self._bars.add_task(
                    event.stage, total=event.total, note="", amount=""
                )
            self._bars.update(
                self._tasks[event.stage],
                completed=event.done,
                total=event.total,
                amount=_amount(event),
                note=_note(event, self._figures),
            )

    def end(self) -> None:
        if self._bars is not None:
            self._bars.stop()
        self._bars, self._tasks = None, {}


def _start_bars() -> RichBars:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as RichBars

    bars = RichBars(
        TextColumn("{task.description:<16}", markup=False),
        BarColumn(bar_width=28),
        TextColumn("{task.fields[amount]}", markup=False),
        TextColumn("{task.fields[note]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        refresh_per_second=_REDRAWS_PER_SECOND,
    )
    bars.start()
    return bars


class _Lines:
    """Print a line on the progress of each stage now and then, for a log."""

    def __init__(self) -> None:
        self._printed: dict[str, float] = {}
        self._figures: dict[str, float] = {}

    def show(self, event: Event) -> None:
        if isinstance(event, Warn):
            say(f"Note: {safe_line(event.text)}")
        elif isinstance(event, Metric):
            self._figures.update(event.values)
        elif isinstance(event, Progress):
            now = time.monotonic()
            ended = event.done == event.total
            if ended or now - self._printed.setdefault(event.stage, now) > _SECONDS_BETWEEN_LINES:
                self._printed[event.stage] = now
                say(f"{event.stage}: {progress_words(event, self._figures)}")

    def end(self) -> None:
        """Do nothing; there are no bars to end."""


def progress_words(event: Progress, figures: Mapping[str, float]) -> str:
    """Describe how far a stage is, its speed and the time left. figures: the newest, by name."""
    parts = (_amount(event), _note(event, figures), _left(event))
    return "  ".join(part for part in parts if part)


def _amount(event: Progress) -> str:
    """Return how much is done: "3 of 7 mails" or "1.2 of 3.4 MB"."""
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
    """Return the time left, as "0:02:10 left"; '' if it is unknown or the stage is done."""
    if not event.rate or event.total is None or event.done >= event.total:
        return ""
    minutes, seconds = divmod(round((event.total - event.done) / event.rate), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02} left"
