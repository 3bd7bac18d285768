"""The mailbox screen: a list of mails, the one under the cursor, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input

from engine.mail.stored.mailbox import Shown
from panza_tui.mailbox.changes import BusyChanged, MailChanged, MailChanges, MailForgotten
from panza_tui.mailbox.mail_list import MailList
from panza_tui.mailbox.mail_text import UNREADABLE, MailDetails, MailRow, mail_details, mail_row
from panza_tui.mailbox.service import Found, MailboxService
from panza_tui.mailbox.widgets import FILTERS, Filter, Filters, MailView
from panza_tui.shell.key_line import KeyLine
from panza_tui.shell.line_input import LineInput
from panza_tui.shell.messages import AnswerRequested
from panza_tui.shell.top_line import TopLine
from panza_tui.shell.workers import run_in_thread
from panza_tui.terminal.sanitise import safe_line

_NO_MAILS: dict[Shown, str] = {
    "all": "No mail yet. Import some with: panza-tui import PATH",
    "kept": "No mail is used for training yet.",
    "left out": "No mail was left out.",
    "no instruction": "Every mail has an instruction.",
}

Result = TypeVar("Result")


class MailboxScreen(Screen[None]):
    """Every mail in a list, and below or beside it the one under the cursor."""

    CSS_PATH = "mailbox.tcss"
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [  # type: ignore[misc]
        (0, "-narrow"),
        (80, "-normal"),
        (140, "-wide"),
    ]
    SECONDS_BEFORE_OPENING = 0.05
    HELP = (
        "● is used for training, ◌ has no instruction yet, ○ was left out, with the reason beside "
        "it. Search finds what a draft would be shown, and says why; it looks only at mails used "
        "for training. What you change by hand stays when the mail is imported or played back "
        "again."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", key_display="/", id="mailbox.search"),
        Binding("f", "filter(1)", "Filter", id="mailbox.filter"),
        Binding("F", "filter(-1)", "Filter back", show=False, id="mailbox.filter_back"),
        Binding("e", "edit", "Edit", id="mailbox.edit"),
        Binding("r", "redo", "Redo", id="mailbox.redo"),
        Binding("x", "leave_out", "Leave out", id="mailbox.leave_out"),
        Binding("x", "take_back", "Take back", id="mailbox.take_back"),
        Binding("delete", "forget", "Forget", id="mailbox.forget"),
        Binding("a", "answer", "Answer", id="mailbox.answer"),
        Binding("enter", "read", "Read", show=False, id="mailbox.read"),
        Binding("escape", "back", "Back", show=False, id="mailbox.back"),
    ]

    def __init__(self, service: MailboxService) -> None:
        super().__init__()
        self._service = service
        self._changes = MailChanges(self, service)
        self._shown: Shown = "all"
        self._query = ""
        self._details: MailDetails | None = None
        self._opening: Timer | None = None
        self._count = ""

    def compose(self) -> ComposeResult:
        yield TopLine("mailbox")
        yield LineInput(placeholder="Search: what the mail is about", compact=True, id="search")
        yield Filters()
        with Container(id="halves"):
            yield MailList()
            yield MailView()
        yield KeyLine()

    def on_mount(self) -> None:
        self._list.focus()

    # The list

    @on(events.ScreenResume)
    def _read_list(self) -> None:
        """Read which mails match the filter or the search; the cursor stays where it was."""
        if self._query:
            self._list_from(partial(self._service.search, self._query), self._show_found)
        else:
            self._list_from(partial(self._service.ids, self._shown), self._show_ids)

    def _list_from(
        self, read: Callable[[], list[Result]], show: Callable[[list[Result]], None]
    ) -> None:
        run_in_thread(self, read, show, self._list_failed, group="list", exclusive=True)

    def _show_ids(self, ids: list[int]) -> None:
        self.query_one(Filters).mark(self._shown)
        self._show_list(ids, {}, _NO_MAILS[self._shown])

    def _show_found(self, found: list[Found]) -> None:
        self.query_one(Filters).mark(None, "search results · Esc goes back")
        why = {hit.id: safe_line(hit.why) for hit in found}
        self._show_list([hit.id for hit in found], why, "Nothing was found.")

    def _show_list(self, ids: list[int], why: dict[int, str], if_none: str) -> None:
        self._list.show(ids, why, self._list.chosen)
        self._count = f"{len(ids):,} mail{'' if len(ids) == 1 else 's'}"
        self._show_state()
        if not ids:
            self._details = None
            self._view.show_none(if_none)
            self.refresh_bindings()
        elif self._details is None:
            self._open_soon()

    def _list_failed(self, error: str) -> None:
        self._count = ""
        self._show_state()
        self.notify(error, severity="error", markup=False)

    @on(MailList.RowsRevealed)
    def _read_rows(self, message: MailList.RowsRevealed) -> None:
        def read() -> dict[int, MailRow]:
            rows = {line.id: mail_row(line) for line in self._service.lines(message.ids)}
            return {number: rows.get(number, UNREADABLE) for number in message.ids}

        run_in_thread(self, read, self._list.fill, group="rows")

    @on(Filter.Clicked)
    def _filter_clicked(self, message: Filter.Clicked) -> None:
        self._show_filter(message.shown)

    def _show_filter(self, shown: Shown) -> None:
        self._query, self._shown = "", shown
        self.query_one("#search", Input).clear()
        self._list.focus()
        self._read_list()

    @on(Input.Submitted, "#search")
    def _search(self, message: Input.Submitted) -> None:
        self._query = message.value.strip()
        if self._query:
            self._count = "◌ searching"
            self._show_state()
        self._list.focus()
        self._read_list()

    # The mail under the cursor

    @on(MailList.CursorMoved)
    def _open_soon(self) -> None:
        """Open the chosen mail, unless the cursor moves on at once."""
        if self._opening is not None:
            self._opening.stop()
        self._opening = self.set_timer(self.SECONDS_BEFORE_OPENING, self._open)

    def _open(self) -> None:
        if (chosen := self._list.chosen) is None:
            return

        def read() -> MailDetails | None:
            opened = self._service.open(chosen)
            return mail_details(opened) if opened else None

        show = partial(self._show_mail, chosen)
        failed = partial(self._show_no_mail, chosen)
        run_in_thread(self, read, show, failed, group="open", exclusive=True)

    def _show_mail(self, mail_id: int, details: MailDetails | None) -> None:
        if details is None:
            self._show_no_mail(mail_id, "This mail is gone.")
        elif mail_id == self._list.chosen:
            self._details = details
            self._view.show(details, self._list.why(mail_id))
            self.refresh_bindings()

    def _show_no_mail(self, mail_id: int, why: str) -> None:
        """Show why the chosen mail is not there, and offer no keys for the one before."""
        if mail_id == self._list.chosen:
            self._details = None
            self._view.show_none(why)
            self.refresh_bindings()

    # Changes

    @on(MailChanged)
    def _show_change(self, message: MailChanged) -> None:
        self._list.reload(message.id)
        self._open()
        self._read_list()

    @on(MailForgotten)
    def _drop_mail(self, message: MailForgotten) -> None:
        self._details = None
        self._list.remove_mail(message.id)
        self._read_list()

    @on(BusyChanged)
    def _show_state(self) -> None:
        self.query_one(TopLine).state = self._changes.busy or self._count

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only the keys that do something now."""
        details = self._details
        if action in ("edit", "redo"):
            return details is not None and details.kept
        if action == "forget":
            return details is not None
        if action in ("leave_out", "take_back"):
            return details is not None and details.kept == (action == "leave_out")
        if action == "answer":
            return details is not None and bool(details.thread)
        return True

    def action_search(self) -> None:
        """Go to the search field."""
        self.query_one("#search", Input).focus()

    def action_filter(self, step: int) -> None:
        """Choose the next filter, or the one before."""
        self._show_filter(FILTERS[(FILTERS.index(self._shown) + step) % len(FILTERS)])

    def action_back(self) -> None:
        """Go from the mail to the list, or from search results to all mails."""
        if self._query and self.focused is self._list:
            self._show_filter(self._shown)
        self._list.focus()

    def action_read(self) -> None:
        """Go to the mail, to scroll it."""
        self._view.focus()

    def action_edit(self) -> None:
        """Edit the mail's instruction."""
        if self._details is not None:
            self._changes.edit_instruction(self._details)

    def action_redo(self) -> None:
        """Have playback write the instruction again."""
        if self._details is not None:
            self._changes.redo_instruction(self._details)

    def action_leave_out(self) -> None:
        """Exclude the mail from training and search."""
        if self._details is not None:
            self._changes.leave_out(self._details)

    def action_take_back(self) -> None:
        """Include a mail again that was left out."""
        if self._details is not None:
            self._changes.take_back(self._details)

    def action_forget(self) -> None:
        """Remove the mail everywhere, after confirmation."""
        if self._details is not None:
            self._changes.forget(self._details)

    def action_answer(self) -> None:
        """Answer the mail that this one answered, in the chat."""
        if (mail := self._details) is not None and mail.thread:
            self.app.post_message(
                AnswerRequested(mail.thread, mail.recipient, mail.thread[-1].subject)
            )

    @property
    def _list(self) -> MailList:
        return self.query_one(MailList)

    @property
    def _view(self) -> MailView:
        return self.query_one(MailView)
