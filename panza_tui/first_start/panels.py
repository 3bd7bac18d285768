"""The small panels of the first start: the list of steps, and the description of a long step."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from panza_tui.first_start.service import StartState
from panza_tui.terminal.sanitise import safe_line


class StepList(Static):
    """The steps to a first draft, with the present one marked."""

    def show(self, state: StartState) -> None:
        """Show how far the user has come."""
        lines: list[str | tuple[str, str]] = []
        for number, step in enumerate(state.steps, 1):
            here = step.work == state.step.work
            sign = "✓" if step.done else "▸" if here else "·"
            style = "bold" if here else "$foreground 60%"
            lines.append((f"{sign} {number}  {safe_line(step.title)}\n", style))
        self.update(Content.assemble(*lines).rstrip())


class ReadyPanel(VerticalScroll):
    """Describes a step that takes a while, before the user starts it."""

    def compose(self) -> ComposeResult:
        yield Static("", classes="words", markup=False)

    def before_playback(self, state: StartState) -> None:
        """Describe playback, and say which mails were left out of it."""
        lines: list[str | tuple[str, str]] = [
            (f"{state.kept} mails to learn from. Enter begins.\n", "bold"),
            "\nThe embedded model reads each mail and writes the instruction you might have given "
            "for it, which takes about a second per mail. You can stop it and continue later.\n",
        ]
        if state.left_out:
            lines.append("\nLeft out:\n")
        for reason, count, meaning in state.left_out:
            lines.append(f"{count:>7}  {safe_line(reason):<14}")
            lines.append((f"  {meaning}\n" if meaning else "\n", "$foreground 60%"))
        self._show(lines)

    def before_export(self, state: StartState) -> None:
        """Describe the export of the trained model."""
        self._show(
            [
                (f"“{safe_line(state.model)}” is trained. ", "bold"),
                "Enter writes a quantised copy of it, which drafts faster and takes less memory.\n",
                "\nEsc goes to the chat without it.",
            ]
        )

    def _show(self, lines: Sequence[str | tuple[str, str]]) -> None:
        self.query_one(Static).update(Content.assemble(*lines))
