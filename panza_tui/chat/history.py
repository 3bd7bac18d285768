"""The window of earlier conversations: searched, opened, renamed, deleted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from engine.drafting.types import Conversation
from panza_tui.chat.service import Archive
from panza_tui.shell.confirm import Confirm
from panza_tui.shell.line_input import LineInput
from panza_tui.shell.workers import run_in_thread
from panza_tui.terminal.mail_words import day_month_year
from panza_tui.terminal.sanitise import safe_line


class HistoryScreen(ModalScreen[int | None]):
    """A list with a search field; returns the id of the conversation to open.

    on_deleted: called with the id of each conversation that was deleted.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="history.back"),
        Binding("down", "into_list", "List", show=False),
        Binding("f7", "rename", "Rename", priority=True, id="history.rename"),
        Binding("f8,delete", "delete", "Delete", id="history.delete"),
    ]

    def __init__(self, archive: Archive, on_deleted: Callable[[int], None]) -> None:
        super().__init__()
        self._archive = archive
        self._on_deleted = on_deleted
        self._shown: list[Conversation] = []
        self._renaming: Conversation | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = "History"
            window.border_subtitle = "Enter opens · F7 renames · F8 deletes · Esc goes back"
            yield LineInput(placeholder="Search drafts and instructions", id="query", compact=True)
            yield OptionList(markup=False)
            yield Static("", classes="note", markup=False)
            yield LineInput(placeholder="Its name", id="name", compact=True)

    def on_mount(self) -> None:
        self.query_one("#name").display = False
        self.query_one("#query").focus()
        self._note("")
        self._search("")

    # Searching

    def _search(self, query: str) -> None:
        read = partial(self._archive.conversations, query)
        run_in_thread(self, read, partial(self._show, query), self._complain, group="history")

    @on(Input.Changed, "#query")
    def _query_changed(self, event: Input.Changed) -> None:
        self._search(event.value)

    @on(Input.Submitted, "#query")
    def _open_first(self) -> None:
        if self._shown:
            self.dismiss(self._shown[self.query_one(OptionList).highlighted or 0].id)

    def _show(self, query: str, found: list[Conversation]) -> None:
        if query != self._query:  # The user kept typing.
            return
        self._shown = found
        choice = self.query_one(OptionList)
        place = choice.highlighted or 0
        choice.clear_options()
        choice.add_options(Option(_line(one)) for one in found)
        if found:
            choice.highlighted = min(place, len(found) - 1)
        empty = "Nothing contains these words." if query else "No conversation yet."
        self._note("" if found else empty)

    @on(OptionList.OptionSelected)
    def _open(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._shown[event.option_index].id)

    def action_into_list(self) -> None:
        self.query_one(OptionList).focus()

    def action_back(self) -> None:
        """Leave, or keep the old name."""
        if self._renaming is not None:
            self._end_renaming()
        else:
            self.dismiss(None)

    # Changing

    def action_rename(self) -> None:
        """Let the user type a name for the conversation."""
        if (one := self._highlighted()) is not None:
            self._renaming = one
            field = self.query_one("#name", Input)
            field.display = True
            field.value = safe_line(one.name)
            field.focus()

    @on(Input.Submitted, "#name")
    def _renamed(self, event: Input.Submitted) -> None:
        if self._renaming is not None:
            rename = partial(self._archive.rename, self._renaming.id, event.value.strip())
            self._change(rename, lambda: None)
        self._end_renaming()

    def _end_renaming(self) -> None:
        self._renaming = None
        self.query_one("#name").display = False
        self.query_one(OptionList).focus()

    def action_delete(self) -> None:
        """Delete a conversation, after confirmation."""
        one = self._highlighted()
        if one is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                delete = partial(self._archive.delete, one.id)
                self._change(delete, lambda: self._on_deleted(one.id))

        question = f"Delete “{_name(one)}” and its {_drafts(one)}?"
        self.app.push_screen(Confirm(question), answered)

    def _change(self, change: Callable[[], None], changed: Callable[[], None]) -> None:
        def done(_: None) -> None:
            changed()
            self._search(self._query)

        run_in_thread(self, change, done, self._complain, group="history")

    def _complain(self, error: str) -> None:
        self._note(f"! {error}")

    @property
    def _query(self) -> str:
        return self.query_one("#query", Input).value

    def _note(self, line: str) -> None:
        note = self.query_one(".note", Static)
        note.update(line)
        note.display = bool(line)

    def _highlighted(self) -> Conversation | None:
        place = self.query_one(OptionList).highlighted
        return self._shown[place] if place is not None and place < len(self._shown) else None


def _name(one: Conversation) -> str:
    return safe_line(one.name) or "(no name)"


def _line(one: Conversation) -> Content:
    date = day_month_year(one.last_used)
    return Content.assemble(_name(one), (f"\n{date} · {_drafts(one)}", "$foreground 60%"))


def _drafts(one: Conversation) -> str:
    return f"{one.drafts} {'draft' if one.drafts == 1 else 'drafts'}"
