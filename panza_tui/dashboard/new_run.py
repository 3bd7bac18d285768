"""The form for a new run, with what it would take on this machine."""

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
from panza_tui.dashboard.worker import CostKnown, TrainingDesk
from panza_tui.shell.line_input import LineInput
from panza_tui.terminal.duration import duration
from panza_tui.terminal.sanitise import safe_line

_METHODS = (
    ("RoSA: low-rank and sparse", "rosa"),
    ("LoRA: low-rank alone", "lora"),
    ("full: all weights", "full"),
)
_SECONDS_OF_REST = 0.7
_MOST_EPOCHS = 1000


class NewRun(ModalScreen[RunChoice | None]):
    """Asks what to train; None when nothing is to be."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close", id="new_run.close"),
        Binding("ctrl+s", "start", "Start", priority=True, id="new_run.start"),
    ]

    def __init__(self, service: TrainingService, usual: RunChoice, bases: Sequence[str]) -> None:
        super().__init__()
        self._desk = TrainingDesk(service, self.post_message)
        self._usual = usual
        self._bases = list(dict.fromkeys([usual.base, *bases]))
        self._rest: Timer | None = None

    def compose(self) -> ComposeResult:
        usual = self._usual
        with VerticalScroll(id="window", can_focus=False) as window:
            window.border_title = "A new run"
            window.border_subtitle = "ctrl+s starts it, Esc closes"
            with Grid():
                yield Label("Base model")
                yield LineInput(
                    usual.base,
                    id="base",
                    suggester=SuggestFromList(self._bases),
                    compact=True,
                )
                yield Label("Method")
                yield Select(
                    _METHODS, value=usual.method, allow_blank=False, id="method", compact=True
                )
                yield Label("Epochs")
                yield LineInput(str(usual.epochs), id="epochs", type="integer", compact=True)
                yield Label("Name")
                yield LineInput(placeholder="after base and method", id="name", compact=True)
            yield Static("", id="cost", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Start", id="start", variant="primary", compact=True)
                yield Button("Close", id="close", compact=True)

    def on_mount(self) -> None:
        self.query_one("#base").focus()
        self._reckon()

    @on(Input.Changed, "#base, #epochs")
    @on(Select.Changed)
    def _wait_for_rest(self) -> None:
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(_SECONDS_OF_REST, self._reckon)

    def _reckon(self) -> None:
        choice = self._choice()
        if choice is None:
            self._tell("! Epochs are a whole number from 1 to 1000.")
            return
        self._tell("◌ measuring this machine …")
        self.run_worker(
            partial(self._desk.reckon, choice),
            thread=True,
            group="cost",
            exclusive=True,
            exit_on_error=False,
        )

    @on(CostKnown)
    def _show_cost(self, message: CostKnown) -> None:
        if message.choice != self._choice():
            return  # It was changed meanwhile; the next answer is on its way.
        self._tell(cost_words(message.cost) if message.cost else f"! {message.error}")

    def _tell(self, words: str) -> None:
        self.query_one("#cost", Static).update(words)

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
        """Give the choice back."""
        choice = self._choice()
        if choice is not None and choice.base:
            self.dismiss(choice)

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.dismiss(None)


def cost_words(cost: Cost) -> str:
    """What a run takes here, and whether it fits."""
    if cost.why:
        return f"! {safe_line(cost.why)}"
    return (
        f"About {duration(cost.minutes)} at most and {cost.memory_gib:.1f} GiB of memory "
        f"({cost.free_gib:.1f} GiB are free)."
    )
