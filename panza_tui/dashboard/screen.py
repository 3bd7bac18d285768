"""The training screen: all runs of the home, and what can be done with the one chosen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import OptionList
from textual.worker import Worker

from panza_tui.dashboard.followed_runs import FollowedRuns
from panza_tui.dashboard.guide import guide_text
from panza_tui.dashboard.new_run import NewRun
from panza_tui.dashboard.panels import RunPanels
from panza_tui.dashboard.plot import MARKS
from panza_tui.dashboard.run_line import RunLine
from panza_tui.dashboard.runs_list import RunsList
from panza_tui.dashboard.sample_drafts import SampleDrafts
from panza_tui.dashboard.service import LIVE, RunChoice, RunView, TrainingService
from panza_tui.dashboard.text import Text
from panza_tui.dashboard.views import ViewTabs
from panza_tui.jobs.steps import Step
from panza_tui.shell.key_line import KeyLine
from panza_tui.shell.top_line import TopLine
from panza_tui.shell.workers import run_in_thread
from panza_tui.terminal.sanitise import safe_line

_NARROW, _SHORT = 90, 26
_MOST_COMPARED = len(MARKS)
_CHANGING = ("new_run", "pause", "go_on", "stop", "resume", "compare", "sample", "next_view")
"""The actions that are offered only at times."""

Result = TypeVar("Result")


class TrainingScreen(Screen[None]):
    """Shows the runs, follows the one chosen, and starts, pauses, stops and compares runs."""

    CSS_PATH = "dashboard.tcss"
    SECONDS_BETWEEN_READS = 2.0
    HELP = (
        "A run is a separate process: it continues when you leave panza-tui, and you can watch "
        "it from another terminal. Every evaluation drafts for the same three instructions; the "
        "last entry is what you wrote yourself. Space selects runs to compare."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new_run", "New run", id="training.new"),
        Binding("p", "pause", "Pause", id="training.pause"),
        Binding("p", "go_on", "Continue", id="training.go_on"),
        Binding("s", "stop", "Stop", id="training.stop"),
        Binding("r", "resume", "Resume", id="training.resume"),
        Binding("v", "next_view", "View", id="training.view"),
        Binding("left", "sample(-1)", "Earlier", priority=True, id="training.earlier"),
        Binding("right", "sample(1)", "Later", priority=True, id="training.later"),
        Binding("space", "compare", "Compare", id="training.compare"),
        Binding("pageup", "page(-1)", "Up", show=False, priority=True, id="training.page_up"),
        Binding("pagedown", "page(1)", "Down", show=False, priority=True, id="training.page_down"),
    ]

    def __init__(self, service: TrainingService) -> None:
        super().__init__()
        self._service = service
        self._followed = FollowedRuns(self, service, self._show_record)
        self._reading: Worker[None] | None = None
        self._views: dict[str, RunView] = {}
        self._ready = False  # Whether there is something to train on.
        self._offered: list[bool | None] = []
        self._shown = ""
        self._own: dict[str, dict[str, str]] = {}
        self._compared: list[str] = []

    def compose(self) -> ComposeResult:
        yield TopLine("training")
        yield RunLine()
        yield ViewTabs()
        yield Text(id="guide")
        yield RunPanels()
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(RunLine).show_text("◌ looking for runs")
        self.query_one("#runs").focus()
        self.set_interval(self.SECONDS_BETWEEN_READS, self._read_runs_again)

    def on_resize(self) -> None:
        # One panel at a time if two do not fit side by side.
        self.set_class(self.size.width < _NARROW or self.size.height < _SHORT, "-single")
        self._offer_keys()

    def on_screen_resume(self) -> None:
        self._read_runs()
        self._follow_shown()

    def on_screen_suspend(self) -> None:
        """Read and draw nothing while the screen is not shown."""
        self._followed.follow([])

    # The list of runs

    def _read_runs(self) -> None:
        def read() -> tuple[list[RunView], tuple[Step, ...]]:
            runs = self._service.runs()
            return runs, () if runs else self._service.missing()

        self._reading = run_in_thread(self, read, self._show_runs, group="runs", exclusive=True)

    def _read_runs_again(self) -> None:
        if self.is_current and (self._reading is None or self._reading.is_finished):
            self._read_runs()

    def _show_runs(self, read: tuple[list[RunView], tuple[Step, ...]]) -> None:
        runs, missing = read
        before, self._views = self._views, {view.name: view for view in runs}
        self._ready = not missing
        self.set_class(not runs, "-empty")
        self._compared = [name for name in self._compared if name in self._views]
        live = sum(view.state in LIVE for view in runs)
        count = f"{len(runs)} run{'s' if len(runs) != 1 else ''}"
        self.query_one(TopLine).state = f"{count}, {live} running" if live else count
        gone = self._shown in before and self._shown not in self._views
        if gone:
            self.notify(
                f"The folder of '{safe_line(self._shown)}' was removed, with everything the run "
                "had learnt.",
                severity="warning",
                markup=False,
            )
        if not runs:
            self._shown = ""
            self.query_one(RunLine).show_text("○ no runs yet")
            self.query_one("#guide", Text).show(*guide_text(missing))
            self._offer_keys()
            return
        if before != self._views:
            self.query_one(RunsList).show(self._views, self._compared, self._shown)
        if gone or not self._shown:  # A run that was just started may not be among them yet.
            self._show_run(runs[0].name)
        self._show_record()

    @on(OptionList.OptionHighlighted, "#runs")
    def _choose(self, event: OptionList.OptionHighlighted) -> None:
        if event.option.id and event.option.id != self._shown:
            self._show_run(event.option.id)

    # The run that is shown

    def _show_run(self, name: str) -> None:
        self._shown = name
        if name in self._views:
            self.query_one(RunsList).choose(name)
        self._follow_shown()
        run_in_thread(
            self,
            partial(self._service.own_mails, name),
            partial(self._show_own_mails, name),
            lambda _: None,  # Without them, the drafts have one entry less.
            group="own mails",
            exclusive=True,
        )
        self._show_record(newest=True)

    def _follow_shown(self) -> None:
        self._followed.follow(name for name in [self._shown, *self._compared] if name)

    def _show_own_mails(self, name: str, texts: dict[str, str]) -> None:
        self._own[name] = texts
        self._show_record()

    def _show_record(self, *, newest: bool = False) -> None:
        """Show what is known of the run. newest: go to its newest drafts."""
        view = self._views.get(self._shown)
        if view is None:
            return
        records = self._followed.records
        record = records[view.name]
        self.query_one(RunLine).show(view, record)
        panels = self.query_one(RunPanels)
        panels.show_drafts(record, self._own.get(view.name, {}), newest=newest)
        if len(self._compared) > 1:
            panels.show_compared([(self._views[name], records[name]) for name in self._compared])
        else:
            panels.show_run(view, record)
        self._offer_keys()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only the keys that do something now."""
        view = self._views.get(self._shown)
        state = view.state if view else ""
        match action:
            case "new_run":
                return self._ready and not any(v.state in LIVE for v in self._views.values())
            case "pause":
                return state == "running"
            case "go_on":
                return state == "paused"
            case "stop":
                return state in ("running", "paused")
            case "resume":
                return view is not None and view.is_resumable
            case "compare":
                return len(self._views) > 1
            case "sample" | "page":
                return view is not None
            case "next_view":
                return view is not None and self.has_class("-single")
        return True

    def _offer_keys(self) -> None:
        """Update the line of keys if other keys than before do something."""
        offered = [self.check_action(action, ()) for action in _CHANGING]
        if offered != self._offered:
            self._offered = offered
            self.refresh_bindings()

    def action_new_run(self) -> None:
        """Ask what to train, and start it."""
        run_in_thread(
            self, self._service.default_choice, self._ask_for_run, group="new run", exclusive=True
        )

    def _ask_for_run(self, default: RunChoice) -> None:
        if not self.is_current:
            return
        bases = [view.base for view in self._views.values()]
        self.app.push_screen(NewRun(self._service, default, bases), self._begin)

    def _begin(self, choice: RunChoice | None) -> None:
        if choice is not None:
            self.query_one(RunLine).show_text("◌ starting a run")
            self._do(partial(self._service.begin, choice), self._show_run)

    def action_pause(self) -> None:
        """Pause the run after its step."""
        self._do(partial(self._service.pause, self._shown))
        self._say("It will pause after this step.")

    def action_go_on(self) -> None:
        """Continue the paused run."""
        self._do(partial(self._service.unpause, self._shown))

    def action_stop(self) -> None:
        """Stop the run after its step and save what it learnt."""
        self._do(partial(self._service.stop, self._shown))
        self._say("It will stop after this step and save what it has learnt.")

    def action_resume(self) -> None:
        """Resume the run."""
        self._do(partial(self._service.resume, self._shown))

    def action_sample(self, by: int) -> None:
        """Show the drafts of an earlier or later evaluation."""
        self.query_one(SampleDrafts).move(by)

    def action_page(self, pages: int) -> None:
        """Scroll the drafts or the figures."""
        self.query_one(RunPanels).scroll_page(pages)

    def action_compare(self) -> None:
        """Add the run to the comparison, or remove it."""
        if self._shown in self._compared:
            self._compared.remove(self._shown)
        elif len(self._compared) < _MOST_COMPARED:
            self._compared.append(self._shown)
        else:
            self._say(f"At most {_MOST_COMPARED} runs can be compared.")
        if self._compared == [self._shown]:
            self._say("Now choose another run and press Space there.")
        self.query_one(RunsList).show(self._views, self._compared, self._shown)
        self._follow_shown()
        self._show_record()

    def action_next_view(self) -> None:
        """Show the next panel, if there is room for one only."""
        self.query_one(ViewTabs).show_next()

    def _do(
        self, action: Callable[[], Result], done: Callable[[Result], object] = lambda _: None
    ) -> None:
        """Do something to a run in a thread, then read the runs again."""

        def finish(result: Result) -> None:
            done(result)
            self._read_runs()

        def complain(error: str) -> None:
            self.notify(error, severity="error", timeout=10, markup=False)
            self._show_record()

        run_in_thread(self, action, finish, complain, group="change")

    def _say(self, text: str) -> None:
        self.notify(text, timeout=4, markup=False)
