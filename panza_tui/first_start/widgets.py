"""The panels of the first start, one for each thing that is asked or shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, ProgressBar, Static
from textual.widgets.option_list import Option

from panza_tui.first_start.places import Place
from panza_tui.first_start.service import BaseChoice, Candidate, Standing
from panza_tui.shell.line_input import LineInput
from panza_tui.terminal.sanitise import safe_line

_TITLES = {
    "scan": "Looking who wrote these mails",
    "import": "Reading your mails",
    "answered": "Reading the mails you answered",
    "index": "Learning to find them by meaning",
    "playback": "Writing the instruction that would have asked for each mail",
    "train": "Training your model",
    "export": "Making your model quick",
}


class Way(Static):
    """The steps from nothing to a first draft, and where one is."""

    def show(self, standing: Standing) -> None:
        lines: list[str | tuple[str, str]] = []
        for number, step in enumerate(standing.steps, 1):
            here = step.work == standing.step.work
            sign = "✓" if step.done else "▸" if here else "·"
            style = "bold" if here else "$foreground 60%"
            lines.append((f"{sign} {number}  {safe_line(step.title)}\n", style))
        self.update(Content.assemble(*lines).rstrip())


class PickPanel(Vertical):
    """Asks for the export: a path typed or pasted, or a file or folder from the list.

    The input keeps the focus, and the arrows move through the list below it, so that no key of a
    path is lost while the list comes in. Enter takes what was touched last.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move('cursor_down')", show=False),
        Binding("up", "move('cursor_up')", show=False),
        Binding("pagedown", "move('page_down')", show=False),
        Binding("pageup", "move('page_up')", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(id="pick")
        self._folder: Path | None = None
        self._paths: list[Path | None] = []

    def compose(self) -> ComposeResult:
        yield Static(
            "Where is the mail you sent? Choose an export of it (↑ ↓ Enter), or paste its path.\n"
            "An mbox, a Maildir, Thunderbird's profile, Google's Takeout zip, or .eml files.",
            classes="words",
            markup=False,
        )
        yield LineInput(placeholder="~/Downloads/takeout.zip", compact=True, select_on_focus=False)
        choices = OptionList(markup=False, compact=True)
        choices.can_focus = False
        yield choices

    @property
    def folder(self) -> Path | None:
        """The folder that is listed; None: the likely places."""
        return self._folder

    def list(self, folder: Path | None, places: Sequence[Place]) -> None:
        """Show a folder, with the ways out of it; mail is marked and named."""
        self._folder = folder
        above: list[tuple[str, Path | None]] = []
        if folder is None:
            above.append(("  Other folders …", Path.home()))
        else:
            above.append(("  ◂ Where mail often lies", None))
            if folder.parent != folder:
                above.append((f"  ◂ {safe_line(str(folder.parent))}", folder.parent))
        found = [(_line(place, folder), place.path) for place in places]
        rows = [*found, *above] if folder is None else [*above, *found]
        self._paths = [path for _, path in rows]
        choices = self.query_one(OptionList)
        choices.clear_options()
        choices.add_options(Option(line) for line, _ in rows)
        choices.highlighted = 0 if folder is None or not found else len(above)

    @on(Input.Changed)
    def _take_the_path(self, message: Input.Changed) -> None:
        self.set_class(bool(message.value), "-typed")

    @on(Input.Submitted)
    def _choose(self, message: Input.Submitted) -> None:
        if not self.has_class("-typed"):
            message.stop()
            choices = self.query_one(OptionList)
            # In its own time: a message of a child that its parent posts goes no further than that.
            choices.call_next(choices.action_select)

    def action_move(self, how: str) -> None:
        """Move through the list with one of its own actions."""
        self.remove_class("-typed")
        getattr(self.query_one(OptionList), f"action_{how}")()

    def path_of(self, index: int) -> Path | None:
        return self._paths[index]


class Mine(OptionList):
    """Addresses to tick; Enter is left to the screen, which goes on with those ticked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", "Tick", id="start.tick"),
        Binding("enter", "screen.go_on", "Go on", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(markup=False, compact=True)
        self._candidates: list[Candidate] = []
        self.ticked: set[str] = set()

    def offer(self, candidates: Sequence[Candidate]) -> None:
        """List them, with those ticked that are known, else the likeliest one."""
        self._candidates = list(candidates)
        self.ticked = {c.address for c in candidates if c.known}
        self.ticked = self.ticked or {c.address for c in candidates[:1]}
        self.clear_options()
        self.add_options(Option(self._line(candidate)) for candidate in candidates)
        self.highlighted = 0

    def action_tick(self) -> None:
        if self.highlighted is not None:
            candidate = self._candidates[self.highlighted]
            self.ticked ^= {candidate.address}
            self.replace_option_prompt_at_index(self.highlighted, self._line(candidate))

    def on_option_list_option_selected(self) -> None:
        """A click ticks, as Space does."""
        self.action_tick()

    def _line(self, candidate: Candidate) -> str:
        mails = f"{candidate.mails:,} mail{'' if candidate.mails == 1 else 's'}"
        name = f"{candidate.name} " if candidate.name else ""
        sign = "✓" if candidate.address in self.ticked else "·"
        return safe_line(f"{sign} {name}<{candidate.address}>: {mails}")


class WhoPanel(Vertical):
    """Asks which addresses are the user's."""

    def compose(self) -> ComposeResult:
        yield Static("", classes="words", markup=False)
        yield Mine()

    def ask(self, path: Path, candidates: Sequence[Candidate]) -> None:
        self.query_one(".words", Static).update(
            f"Which of these is you? Space ticks, Enter goes on. The likeliest one is on top.\n"
            f"{safe_line(str(path))}"
        )
        self.query_one(Mine).offer(candidates)

    @property
    def chosen(self) -> list[str]:
        return sorted(self.query_one(Mine).ticked)


class WorkPanel(VerticalScroll):
    """Shows work that goes on: what, how far, and what comes of it."""

    def compose(self) -> ComposeResult:
        yield Static("", id="doing", markup=False)
        yield ProgressBar(show_eta=False, show_percentage=False)
        yield Static("", id="far", markup=False)
        yield Static("", id="came", markup=False)

    def begin(self, work: str) -> None:
        self.tell(work, "◌ starting", None)
        self.query_one("#came", Static).update("")

    def tell(self, stage: str, words: str, share: float | None) -> None:
        self.query_one("#doing", Static).update(_TITLES.get(stage, stage))
        self.query_one("#far", Static).update(words)
        total = None if share is None else 1.0
        self.query_one(ProgressBar).update(total=total, progress=share or 0.0)

    def show(self, items: Sequence[tuple[str, str]]) -> None:
        lines: list[str | tuple[str, str]] = []
        for heading, text in items:
            lines += [(f"{heading}\n", "$foreground 60%"), f"{text}\n\n"]
        self.query_one("#came", Static).update(Content.assemble(*lines).rstrip())


class ReadyPanel(VerticalScroll):
    """Says how things stand before a step that takes a while."""

    def compose(self) -> ComposeResult:
        yield Static("", classes="words")

    def before_playback(self, standing: Standing) -> None:
        lines: list[str | tuple[str, str]] = [
            (f"{standing.kept} mails are learnt from. Enter begins.\n", "bold"),
            "\nThe embedded model reads each mail and writes the instruction that would have asked "
            "for it: a second each, more or less. It can be stopped, and goes on where it was.\n",
        ]
        if standing.left_out:
            lines.append("\nLeft out:\n")
        for reason, count, meaning in standing.left_out:
            lines.append(f"{count:>7}  {safe_line(reason):<14}")
            lines.append((f"  {meaning}\n" if meaning else "\n", "$foreground 60%"))
        self._say(lines)

    def before_export(self, standing: Standing) -> None:
        self._say(
            [
                (f"“{safe_line(standing.model)}” is trained. ", "bold"),
                "Enter makes a quantised file of it, which drafts quicker and takes less memory.\n",
                "\nEsc goes to the chat without.",
            ]
        )

    def _say(self, lines: Sequence[str | tuple[str, str]]) -> None:
        self.query_one(Static).update(Content.assemble(*lines))


class BasePanel(Vertical):
    """Asks which base model to train, with what it would take on this machine."""

    def __init__(self) -> None:
        super().__init__(id="train")
        self._choices: list[BaseChoice] = []

    def compose(self) -> ComposeResult:
        yield Static("", classes="words", markup=False)
        yield OptionList(markup=False, compact=True)
        yield Static("", id="measuring", markup=False)

    def begin(self, standing: Standing) -> None:
        words = (
            "On which base model shall yours be trained? Enter begins. Larger ones write better."
        )
        self._choices = []
        choices = self.query_one(OptionList)
        choices.clear_options()
        if standing.stopped:
            self.add(BaseChoice(""), f"▸ Go on with “{safe_line(standing.model)}” where it stopped")
            words = "Its training was stopped. Enter goes on, or begins anew on another base."
        self.query_one(".words", Static).update(words)
        self.query_one("#measuring", Static).update("◌ measuring this machine …")

    def add(self, choice: BaseChoice, line: str = "") -> None:
        self._choices.append(choice)
        choices = self.query_one(OptionList)
        choices.add_option(Option(line or _base_line(choice)))
        if choices.highlighted is None:
            choices.highlighted = 0

    def measured(self) -> None:
        self.query_one("#measuring", Static).update(
            "A rough estimate: other programs make it longer, and most runs end before their last "
            "epoch.\nAnother base: model.base in the settings (F6)."
        )

    def choice(self) -> BaseChoice | None:
        index = self.query_one(OptionList).highlighted
        return None if index is None else self._choices[index]


def _line(place: Place, folder: Path | None) -> str:
    name = str(place.path if folder is None else place.path.name)
    if folder is None and place.path.is_relative_to(Path.home()):
        name = f"~/{place.path.relative_to(Path.home())}"
    sign = "●" if place.kind else "▸" if place.is_folder else " "
    size = f", {_size(place.bytes)}" if place.bytes else ""
    kind = f"   {place.kind}{size}" if place.kind else ""
    return f"{sign} {safe_line(name)}{'/' if place.is_folder else ''}{kind}"


def _size(count: int) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count //= 1000
    return f"{count} GB"


def _base_line(choice: BaseChoice) -> str:
    if choice.trouble:
        return safe_line(f"! {choice.base} · {choice.trouble}")
    minutes = "a minute" if choice.minutes < 1.5 else f"{choice.minutes:.0f} minutes"
    if choice.minutes >= 90:
        minutes = f"{choice.minutes / 60:.1f} hours"
    memory = f"{choice.memory_gib:.1f} of {choice.free_gib:.1f} GiB free"
    return safe_line(f"● {choice.base} · about {minutes}, {memory}")
