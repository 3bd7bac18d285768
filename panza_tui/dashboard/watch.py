"""Notice when a run ends, so that the app can say so on any screen."""

from __future__ import annotations

from typing import Literal

from panza_tui.dashboard.service import LIVE, RunView, TrainingService
from panza_tui.shell.messages import RunEnded
from panza_tui.terminal.sanitise import safe_line


class RunWatch:
    """Compares the runs with those seen before."""

    def __init__(self, service: TrainingService) -> None:
        self._service = service
        self._live: set[str] = set()

    def poll(self) -> list[RunEnded]:
        """Return the runs that ended since the last call; none at the first call."""
        views = {view.name: view for view in self._service.runs()}
        ended = [_ended(name, views.get(name)) for name in sorted(self._live)]
        self._live = {name for name, view in views.items() if view.state in LIVE}
        return [message for message in ended if message.name not in self._live]


def _ended(name: str, view: RunView | None) -> RunEnded:
    state: Literal["finished", "stopped", "failed"] = "failed"
    if view is None:
        line = f"The folder of the run '{name}' was removed, with everything it had learnt."
    elif view.outcome:
        state = "finished"
        line = view.outcome
    elif view.state == "finished":
        state = "finished"
        losses = [view.figures.get(key) for key in ("held_out_loss_base", "held_out_loss")]
        reached = "" if None in losses else f": held-out loss {losses[0]:.2f} -> {losses[1]:.2f}"
        line = f"'{name}' is trained{reached}. Export it with F5 for faster drafts."
    elif view.state == "stopped":
        state = "stopped"
        line = f"The training of '{name}' was stopped and saved. F4 resumes it."
    else:
        line = f"The training of '{name}' failed. {view.trouble} F4 resumes it."
    return RunEnded(name, state, safe_line(line))
