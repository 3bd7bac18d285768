"""The training screen: owns what is shown; the service behind it is asked in threads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import OptionList
from textual.worker import Worker

from panza_tui.dashboard.figures import compared_figures, run_figures
from panza_tui.dashboard.guide import guide_words
from panza_tui.dashboard.new_run import NewRun
from panza_tui.dashboard.plot import MARKS, LossPlot, lines_of_run, lines_of_several
from panza_tui.dashboard.record import RunRecord
from panza_tui.dashboard.run_line import RunLine
from panza_tui.dashboard.runs_list import RunsList
from panza_tui.dashboard.service import LIVE, RunView, TrainingService
from panza_tui.dashboard.views import ViewTabs
from panza_tui.dashboard.voice import Voice
from panza_tui.dashboard.words import Words
from panza_tui.dashboard.worker import (
    Done,
    EventsCame,
    OwnMails,
    Refused,
    RunsSeen,
    TrainingDesk,
)
from panza_tui.shell.key_line import KeyLine
from panza_tui.shell.top_line import TopLine
from panza_tui.terminal.failures import one_line
from panza_tui.terminal.sanitise import safe_line

_NARROW, _SHORT = 90, 26
_MOST_COMPARED = len(MARKS)
_FOLLOW = "follow "
_SOMETIMES = ("new_run", "pause", "go_on", "stop", "resume", "compare", "sample", "next_view")


class TrainingScreen(Screen[None]):
    """Runs on the left, with their figures; on the right the curve and the drafts."""

    CSS_PATH = "dashboard.tcss"
    LOOK_AGAIN_SECONDS = 2.0
    HELP = (
        "A run is a process of its own: leaving panza-tui does not stop it, and any terminal may "
        "look on. Drafts are made for the same three instructions at every evaluation; the last "
        "stop is what you wrote. Space chooses runs to compare."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new_run", "New run", id="training.new"),
        Binding("p", "pause", "Pause", id="training.pause"),
        Binding("p", "go_on", "Go on", id="training.go_on"),
        Binding("s", "stop", "Stop, keep", id="training.stop"),
        Binding("r", "resume", "Resume", id="training.resume"),
        Binding("v", "next_view", "View", id="training.view"),
        Binding("left", "sample(-1)", "Earlier", priority=True, id="training.earlier"),
        Binding("right", "sample(1)", "Later", priority=True, id="training.later"),
        Binding("space", "compare", "Compare", id="training.compare"),
        Binding(
            "pageup", "page(-1)", "Scroll up", show=False, priority=True, id="training.page_up"
        ),
        Binding(
            "pagedown", "page(1)", "Scroll down", show=False, priority=True, id="training.page_down"
        ),
    ]

    def __init__(self, service: TrainingService) -> None:
        super().__init__()
        self._service = service
        self._desk = TrainingDesk(service, self.post_message)
        self._views: dict[str, RunView] = {}
        self._ready = False  # Whether there is something to train on.
        self._offered: list[bool | None] = []
        self._shown = ""
        self._records: dict[str, RunRecord] = {}
        self._own: dict[str, dict[str, str]] = {}
        self._compared: list[str] = []

    def compose(self) -> ComposeResult:
        yield TopLine("training")
        yield RunLine()
        yield ViewTabs()
        yield Words(id="guide")
        with Horizontal(id="halves"):
            with Vertical(id="left"):
                yield RunsList()
                with VerticalScroll(id="figures", can_focus=False):
                    yield Words(id="numbers")
            with Vertical(id="right"):
                with Vertical(id="curve"):
                    yield LossPlot()
                    yield Words(id="legend")
                yield Voice()
        yield KeyLine()

    def on_mount(self) -> None:
        for selector, title in (
            ("#runs", "Runs"),
            ("#figures", "Figures"),
            ("#curve", "Loss, nats a token"),
            ("Voice", "The voice"),
        ):
            self.query_one(selector).border_title = title
        self.query_one(RunLine).say("◌ looking for runs")
        self.query_one("#runs").focus()
        self.set_interval(self.LOOK_AGAIN_SECONDS, self._look)

    def on_resize(self) -> None:
        # One part at a time where two do not fit side by side.
        self.set_class(self.size.width < _NARROW or self.size.height < _SHORT, "-single")
        self._offer_keys()

    def on_screen_resume(self) -> None:
        self._look()
        for name in self._followed:
            self._follow(name)

    def on_screen_suspend(self) -> None:
        """Nobody looks: nothing is read, nothing drawn."""
        for worker in self._followers():
            worker.cancel()

    # Which runs there are

    def _look(self) -> None:
        if self.is_current:
            self._in_thread(self._desk.look, "look")

    @on(RunsSeen)
    def _show_runs(self, message: RunsSeen) -> None:
        before, self._views = self._views, {view.name: view for view in message.runs}
        self._ready = not message.missing
        self.set_class(not self._views, "-empty")
        self._compared = [name for name in self._compared if name in self._views]
        live = sum(view.state in LIVE for view in message.runs)
        count = f"{len(self._views)} run{'s' if len(self._views) != 1 else ''}"
        self.query_one(TopLine).state = f"{count}, {live} going on" if live else count
        gone = self._shown in before and self._shown not in self._views
        if gone:
            self.notify(
                f"The folder of '{safe_line(self._shown)}' was removed, and what it had learnt "
                "with it; n starts a new run.",
                severity="warning",
                markup=False,
            )
        if not self._views:
            self._shown = ""
            self.query_one(RunLine).say("○ no run yet")
            self.query_one("#guide", Words).show(*guide_words(message.missing))
            self._offer_keys()
            return
        if before != self._views:
            self.query_one(RunsList).show(self._views, self._compared, self._shown)
        if gone or not self._shown:  # One that was just begun may not be among them yet.
            self._show_run(next(iter(self._views)))
        self._show_record()

    @on(OptionList.OptionHighlighted, "#runs")
    def _choose(self, event: OptionList.OptionHighlighted) -> None:
        if event.option.id and event.option.id != self._shown:
            self._show_run(event.option.id)

    # The run in front

    def _show_run(self, name: str) -> None:
        self._shown = name
        self._records.setdefault(name, RunRecord())
        if name in self._views:
            self.query_one(RunsList).choose(name)
        self._follow_chosen()
        self._in_thread(partial(self._desk.read_own_mails, name), "own mails")
        self._show_record(anew=True)

    @property
    def _followed(self) -> list[str]:
        return [name for name in dict.fromkeys([self._shown, *self._compared]) if name]

    def _follow_chosen(self) -> None:
        """Follow the runs that are shown, and no others."""
        wanted = {_group(name) for name in self._followed}
        for worker in self._followers():
            if worker.group in wanted:
                wanted.remove(worker.group)
            else:
                worker.cancel()
        for name in self._followed:
            if _group(name) in wanted:
                self._follow(name)

    def _followers(self) -> list[Worker[object]]:
        return [
            worker
            for worker in self.workers
            if worker.node is self
            and worker.group.startswith(_FOLLOW)
            and not worker.is_finished
            and not worker.is_cancelled
        ]

    def _follow(self, name: str) -> None:
        self._in_thread(partial(self._desk.follow, name), _group(name))

    @on(EventsCame)
    def _take_events(self, message: EventsCame) -> None:
        if message.first:
            self._records[message.name] = RunRecord()
        self._records[message.name].take(message.events)
        if message.name in self._followed:
            self._show_record()

    @on(OwnMails)
    def _take_own_mails(self, message: OwnMails) -> None:
        self._own[message.name] = message.texts
        self._show_record()

    def _show_record(self, *, anew: bool = False) -> None:
        view = self._views.get(self._shown)
        if view is None:
            return
        record = self._records[view.name]
        self.query_one(RunLine).show(view, record)
        self.query_one(Voice).show(record, self._own.get(view.name, {}), anew=anew)
        plot = self.query_one(LossPlot)
        if len(self._compared) > 1:
            several = [(self._views[n], self._records[n]) for n in self._compared]
            plot.show(lines_of_several([record for _, record in several]), 0)
            legend = [
                f"{mark} {safe_line(name)}"
                for mark, name in zip(MARKS, self._compared, strict=False)
            ]
            figures = compared_figures(several)
        else:
            total = record.progress.total if record.progress and view.state in LIVE else 0
            plot.show(lines_of_run(record), total or 0)
            legend = ["⠒ training", "● validation", "◆ held out"]
            figures = run_figures(record)
        self.query_one("#legend", Words).show("   ".join(legend))
        self.query_one("#numbers", Words).show(*figures)
        self._offer_keys()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing now are not offered."""
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
                return view is not None and view.can_go_on
            case "compare":
                return len(self._views) > 1
            case "sample" | "page":
                return view is not None
            case "next_view":
                return view is not None and self.has_class("-single")
        return True

    def _offer_keys(self) -> None:
        """Have the footer made anew when other keys than before would do something."""
        offered = [self.check_action(action, ()) for action in _SOMETIMES]
        if offered != self._offered:
            self._offered = offered
            self.refresh_bindings()

    @work
    async def action_new_run(self) -> None:
        """Ask what to train, and start it."""
        try:
            usual = self._service.usual()
        except Exception as error:
            self.notify(one_line(error), severity="error", markup=False)
            return
        bases = [view.base for view in self._views.values()]
        choice = await self.app.push_screen_wait(NewRun(self._service, usual, bases))
        if choice is not None:
            self.query_one(RunLine).say("◌ starting a run")
            self._do(lambda: self._service.begin(choice))

    def action_pause(self) -> None:
        """Have the run sleep after its step."""
        name = self._shown
        self._do(lambda: self._service.pause(name))
        self._say("It pauses after this step.")

    def action_go_on(self) -> None:
        """Wake the run."""
        name = self._shown
        self._do(lambda: self._service.go_on(name))

    def action_stop(self) -> None:
        """Have the run stop after its step and keep what it learnt."""
        name = self._shown
        self._do(lambda: self._service.stop(name))
        self._say("It stops after this step and keeps what it learnt.")

    def action_resume(self) -> None:
        """Go on with the run."""
        name = self._shown
        self._do(lambda: self._service.resume(name))

    def action_sample(self, by: int) -> None:
        """Show the drafts of an earlier or later evaluation."""
        self.query_one(Voice).move(by)

    def action_page(self, pages: int) -> None:
        """Scroll the drafts, or the figures where they are in front alone."""
        self.query_one(Voice).page(pages)
        figures = self.query_one("#figures", VerticalScroll)
        figures.scroll_relative(y=pages * figures.size.height, animate=False)

    def action_compare(self) -> None:
        """Take the run into the comparison, or out of it."""
        if self._shown in self._compared:
            self._compared.remove(self._shown)
        elif len(self._compared) < _MOST_COMPARED:
            self._compared.append(self._shown)
        else:
            self._say(f"At most {_MOST_COMPARED} runs are compared.")
        if self._compared == [self._shown]:
            self._say("Choose another run and press space there, too.")
        self.query_one(RunsList).show(self._views, self._compared, self._shown)
        self._follow_chosen()
        self._show_record()

    def action_next_view(self) -> None:
        """Show the next part, where there is room for one."""
        self.query_one(ViewTabs).go_on()

    def _do(self, action: Callable[[], str | None]) -> None:
        self._in_thread(partial(self._desk.do, action), "do", exclusive=False)

    @on(Done)
    def _look_at(self, message: Done) -> None:
        if message.name:
            self._show_run(message.name)
        self._look()

    @on(Refused)
    def _show_refusal(self, message: Refused) -> None:
        self.notify(message.error, severity="error", timeout=10, markup=False)
        self._show_record()

    def _say(self, words: str) -> None:
        self.notify(words, timeout=4, markup=False)

    def _in_thread(self, job: Callable[[], None], group: str, exclusive: bool = True) -> None:
        self.run_worker(job, thread=True, group=group, exclusive=exclusive, exit_on_error=False)


def _group(name: str) -> str:
    """Of the worker that follows a run."""
    return _FOLLOW + name
