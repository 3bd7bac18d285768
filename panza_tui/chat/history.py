"""The conversations of earlier days: searched, taken up again, named, deleted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from panza_tui.chat.service import Archive, PastConversation
from panza_tui.shell.confirm import Confirm
from panza_tui.shell.line_input import LineInput
from panza_tui.terminal.failures import one_line
from panza_tui.terminal.sanitise import safe_line


class HistoryScreen(ModalScreen[int | None]):
    """A list with a search field; returns the conversation to take up again.

    deleted: is told which conversation is no more.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="history.back"),
        Binding("down", "into_list", "List", show=False),
        Binding("f7", "rename", "Rename", priority=True, id="history.rename"),
        Binding("f8,delete", "delete", "Delete", id="history.delete"),
    ]

    @dataclass
    class Found(Message):
        """What the search found; `query` tells whether it is still asked for."""

        query: str
        conversations: list[PastConversation]

    @dataclass
    class Deleted(Message):
        """A conversation is no more."""

        key: int

    @dataclass
    class Failed(Message):
        error: str

    def __init__(self, archive: Archive, deleted: Callable[[int], None]) -> None:
        super().__init__()
        self._archive = archive
        self._deleted = deleted
        self._shown: list[PastConversation] = []
        self._renaming: PastConversation | None = None

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

    # Looking

    def _search(self, query: str) -> None:
        self._work(lambda: self.Found(query, self._archive.conversations(query)))

    @on(Input.Changed, "#query")
    def _query_changed(self, event: Input.Changed) -> None:
        self._search(event.value)

    @on(Input.Submitted, "#query")
    def _open_first(self) -> None:
        if self._shown:
            self.dismiss(self._shown[self.query_one(OptionList).highlighted or 0].id)

    @on(Found)
    def _show(self, message: Found) -> None:
        if message.query != self.query_one("#query", Input).value:
            return
        self._shown = message.conversations
        choice = self.query_one(OptionList)
        place = choice.highlighted or 0
        choice.clear_options()
        choice.add_options(Option(_line(one)) for one in self._shown)
        if self._shown:
            choice.highlighted = min(place, len(self._shown) - 1)
        empty = "Nothing has these words." if message.query else "No conversation yet."
        self._note("" if self._shown else empty)

    @on(OptionList.OptionSelected)
    def _open(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._shown[event.option_index].id)

    def action_into_list(self) -> None:
        self.query_one(OptionList).focus()

    def action_back(self) -> None:
        """Leave, or give up the new name."""
        if self._renaming is not None:
            self._end_renaming()
        else:
            self.dismiss(None)

    # Changing

    def action_rename(self) -> None:
        """Have a name typed for the conversation."""
        if (one := self._highlighted()) is not None:
            self._renaming = one
            field = self.query_one("#name", Input)
            field.display = True
            field.value = safe_line(one.name)
            field.focus()

    @on(Input.Submitted, "#name")
    def _renamed(self, event: Input.Submitted) -> None:
        if self._renaming is not None:
            self._change(partial(self._archive.rename, self._renaming.id, event.value.strip()))
        self._end_renaming()

    def _end_renaming(self) -> None:
        self._renaming = None
        self.query_one("#name").display = False
        self.query_one(OptionList).focus()

    def action_delete(self) -> None:
        """Delete a conversation, once that was confirmed."""
        one = self._highlighted()
        if one is None:
            return

        def work() -> None:
            self._archive.delete(one.id)
            self.post_message(self.Deleted(one.id))

        def answered(yes: bool | None) -> None:
            if yes:
                self._change(work)

        question = f"Delete “{_name(one)}” and its {_drafts(one)}?"
        self.app.push_screen(Confirm(question), answered)

    @on(Deleted)
    def _tell_deleted(self, message: Deleted) -> None:
        self._deleted(message.key)

    def _change(self, change: Callable[[], None]) -> None:
        query = self.query_one("#query", Input).value

        def work() -> Message:
            change()
            return self.Found(query, self._archive.conversations(query))

        self._work(work)

    def _work(self, work: Callable[[], Message]) -> None:
        def run() -> None:
            try:
                self.post_message(work())
            except Exception as error:
                self.post_message(self.Failed(one_line(error)))

        self.run_worker(run, thread=True, group="history", exit_on_error=False)

    @on(Failed)
    def _complain(self, message: Failed) -> None:
        self._note(f"! {message.error}")

    def _note(self, line: str) -> None:
        note = self.query_one(".note", Static)
        note.update(line)
        note.display = bool(line)

    def _highlighted(self) -> PastConversation | None:
        place: Any = self.query_one(OptionList).highlighted
        return self._shown[place] if place is not None and place < len(self._shown) else None


def _name(one: PastConversation) -> str:
    return safe_line(one.name) or "(no name)"


def _line(one: PastConversation) -> Content:
    date = time.strftime("%-d %b %Y", time.localtime(one.last_used))
    return Content.assemble(_name(one), (f"\n{date} · {_drafts(one)}", "$foreground 60%"))


def _drafts(one: PastConversation) -> str:
    return f"{one.drafts} {'draft' if one.drafts == 1 else 'drafts'}"
