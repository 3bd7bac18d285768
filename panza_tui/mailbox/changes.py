"""Changes to a mail: ask first where needed, work in a thread, and say what was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from textual.message import Message
from textual.screen import Screen

from panza_tui.mailbox.mail_text import MailDetails
from panza_tui.mailbox.service import MailboxService
from panza_tui.mailbox.widgets import InstructionForm
from panza_tui.shell.confirm import Confirm
from panza_tui.shell.workers import run_in_thread
from panza_tui.terminal.sanitise import safe_line

Result = TypeVar("Result")


@dataclass
class MailChanged(Message):
    """A mail or its instruction was changed."""

    id: int


@dataclass
class MailForgotten(Message):
    """A mail was removed everywhere."""

    id: int


class BusyChanged(Message):
    """Slow work on a mail began or ended; `MailChanges.busy` names what is left."""


class MailChanges:
    """What can be done to the mails of one screen, which gets the messages above."""

    def __init__(self, screen: Screen[None], service: MailboxService) -> None:
        self._screen = screen
        self._service = service
        self._busy: dict[int, str] = {}  # Mail -> the slow work that is being done on it.
        self._unsaved: dict[int, str] = {}  # Mail -> the instruction typed for it.

    @property
    def busy(self) -> str:
        """The slow work that is being done; '' for none."""
        return next(iter(self._busy.values()), "")

    def edit_instruction(self, mail: MailDetails) -> None:
        """Have the user edit the instruction; what was typed is offered again if saving fails."""

        def save(text: str | None) -> None:
            if text:
                self._unsaved[mail.id] = text
                self._run(mail, partial(self._service.write_instruction, mail.id, text), saved)

        def saved(_: None) -> None:
            self._unsaved.pop(mail.id, None)
            self._say_changed(mail, "Saved.")

        typed = self._unsaved.get(mail.id, "")
        self._screen.app.push_screen(InstructionForm(mail.instruction, typed), save)

    def redo_instruction(self, mail: MailDetails) -> None:
        """Have playback write the instruction again; ask before one written by hand is lost."""
        if mail.id in self._busy:
            return

        def redo(sure: bool | None) -> None:
            if sure:
                self._run(
                    mail,
                    partial(self._service.redo_instruction, mail.id),
                    partial(self._say_changed, mail, "Rewritten."),
                    "◌ writing the instruction",
                )

        if mail.origin == "by hand":
            question = "Replace your own instruction with one that playback writes?"
            self._screen.app.push_screen(Confirm(question), redo)
        else:
            redo(True)

    def leave_out(self, mail: MailDetails) -> None:
        """Exclude the mail from training and search."""
        said = "Left out of training and search. Models trained before still know it."
        leave_out = partial(self._service.leave_out, mail.id)
        self._run(mail, leave_out, partial(self._say_changed, mail, said))

    def take_back(self, mail: MailDetails) -> None:
        """Include a mail again that was left out."""
        said = "It will be used from the next training on."
        take_back = partial(self._service.take_back, mail.id)
        self._run(mail, take_back, partial(self._say_changed, mail, said))

    def forget(self, mail: MailDetails) -> None:
        """Remove the mail everywhere, after confirmation."""

        def forget(sure: bool | None) -> None:
            if sure:
                work = partial(self._service.forget, mail.id)
                self._run(mail, work, forgotten, "◌ forgetting")

        def forgotten(lines: list[str]) -> None:
            for line in lines:
                self._screen.notify(safe_line(line), markup=False)
            self._screen.post_message(MailForgotten(mail.id))

        question = (
            f"Forget “{mail.subject}”?\n\nIt is removed from your mails and the search index, and "
            "so are the drafts that contain its words and the quotes of it in later mails. This "
            "can't be undone."
        )
        self._screen.app.push_screen(Confirm(question), forget)

    def _run(
        self,
        mail: MailDetails,
        change: Callable[[], Result],
        changed: Callable[[Result], None],
        doing: str = "",
    ) -> None:
        """Run a change in a thread. doing: what the screen says meanwhile."""
        if doing:
            self._busy[mail.id] = doing
            self._screen.post_message(BusyChanged())

        def done(result: Result) -> None:
            self._end_busy(mail)
            changed(result)

        def failed(error: str) -> None:
            self._end_busy(mail)
            self._screen.notify(error, severity="error", markup=False)

        run_in_thread(self._screen, change, done, failed, group="change")

    def _end_busy(self, mail: MailDetails) -> None:
        if self._busy.pop(mail.id, None):
            self._screen.post_message(BusyChanged())

    def _say_changed(self, mail: MailDetails, line: str, _: None = None) -> None:
        self._screen.notify(line, markup=False)
        self._screen.post_message(MailChanged(mail.id))
