"""The form for a new run, with an estimate of what it takes on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.timer import Timer
from textual.widgets import Button, Input, Label, Select, Static

from panza_tui.dashboard.service import Cost, RunChoice, TrainingService
from panza_tui.shell.line_input import LineInput
from panza_tui.shell.workers import run_in_thread
from panza_tui.terminal.duration import duration
from panza_tui.terminal.sanitise import safe_line

_METHODS = (
    ("RoSA: low-rank and sparse", "rosa"),
    ("LoRA: low-rank only", "lora"),
    ("full: all weights", "full"),
)
_SECONDS_BEFORE_ESTIMATE = 0.7  # A pause this long usually means that typing is done.
_MOST_EPOCHS = 1000


class NewRun(ModalScreen[RunChoice | None]):
    """Asks what to train; returns None if it was closed.

    default: what the form starts with. bases: further base models to suggest.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close", id="new_run.close"),
        Binding("ctrl+s", "start", "Start", priority=True, id="new_run.start"),
    ]

    def __init__(self, service: TrainingService, default: RunChoice, bases: Sequence[str]) -> None:
        super().__init__()
        self._service = service
        self._default = default
        self._bases = list(dict.fromkeys([default.base, *bases]))
        self._waiting: Timer | None = None

    def compose(self) -> ComposeResult:
        default = self._default
        with VerticalScroll(id="window", can_focus=False) as window:
            window.border_title = "New run"
            window.border_subtitle = "Ctrl+S starts it · Esc closes"
            with Grid():
                yield Label("Base model")
                yield LineInput(
                    default.base,
                    id="base",
                    suggester=SuggestFromList(self._bases),
                    compact=True,
                )
                yield Label("Method")
                yield Select(
                    _METHODS, value=default.method, allow_blank=False, id="method", compact=True
                )
                yield Label("Epochs")
                yield LineInput(str(default.epochs), id="epochs", type="integer", compact=True)
                yield Label("Name")
                yield LineInput(placeholder="default: base and method", id="name", compact=True)
            yield Static("", id="cost", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Start", id="start", variant="primary", compact=True)
                yield Button("Close", id="close", compact=True)

    def on_mount(self) -> None:
        self.query_one("#base").focus()
        self._estimate()

    @on(Input.Changed, "#base, #epochs")
    @on(Select.Changed)
    def _estimate_soon(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(_SECONDS_BEFORE_ESTIMATE, self._estimate)

    def _estimate(self) -> None:
        choice = self._choice()
        if choice is None:
            self._show_note(f"! Epochs must be a whole number from 1 to {_MOST_EPOCHS}.")
            return
        self._show_note("◌ measuring this machine …")
        run_in_thread(
            self,
            partial(self._service.cost, choice),
            lambda cost: self._show_estimate(choice, cost_text(cost)),
            lambda error: self._show_estimate(choice, f"! {error}"),
            group="cost",
            exclusive=True,
        )

    def _show_estimate(self, choice: RunChoice, text: str) -> None:
        if choice == self._choice():  # If it has changed, another estimate follows.
            self._show_note(text)

    def _show_note(self, text: str) -> None:
        self.query_one("#cost", Static).update(text)

    def _choice(self) -> RunChoice | None:
        epochs = self.query_one("#epochs", Input).value
        if not epochs.isdecimal() or not 1 <= int(epochs) <= _MOST_EPOCHS:
            return None
        method = self.query_one("#method", Select).value
        return RunChoice(
            base=self.query_one("#base", Input).value.strip(),
            method=str(method),
            epochs=int(epochs),
            name=self.query_one("#name", Input).value.strip(),
        )

    @on(Input.Submitted)
    def _next_field(self) -> None:
        self.focus_next()

    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        """Return the choice."""
        choice = self._choice()
        if choice is not None and choice.base:
            self.dismiss(choice)

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.dismiss(None)


def cost_text(cost: Cost) -> str:
    """Describe what a run takes, or why it does not fit."""
    if cost.why:
        return f"! {safe_line(cost.why)}"
    return (
        f"About {duration(cost.minutes)} at most and {cost.memory_gib:.1f} GiB of memory "
        f"({cost.free_gib:.1f} GiB free)."
    )
