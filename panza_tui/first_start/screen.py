"""The screen of the first start: asks what is needed, shows the work, and ends in the chat.

How far the user has come is read from the home each time (`StartState`); the screen itself only
knows the path that was picked and is not imported yet.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import ContentSwitcher, OptionList, Static

from panza_tui.first_start.address_panel import AddressPanel
from panza_tui.first_start.base_panel import BasePanel
from panza_tui.first_start.panels import ReadyPanel, StepList
from panza_tui.first_start.pick_panel import PickPanel
from panza_tui.first_start.service import StartService, StartState
from panza_tui.first_start.work_panel import WorkPanel
from panza_tui.jobs.steps import Work
from panza_tui.shell.key_line import KeyLine
from panza_tui.shell.top_line import TopLine
from panza_tui.shell.workers import run_in_thread
from panza_tui.terminal.sanitise import safe_line

Panel = Literal["loading", "pick", "addresses", "work", "ready", "train"]


class StartScreen(Screen[None]):
    """Import, playback and training, one after the other; dismissed to go to the chat."""

    CSS_PATH = "start.tcss"
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [  # type: ignore[misc]
        (0, "-narrow"),
        (80, "-normal"),
    ]
    HELP = (
        "Each step shows its progress. Work continues when you leave this screen or the app, and "
        "is shown here again when you come back. Each step is also a command: panza-tui status "
        "names the next one."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", "Continue", id="start.go_on"),
        Binding("ctrl+s", "stop", "Stop", id="start.stop"),
        Binding("ctrl+o", "more", "More mail", id="start.more"),
        Binding("escape", "back", "Back", id="start.back"),
        Binding("escape", "leave", "To the chat", id="start.leave"),
    ]

    def __init__(self, service: StartService) -> None:
        super().__init__()
        self._service = service
        self._state: StartState | None = None
        self._panel: Panel = "loading"
        self._picked: Path | None = None
        self._more = False  # The user wants to add mail, though there is enough.
        self._exported = False  # The export follows the training by itself, once.

    def compose(self) -> ComposeResult:
        yield TopLine("chat")
        with Vertical(id="column"):
            yield Static("A few steps to drafts that sound like you.", id="title", markup=False)
            yield StepList(markup=False)
            yield Static("", id="trouble", markup=False)
            with ContentSwitcher(initial="loading"):
                yield Static("", id="loading", markup=False)
                yield PickPanel(self._service)
                yield AddressPanel(id="addresses")
                yield WorkPanel(self._service)
                yield ReadyPanel(id="ready")
                yield BasePanel(self._service)
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(TopLine).state = "first steps"

    # Which step it is

    @on(events.ScreenResume)
    def _read_state(self) -> None:
        run_in_thread(
            self,
            self._service.state,
            self._show_state,
            self._leave_work,
            group="state",
            exclusive=True,
        )

    def _show_state(self, state: StartState) -> None:
        self._state = state
        self.query_one(StepList).show(state)
        if state.trouble:
            self._show_trouble(state.trouble)
        if state.running is not None:
            self._follow(state.running)
        elif self._work.following == "scan":
            pass
        elif self._panel == "work" or not self._asks_for(state):
            self._ask_for(state)
        self.refresh_bindings()

    def _asks_for(self, state: StartState) -> bool:
        """Whether the panel shown is already the one for this step."""
        panels = {"import": ("pick", "addresses"), "train": ("train",), "draft": ()}
        if self._more:
            return self._panel in ("pick", "addresses")
        return self._panel in panels.get(state.step.work, ("ready",))

    def _ask_for(self, state: StartState) -> None:
        """Show the panel for the present step."""
        work = state.step.work
        if work == "import" or self._more:
            self._pick()
        elif work == "playback":
            self.query_one(ReadyPanel).before_playback(state)
            self._show_panel("ready")
        elif work == "train":
            self.query_one(BasePanel).ask(state)
            self._show_panel("train")
        elif work == "export" and not (self._exported or state.trouble):
            self._exported = True
            self._start(work, self._service.start_export)
        elif work == "export":
            self.query_one(ReadyPanel).before_export(state)
            self._show_panel("ready")
        else:
            self.action_leave()

    def _show_panel(self, panel: Panel) -> None:
        self._panel = panel
        self.query_one(ContentSwitcher).current = panel
        focus = {
            "pick": "#pick Input",
            "addresses": "#addresses AddressList",
            "train": "#train OptionList",
        }
        # At once: a key pressed before the focus has moved would be lost.
        self.set_focus(self.query_one(focus.get(panel, f"#{panel}")))
        self.refresh_bindings()

    def _show_trouble(self, line: str) -> None:
        trouble = self.query_one("#trouble", Static)
        trouble.update(f"! {safe_line(line)}" if line else "")
        trouble.display = bool(line)

    @on(PickPanel.ListingFailed)
    @on(BasePanel.EstimateFailed)
    def _show_error(self, message: PickPanel.ListingFailed | BasePanel.EstimateFailed) -> None:
        self._show_trouble(message.error)

    # The mail to import

    def _pick(self) -> None:
        self._show_panel("pick")
        self.query_one(PickPanel).list_places()

    @on(PickPanel.Picked)
    def _scan(self, message: PickPanel.Picked) -> None:
        self._picked = message.path
        self._show_trouble("")
        self._work.scan(message.path)
        self._show_panel("work")

    @on(WorkPanel.AddressesFound)
    def _ask_for_addresses(self, message: WorkPanel.AddressesFound) -> None:
        if message.candidates:
            self.query_one(AddressPanel).ask(message.path, message.candidates)
            self._show_panel("addresses")
        else:
            self._show_trouble("These mails have no sender; choose another export.")
            self._show_panel("pick")

    @on(OptionList.OptionSelected, "#train OptionList")
    def _take_base(self) -> None:
        self.action_go_on()

    # Work

    def _start(self, work: Work, start: Callable[[], None]) -> None:
        self._show_trouble("")
        self._work.begin(work)
        self._show_panel("work")
        run_in_thread(
            self,
            start,
            lambda _: self._read_state(),
            self._start_failed,
            group="start",
            exclusive=True,
        )

    def _start_failed(self, error: str) -> None:
        self._leave_work(error)
        self._read_state()

    def _follow(self, work: Work) -> None:
        if self._work.following != work:
            self._show_trouble("")
            self._work.follow(work)
            self._show_panel("work")

    @on(WorkPanel.Ended)
    def _work_ended(self, message: WorkPanel.Ended) -> None:
        if message.work == "import":
            self._picked, self._more = None, False
        self._read_state()

    @on(WorkPanel.Failed)
    def _work_failed(self, message: WorkPanel.Failed) -> None:
        self._leave_work(message.error)

    def _leave_work(self, error: str) -> None:
        """Show an error, and ask again for what the work needed."""
        self._show_trouble(error)
        if self._panel == "work":
            if self._picked is not None:
                self._show_panel("pick")
            elif self._state is not None:
                self._ask_for(self._state)

    @property
    def _work(self) -> WorkPanel:
        return self.query_one(WorkPanel)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only the keys that do something now."""
        if action == "go_on":
            return self._panel in ("addresses", "ready", "train")
        if action == "stop":
            return self._panel == "work"
        if action == "more":
            return self._panel in ("ready", "train")
        if action in ("back", "leave"):
            inside = self._panel == "addresses" or (self._panel == "pick" and self._more)
            return inside == (action == "back")
        return True

    def action_go_on(self) -> None:
        """Start the present step with what was chosen."""
        state = self._state
        if state is None or self._work.following is not None:
            return
        if self._panel == "addresses" and self._picked is not None:
            if addresses := self.query_one(AddressPanel).chosen:
                self._start("import", partial(self._service.start_import, self._picked, addresses))
            else:
                self._show_trouble("Tick the addresses that are yours, with Space.")
        elif self._panel == "train":
            choice = self.query_one(BasePanel).choice()
            if choice is None or choice.trouble:
                waiting = "This machine is still being measured; wait a moment."
                self._show_trouble(choice.trouble if choice else waiting)
            else:
                self._start("train", partial(self._service.start_training, choice.base))
        elif self._panel == "ready" and state.step.work == "playback":
            self._start("playback", self._service.start_playback)
        elif self._panel == "ready":
            self._start("export", self._service.start_export)

    def action_stop(self) -> None:
        """Stop the work; what is done is kept."""
        work = self._work.following
        if work == "scan":
            self._work.cancel_scan()
            self._show_panel("pick")
        elif work is not None:
            self._work.stop_work(work)

    def action_more(self) -> None:
        """Add more mail."""
        self._more = True
        self._pick()

    def action_back(self) -> None:
        """Go back to the panel before."""
        if self._panel == "addresses":
            self._show_panel("pick")
        else:
            self._more = False
            if self._state is not None:
                self._ask_for(self._state)

    def action_leave(self) -> None:
        """Go to the chat; work continues."""
        self.dismiss(None)
