"""The line that shows the progress of an export."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import ProgressBar, Static

from engine.events import Event, Progress
from panza_tui.terminal.sanitise import safe_line


class ExportLine(Horizontal):
    """Hidden until an export begins; says afterwards how it ended."""

    def compose(self) -> ComposeResult:
        yield Static("", classes="words", markup=False)
        yield ProgressBar(show_eta=False)

    def on_mount(self) -> None:
        self.display = False

    def begin(self, name: str) -> None:
        """Show that model `name` is being exported."""
        self._name = safe_line(name)
        self.display = True
        self._show_text(f"◌ exporting {self._name}")
        bar = self.query_one(ProgressBar)
        bar.display = True
        bar.update(total=None, progress=0)

    def show_events(self, events: Iterable[Event]) -> None:
        """Show the newest progress."""
        for event in [event for event in events if isinstance(event, Progress)][-1:]:
            rate = f"  {event.rate:.3g} {event.unit}/s" if event.rate else ""
            self._show_text(f"◌ {self._name}: {event.stage}{rate}")
            self.query_one(ProgressBar).update(total=event.total, progress=event.done)

    def end(self, error: str) -> None:
        """Show how it ended. error: why it failed, or ''."""
        self.query_one(ProgressBar).display = False
        self._show_text(
            f"! {safe_line(error)}" if error else f"✓ {self._name} is exported and checked."
        )

    def _show_text(self, text: str) -> None:
        self.query_one(".words", Static).update(text)
