"""The line that shows the state of a run, and its progress bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import ProgressBar

from panza_tui.dashboard.record import RunRecord
from panza_tui.dashboard.service import LIVE, RunView
from panza_tui.dashboard.text import Text
from panza_tui.terminal.duration import duration
from panza_tui.terminal.sanitise import safe_line

if TYPE_CHECKING:
    from panza_tui.jobs.runs import RunState

GLYPHS: dict[RunState, str] = {
    "starting": "◌",
    "running": "●",
    "paused": "‖",
    "finished": "✓",
    "stopped": "■",
    "failed": "!",
    "killed": "!",
}


def state_text(view: RunView, record: RunRecord) -> str:
    """Describe the state of a run in one line."""
    at = record.progress
    where = f"step {at.done} of {at.total}" if at else f"step {record.step}"
    match view.state:
        case "starting":
            return "starting"
        case "running" if at is None:
            return f"{record.stage or 'starting'}: base model and mails"
        case "running":
            left = record.minutes_left()
            return " · ".join(
                ["training", where, *([f"{duration(left)} left"] if left is not None else [])]
            )
        case "paused":
            return f"paused · {where} · the processor is idle"
        case "finished":
            seconds = view.figures.get("seconds")
            return "finished" + (f" · {duration(seconds / 60)}" if seconds else "")
        case "stopped":
            return f"stopped · {where} · saved"
        case _:
            return f"{'failed' if view.state == 'failed' else 'ended'}: {safe_line(view.trouble)}"


class RunLine(Vertical):
    """The name and state of the run shown, and its progress bar while it is running."""

    def compose(self) -> ComposeResult:
        yield Text(id="run-text")
        yield ProgressBar(id="run-bar", show_eta=False)

    def show(self, view: RunView, record: RunRecord) -> None:
        """Show the state of a run."""
        text = f"{GLYPHS[view.state]} {safe_line(view.name)}  {state_text(view, record)}"
        line = self.query_one(Text)
        line.show(text)
        line.set_class(view.state in ("failed", "killed"), "trouble")
        bar = self.query_one(ProgressBar)
        bar.display = view.state in LIVE and record.progress is not None
        if record.progress is not None:
            bar.update(total=record.progress.total, progress=record.progress.done)

    def show_text(self, text: str) -> None:
        """Show another text in its place."""
        self.query_one(Text).show(text)
        self.query_one(ProgressBar).display = False
