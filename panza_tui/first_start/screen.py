"""The first start's screen: asks, shows the work that goes on, and ends in the chat.

Where one is, is read from the home each time (Standing); the screen keeps no state of its own but
the path that was picked and not yet imported.
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
from textual.widgets import ContentSwitcher, Input, OptionList, Static

from panza_tui.first_start.service import Standing, StartService
from panza_tui.first_start.widgets import (
    BasePanel,
    PickPanel,
    ReadyPanel,
    Way,
    WhoPanel,
    WorkPanel,
)
from panza_tui.first_start.worker import (
    Asked,
    Ended,
    Listed,
    Offered,
    Showed,
    StartDesk,
    Stood,
    Told,
    WentWrong,
)
from panza_tui.jobs.steps import Work
from panza_tui.shell.key_line import KeyLine
from panza_tui.shell.top_line import TopLine
from panza_tui.terminal.sanitise import safe_line

Panel = Literal["looking", "pick", "who", "work", "ready", "train"]


class StartScreen(Screen[None]):
    """Import, playback and training, one after the other; dismissed when one goes to the chat."""

    CSS_PATH = "start.tcss"
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [  # type: ignore[misc]
        (0, "-narrow"),
        (80, "-normal"),
    ]
    HELP = (
        "Each step shows how far it is. What runs goes on when this screen or the app is left, and "
        "is found again here. Every step has its command, too: panza-tui status names the next one."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", "Go on", id="start.go_on"),
        Binding("ctrl+s", "stop", "Stop", id="start.stop"),
        Binding("ctrl+o", "more", "More mail", id="start.more"),
        Binding("escape", "back", "Back", id="start.back"),
        Binding("escape", "leave", "To the chat", id="start.leave"),
    ]

    def __init__(self, service: StartService) -> None:
        super().__init__()
        self._desk = StartDesk(service, self.post_message)
        self._standing: Standing | None = None
        self._panel: Panel = "looking"
        self._picked: Path | None = None
        self._following: Work | Literal["scan"] | None = None
        self._more = False  # More mail is wanted, though there is enough.
        self._exported = False  # The export follows the training by itself, once.

    def compose(self) -> ComposeResult:
        yield TopLine("chat")
        with Vertical(id="way"):
            yield Static("A few steps, and drafts sound like you.", id="title", markup=False)
            yield Way()
            yield Static("", id="trouble", markup=False)
            with ContentSwitcher(initial="looking"):
                yield Static("", id="looking")
                yield PickPanel()
                yield WhoPanel(id="who")
                yield WorkPanel(id="work")
                yield ReadyPanel(id="ready")
                yield BasePanel()
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(TopLine).state = "first steps"

    @on(events.ScreenResume)
    def _look(self) -> None:
        self._work(self._desk.look, "look")

    # Where one is

    @on(Stood)
    def _stand(self, message: Stood) -> None:
        standing = self._standing = message.standing
        self.query_one(Way).show(standing)
        if standing.trouble:
            self._say_trouble(standing.trouble)
        if standing.running is not None:
            self._follow(standing.running)
        elif self._following == "scan":
            pass
        elif self._panel == "work" or not self._asks_for(standing):
            self._ask_for(standing)
        self.refresh_bindings()

    def _asks_for(self, standing: Standing) -> bool:
        """Whether the panel in front is already the one for this step."""
        panels = {"import": ("pick", "who"), "train": ("train",), "draft": ()}
        if self._more:
            return self._panel in ("pick", "who")
        return self._panel in panels.get(standing.step.work, ("ready",))

    def _ask_for(self, standing: Standing) -> None:
        work = standing.step.work
        if work == "import" or self._more:
            self._pick()
        elif work == "playback":
            self.query_one(ReadyPanel).before_playback(standing)
            self._show("ready")
        elif work == "train":
            self.query_one(BasePanel).begin(standing)
            self._show("train")
            self._work(self._desk.offer_bases, "bases")
        elif work == "export" and not (self._exported or standing.trouble):
            self._exported = True
            self._show_work("export")
            self._work(self._desk.start_export, "start")
        elif work == "export":
            self.query_one(ReadyPanel).before_export(standing)
            self._show("ready")
        else:
            self.action_leave()

    def _show(self, panel: Panel) -> None:
        self._panel = panel
        self.query_one(ContentSwitcher).current = panel
        focus = {"pick": "#pick Input", "who": "#who Mine", "train": "#train OptionList"}
        # At once: a key that comes before the focus would be lost.
        self.set_focus(self.query_one(focus.get(panel, f"#{panel}")))
        self.refresh_bindings()

    def _say_trouble(self, line: str) -> None:
        trouble = self.query_one("#trouble", Static)
        trouble.update(f"! {safe_line(line)}" if line else "")
        trouble.display = bool(line)

    # The export of one's mail

    def _pick(self) -> None:
        self._show("pick")
        self._work(partial(self._desk.list, None), "list")

    @on(Listed)
    def _show_places(self, message: Listed) -> None:
        self.query_one(PickPanel).list(message.folder, message.places)

    @on(Input.Submitted)
    def _take_typed(self, message: Input.Submitted) -> None:
        # A path pasted from a file manager may come in quotes, or as a file's address.
        typed = message.value.strip().strip("'\"").removeprefix("file://")
        if typed:
            self._take(Path(typed).expanduser().absolute())

    @on(OptionList.OptionSelected, "#pick OptionList")
    def _take_listed(self, message: OptionList.OptionSelected) -> None:
        picker = self.query_one(PickPanel)
        path = picker.path_of(message.option_index)
        line = str(message.option.prompt)
        if path is not None and line.startswith("●"):
            self._take(path)
        else:
            self._work(partial(self._desk.list, path), "list")

    def _take(self, path: Path) -> None:
        self._picked, self._following = path, "scan"
        self._say_trouble("")
        self._show_work("scan")
        self._work(partial(self._desk.find_addresses, path), "follow")

    @on(Asked)
    def _ask_who(self, message: Asked) -> None:
        self._following = None
        if not message.candidates:
            self._say_trouble("The mails in there name no senders; choose another export.")
            self._show("pick")
            return
        self.query_one(WhoPanel).ask(message.path, message.candidates)
        self._show("who")

    # Work that goes on

    def _show_work(self, stage: str) -> None:
        self.query_one(WorkPanel).begin(stage)
        self._show("work")

    def _follow(self, work: Work) -> None:
        if self._following != work:
            self._following = work
            self._say_trouble("")
            self._show_work(work)
            self._work(partial(self._desk.follow, work), "follow")

    @on(Told)
    def _show_progress(self, message: Told) -> None:
        # Of training and export the stages are details; an import goes through two of its own.
        if self._following in ("train", "export"):
            words = f"{message.stage}: {message.words}"
            self.query_one(WorkPanel).tell(self._following, words, message.share)
        else:
            self.query_one(WorkPanel).tell(message.stage, message.words, message.share)

    @on(Showed)
    def _show_items(self, message: Showed) -> None:
        self.query_one(WorkPanel).show(message.items)

    @on(Ended)
    def _end_work(self, message: Ended) -> None:
        self._following = None
        if message.work == "import":
            self._picked, self._more = None, False
        self._work(self._desk.look, "look")

    @on(Offered)
    def _offer_base(self, message: Offered) -> None:
        if message.choice is None:
            self.query_one(BasePanel).measured()
        else:
            self.query_one(BasePanel).add(message.choice)

    @on(OptionList.OptionSelected, "#train OptionList")
    def _take_base(self) -> None:
        self.action_go_on()

    @on(WentWrong)
    def _show_failure(self, message: WentWrong) -> None:
        self._following = None
        self._say_trouble(message.error)
        if self._panel == "work":
            if self._picked is not None:
                self._show("pick")
            elif self._standing is not None:
                self._ask_for(self._standing)

    def _work(self, work: Callable[[], None], group: str) -> None:
        """Run it in a thread; of each group the newest counts."""
        self.run_worker(work, thread=True, group=group, exclusive=True, exit_on_error=False)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing now are not offered."""
        if action == "go_on":
            return self._panel in ("who", "ready", "train")
        if action == "stop":
            return self._panel == "work"
        if action == "more":
            return self._panel in ("ready", "train")
        if action in ("back", "leave"):
            inside = self._panel == "who" or (self._panel == "pick" and self._more)
            return inside == (action == "back")
        return True

    def action_go_on(self) -> None:
        standing = self._standing
        if standing is None or self._following is not None:
            return
        if self._panel == "who" and self._picked is not None:
            chosen = self.query_one(WhoPanel).chosen
            if not chosen:
                self._say_trouble("Tick the addresses that are yours, with Space.")
                return
            start: Callable[[], None] = partial(self._desk.start_import, self._picked, chosen)
        elif self._panel == "train":
            choice = self.query_one(BasePanel).choice()
            if choice is None or choice.trouble:
                self._say_trouble(choice.trouble if choice else "Still measuring; a moment.")
                return
            start = partial(self._desk.start_training, choice.base)
        elif self._panel == "ready":
            playing = standing.step.work == "playback"
            start = self._desk.start_playback if playing else self._desk.start_export
        else:
            return
        self._say_trouble("")
        self._show_work("import" if self._panel == "who" else standing.step.work)
        self._work(start, "start")

    def action_stop(self) -> None:
        """Stop what goes on; what is done is kept."""
        if self._following == "scan":
            self._following = None
            self.workers.cancel_group(self, "follow")
            self._show("pick")
        elif self._following is not None:
            self._work(partial(self._desk.stop, self._following), "stop")
            self.query_one("#far", Static).update("◌ stopping; what is done is kept")

    def action_more(self) -> None:
        self._more = True
        self._pick()

    def action_back(self) -> None:
        if self._panel == "who":
            self._show("pick")
        else:
            self._more = False
            if self._standing is not None:
                self._ask_for(self._standing)

    def action_leave(self) -> None:
        """Go to the chat; what runs goes on."""
        self.dismiss(None)
