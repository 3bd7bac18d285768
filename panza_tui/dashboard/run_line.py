"""One line on how it is with a run, and how far it is."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import ProgressBar

from panza_tui.dashboard.record import RunRecord
from panza_tui.dashboard.service import LIVE, RunState, RunView
from panza_tui.dashboard.words import Words
from panza_tui.terminal.duration import duration
from panza_tui.terminal.sanitise import safe_line

GLYPHS: dict[RunState, str] = {
    "starting": "◌",
    "running": "●",
    "paused": "‖",
    "finished": "✓",
    "stopped": "■",
    "failed": "!",
    "killed": "!",
}


def state_words(view: RunView, record: RunRecord) -> str:
    """How it is with the run, in one line."""
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
            return f"paused · {where} · the processor is free"
        case "finished":
            seconds = view.figures.get("seconds")
            return "finished" + (f" · {duration(seconds / 60)}" if seconds else "")
        case "stopped":
            return f"stopped · {where} · kept"
        case _:
            return f"{'failed' if view.state == 'failed' else 'ended'}: {safe_line(view.trouble)}"


class RunLine(Vertical):
    """The name and state of the run in front, with its bar while it goes on."""

    def compose(self) -> ComposeResult:
        yield Words(id="run-words")
        yield ProgressBar(id="run-bar", show_eta=False)

    def show(self, view: RunView, record: RunRecord) -> None:
        """Tell it."""
        words = f"{GLYPHS[view.state]} {safe_line(view.name)}  {state_words(view, record)}"
        line = self.query_one(Words)
        line.show(words)
        line.set_class(view.state in ("failed", "killed"), "trouble")
        bar = self.query_one(ProgressBar)
        bar.display = view.state in LIVE and record.progress is not None
        if record.progress is not None:
            bar.update(total=record.progress.total, progress=record.progress.done)

    def say(self, words: str) -> None:
        """Tell something else."""
        self.query_one(Words).show(words)
        self.query_one(ProgressBar).display = False
