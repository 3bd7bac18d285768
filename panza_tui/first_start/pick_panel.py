"""The panel that asks where the user's mail is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from engine.sizes import format_size
from panza_tui.first_start.places import Place
from panza_tui.first_start.service import StartService
from panza_tui.first_start.typed_path import typed_path
from panza_tui.shell.line_input import LineInput
from panza_tui.shell.workers import run_in_thread
from panza_tui.terminal.sanitise import safe_line

_MAIL = "●"


class PickPanel(Vertical):
    """Asks for an export of the user's mail: its path, or a file or folder from a list.

    The input keeps the focus, and the arrow keys move through the list below it, so that no key of
    a path is lost while the list is being read. Enter uses the one that was used last.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move('cursor_down')", show=False),
        Binding("up", "move('cursor_up')", show=False),
        Binding("pagedown", "move('page_down')", show=False),
        Binding("pageup", "move('page_up')", show=False),
    ]

    @dataclass
    class Picked(Message):
        """The user chose an export of their mail."""

        path: Path

    @dataclass
    class ListingFailed(Message):
        """A folder could not be read."""

        error: str

    def __init__(self, service: StartService) -> None:
        super().__init__(id="pick")
        self._service = service
        self._paths: list[Path | None] = []

    def compose(self) -> ComposeResult:
        yield Static(
            "Where is the mail you sent? Choose an export of it (↑ ↓ Enter), or paste its path.\n"
            "An mbox file, a Maildir, a Thunderbird profile, a Google Takeout zip, or .eml files.",
            classes="words",
            markup=False,
        )
        yield LineInput(placeholder="~/Downloads/takeout.zip", compact=True, select_on_focus=False)
        choices = OptionList(markup=False, compact=True)
        choices.can_focus = False
        yield choices

    def list_places(self, folder: Path | None = None) -> None:
        """List the mail in a folder, or by default in the usual places."""
        read: Callable[[], list[Place]] = self._service.likely_places
        if folder is not None:
            read = partial(self._service.places_in, folder)
        run_in_thread(
            self,
            read,
            partial(self._show_places, folder),
            lambda error: self.post_message(self.ListingFailed(error)),
            group="places",
            exclusive=True,
        )

    def _show_places(self, folder: Path | None, places: list[Place]) -> None:
        others: list[tuple[str, Path | None]] = []
        if folder is None:
            others.append(("  Other folders …", Path.home()))
        else:
            others.append(("  ◂ Usual places", None))
            if folder.parent != folder:
                others.append((f"  ◂ {safe_line(str(folder.parent))}", folder.parent))
        found = [(_line(place, folder), place.path) for place in places]
        rows = [*found, *others] if folder is None else [*others, *found]
        self._paths = [path for _, path in rows]
        choices = self.query_one(OptionList)
        choices.clear_options()
        choices.add_options(Option(line) for line, _ in rows)
        choices.highlighted = 0 if folder is None or not found else len(others)

    @on(Input.Changed)
    def _prefer_typed(self, message: Input.Changed) -> None:
        self.set_class(bool(message.value), "-typed")

    @on(Input.Submitted)
    def _take_typed(self, message: Input.Submitted) -> None:
        message.stop()
        if not self.has_class("-typed"):
            choices = self.query_one(OptionList)
            # In the list's own queue: its messages do not reach this panel if posted from here.
            choices.call_next(choices.action_select)
            return
        path = typed_path(message.value)
        if path is not None:
            self.post_message(self.Picked(path))

    @on(OptionList.OptionSelected)
    def _take_listed(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        path = self._paths[message.option_index]
        if path is not None and str(message.option.prompt).startswith(_MAIL):
            self.post_message(self.Picked(path))
        else:
            self.list_places(path)

    def action_move(self, how: str) -> None:
        """Move through the list with one of its own actions."""
        self.remove_class("-typed")
        getattr(self.query_one(OptionList), f"action_{how}")()


def _line(place: Place, folder: Path | None) -> str:
    name = str(place.path if folder is None else place.path.name)
    if folder is None and place.path.is_relative_to(Path.home()):
        name = f"~/{place.path.relative_to(Path.home())}"
    sign = _MAIL if place.kind else "▸" if place.is_folder else " "
    size = f", {format_size(place.bytes)}" if place.bytes else ""
    kind = f"   {place.kind}{size}" if place.kind else ""
    return f"{sign} {safe_line(name)}{'/' if place.is_folder else ''}{kind}"
