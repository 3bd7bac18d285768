"""The line that shows how an export goes."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import ProgressBar, Static

from engine.events import Event, Progress
from panza_tui.terminal.sanitise import safe_line


@dataclass
class ExportMoved(Message):
    """The export went on."""

    event: Event


@dataclass
class ExportEnded(Message):
    """The export is over; `error` is '' or the plain line it failed with."""

    error: str


class ExportLine(Horizontal):
    """Hidden until an export begins; says afterwards how it ended."""

    def compose(self) -> ComposeResult:
        yield Static("", classes="words", markup=False)
        yield ProgressBar(show_eta=False)

    def on_mount(self) -> None:
        self.display = False

    def begin(self, name: str) -> None:
        self._name = safe_line(name)
        self.display = True
        self._say(f"◌ exporting {self._name}")
        bar = self.query_one(ProgressBar)
        bar.display = True
        bar.update(total=None, progress=0)

    def move(self, event: Event) -> None:
        """Show the newest progress."""
        if isinstance(event, Progress):
            rate = f"  {event.rate:.3g} {event.unit}/s" if event.rate else ""
            self._say(f"◌ {self._name}: {event.stage}{rate}")
            self.query_one(ProgressBar).update(total=event.total, progress=event.done)

    def end(self, error: str) -> None:
        self.query_one(ProgressBar).display = False
        self._say(f"! {safe_line(error)}" if error else f"✓ {self._name} is exported and checked.")

    def _say(self, words: str) -> None:
        self.query_one(".words", Static).update(words)
