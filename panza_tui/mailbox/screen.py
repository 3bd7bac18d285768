"""The mailbox's screen: owns what is listed and opened; the engine behind it works in threads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input

from engine.mail.stored.mailbox import Shown
from panza_tui.mailbox.mail_list import MailList
from panza_tui.mailbox.service import MailboxService
from panza_tui.mailbox.widgets import FILTERS, Filter, Filters, InstructionForm, MailSheet
from panza_tui.mailbox.worker import (
    Changed,
    Laid,
    Listed,
    MailboxDesk,
    Paged,
    Sheet,
    WentWrong,
)
from panza_tui.shell.confirm import Confirm
from panza_tui.shell.key_line import KeyLine
from panza_tui.shell.line_input import LineInput
from panza_tui.shell.messages import AnswerMail
from panza_tui.shell.top_line import TopLine

_NOTHING = {
    "all": "There is no mail yet. Import some: panza-tui import PATH",
    "kept": "No mail is learnt from yet.",
    "left out": "No mail was left out.",
    "no instruction": "Every mail has its instruction.",
}


class MailboxScreen(Screen[None]):
    """Every mail in a list; below or beside it the one the cursor is on."""

    CSS_PATH = "mailbox.tcss"
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [  # type: ignore[misc]
        (0, "-narrow"),
        (80, "-normal"),
        (140, "-wide"),
    ]
    SECONDS_BEFORE_OPENING = 0.05
    HELP = (
        "● is learnt from, ◌ waits for its instruction, ○ was left out, with the reason beside it. "
        "Search finds what a draft would be shown, and says why; it looks at mails learnt from "
        "only. What you change by hand stays when the mail is imported or played back again."
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
        self._desk = MailboxDesk(service, self.post_message)
        self._shown: Shown = "all"
        self._query = ""
        self._sheet: Sheet | None = None
        self._opening: Timer | None = None
        self._count = ""
        self._busy: dict[int, str] = {}  # Mails that something slow is done to, and what.
        self._unkept: dict[int, str] = {}  # Instructions that were typed, until they are stored.

    def compose(self) -> ComposeResult:
        yield TopLine("mailbox")
        yield LineInput(placeholder="Search: what the mail is about", compact=True, id="search")
        yield Filters()
        with Container(id="halves"):
            yield MailList()
            yield MailSheet()
        yield KeyLine()

    def on_mount(self) -> None:
        self._list.focus()

    @on(events.ScreenResume)
    def _look_again(self) -> None:
        self._read_list()

    # The list

    def _read_list(self) -> None:
        """List anew what is shown, with the cursor where it was."""
        work = partial(self._desk.search, self._query) if self._query else None
        self._work(work or partial(self._desk.list, self._shown), "list", exclusive=True)

    @on(Listed)
    def _show_list(self, message: Listed) -> None:
        if (message.query, message.shown) != (self._query, "kept" if self._query else self._shown):
            return
        self._list.show(message.ids, message.why, self._list.chosen)
        self._count = f"{len(message.ids):,} mail{'' if len(message.ids) == 1 else 's'}"
        if self._query:
            self.query_one(Filters).mark(None, "found · Esc goes back")
        else:
            self.query_one(Filters).mark(self._shown)
        self._show_state()
        if not message.ids:
            self._sheet = None
            self._mail.empty("Nothing was found." if self._query else _NOTHING[self._shown])
            self.refresh_bindings()
        elif self._sheet is None:
            self._open_soon()

    def _show_state(self) -> None:
        self._top.state = next(iter(self._busy.values()), self._count)

    @on(MailList.Wanted)
    def _read_rows(self, message: MailList.Wanted) -> None:
        self._work(partial(self._desk.page, message.ids), "page")

    @on(Paged)
    def _show_rows(self, message: Paged) -> None:
        self._list.fill(message.rows)

    @on(MailList.Chosen)
    def _open_soon(self) -> None:
        """Open the chosen mail, unless the cursor moves on at once."""
        if self._opening is not None:
            self._opening.stop()
        self._opening = self.set_timer(self.SECONDS_BEFORE_OPENING, self._open)

    def _open(self) -> None:
        if (chosen := self._list.chosen) is not None:
            self._work(partial(self._desk.open, chosen), "open", exclusive=True)

    @on(Laid)
    def _show_mail(self, message: Laid) -> None:
        if message.id != self._list.chosen:
            return
        self._sheet = message.sheet
        if message.sheet is None:
            self._mail.empty("This mail is gone.")
        else:
            self._mail.lay(message.sheet, self._list.why(message.id))
        self.refresh_bindings()

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

    # What came of a change

    @on(Changed)
    def _show_change(self, message: Changed) -> None:
        self._busy.pop(message.id, None)
        self._unkept.pop(message.id, None)
        for line in message.lines:
            self.notify(line, markup=False)
        if message.gone:
            self._sheet = None
            self._list.without(message.id)
        else:
            self._list.renew(message.id)
            self._open()
        self._read_list()

    @on(WentWrong)
    def _show_failure(self, message: WentWrong) -> None:
        if message.id is None:
            self._count = ""
        else:
            self._busy.pop(message.id, None)
        self._show_state()
        self.notify(message.error, severity="error", markup=False)

    def _change(self, work: Callable[[], None]) -> None:
        self._work(work, "change")

    def _work(self, work: Callable[[], None], group: str, exclusive: bool = False) -> None:
        self.run_worker(work, thread=True, group=group, exclusive=exclusive, exit_on_error=False)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing now are not offered."""
        sheet = self._sheet
        if action in ("edit", "redo", "forget"):
            return sheet is not None and (action == "forget" or sheet.learnt)
        if action in ("leave_out", "take_back"):
            return sheet is not None and sheet.learnt == (action == "leave_out")
        if action == "answer":
            return sheet is not None and bool(sheet.thread)
        return True

    def action_search(self) -> None:
        self.query_one("#search", Input).focus()

    def action_filter(self, step: int) -> None:
        self._show_filter(FILTERS[(FILTERS.index(self._shown) + step) % len(FILTERS)])

    def action_back(self) -> None:
        """From the mail to the list, from what was found to all."""
        if self._query and self.focused is self._list:
            self._show_filter(self._shown)
        self._list.focus()

    def action_read(self) -> None:
        self._mail.focus()

    def action_edit(self) -> None:
        if (sheet := self._sheet) is None:
            return

        def keep(text: str | None) -> None:
            if text:
                self._unkept[sheet.id] = text
                self._change(partial(self._desk.write_instruction, sheet.id, text))

        typed = self._unkept.get(sheet.id, "")
        self.app.push_screen(InstructionForm(sheet.instruction, typed), keep)

    def action_redo(self) -> None:
        if (sheet := self._sheet) is None or sheet.id in self._busy:
            return

        def redo(sure: bool | None) -> None:
            if sure:
                self._busy[sheet.id] = "◌ writing the instruction"
                self._show_state()
                self._change(partial(self._desk.redo_instruction, sheet.id))

        if sheet.origin == "by hand":
            question = "Your own instruction would be replaced by one that playback writes."
            self.app.push_screen(Confirm(question), redo)
        else:
            redo(True)

    def action_leave_out(self) -> None:
        if self._sheet is not None:
            self._change(partial(self._desk.leave_out, self._sheet.id))

    def action_take_back(self) -> None:
        if self._sheet is not None:
            self._change(partial(self._desk.take_back, self._sheet.id))

    def action_forget(self) -> None:
        if (sheet := self._sheet) is None:
            return

        def forget(sure: bool | None) -> None:
            if sure:
                self._busy[sheet.id] = "◌ forgetting"
                self._show_state()
                self._change(partial(self._desk.forget, sheet.id))

        self.app.push_screen(
            Confirm(
                f"Forget “{sheet.subject}”?\n\nIt goes from the mails, the search index, the "
                "drafts that hold its words and the quotes in later mails. It can't be undone."
            ),
            forget,
        )

    def action_answer(self) -> None:
        if (sheet := self._sheet) is not None and sheet.thread:
            message = AnswerMail(sheet.thread, sheet.recipient, sheet.thread[-1].subject)
            self.app.post_message(message)

    @property
    def _list(self) -> MailList:
        return self.query_one(MailList)

    @property
    def _mail(self) -> MailSheet:
        return self.query_one(MailSheet)

    @property
    def _top(self) -> TopLine:
        return self.query_one(TopLine)
