"""The window in which a draft is accepted: copied, saved as a file or in a Maildir, or printed."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Checkbox, Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from engine.mail.types import MailToAnswer
from panza_tui.chat.clipboard import copy_locally
from panza_tui.chat.service import Archive
from panza_tui.shell.line_input import LineInput
from panza_tui.shell.workers import run_in_thread
from panza_tui.terminal.sanitise import safe_line

_COMMON_MAILDIRS = ("Mail/Drafts", "Maildir/.Drafts", "mail/drafts", ".local/share/mail/Drafts")


@dataclass(frozen=True)
class Acceptance:
    """What was done with a draft, in words; `printed` goes to stdout when the app exits."""

    how: str
    printed: str = ""


class TickBox(Checkbox):
    """A checkbox, unticked at first, whose glyph shows the same state as its colour."""

    BUTTON_INNER = " "

    def watch_value(self) -> None:
        self.BUTTON_INNER = "✓" if self.value else " "
        super().watch_value()


class AcceptScreen(ModalScreen[Acceptance | None]):
    """Asks where the draft should go, and puts it there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", id="accept.back"),
    ]
    _maildir = ""  # The one used last.

    def __init__(
        self, archive: Archive, text: str, to: str, subject: str, answered: MailToAnswer | None
    ) -> None:
        super().__init__()
        self._archive = archive
        self._text = text
        self._to = to
        self._subject = subject
        self._answered = answered
        self._going = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = "Accept this draft"
            window.border_subtitle = "Esc goes back"
            yield OptionList(
                Option("Copy it", "copy"),
                Option("Save it as an .eml file", "eml"),
                Option("Put it into a Maildir's drafts", "maildir"),
                Option("Leave, and print it on stdout", "print"),
                markup=False,
            )
            with Vertical(classes="fields"):
                yield Label("To")
                yield LineInput(safe_line(self._to), id="to", compact=True)
                yield Label("Subject")
                yield LineInput(safe_line(self._subject), id="subject", compact=True)
            if self._answered:
                yield TickBox("Quote the answered mail below", id="quote", compact=True)
            with Vertical(classes="path"):
                yield Label("", markup=False)
                yield LineInput(id="path", compact=True)
            yield Static("", classes="error", markup=False)

    def on_mount(self) -> None:
        self.query_one(".path").display = False
        self._say("")
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self._going = event.option_id or ""
        path = self.query_one(".path")
        path.display = self._going in ("eml", "maildir")
        if not path.display:
            self._work(None)
            return
        path.query_one(Label).update("File" if self._going == "eml" else "Maildir")
        field = path.query_one(Input)
        field.value = self._file() if self._going == "eml" else self._folder()
        field.focus()

    @on(Input.Submitted, "#path")
    def _named(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self._work(Path(event.value.strip()).expanduser())

    @on(Input.Submitted, "#to,#subject")
    def _filled(self) -> None:
        self.query_one(OptionList).focus()

    def _work(self, path: Path | None) -> None:
        self._say("")
        to = self.query_one("#to", Input).value.strip()
        subject = self.query_one("#subject", Input).value.strip()
        going, text, answered = self._going, self._text, self._answered
        quote = bool(answered and self.query_one("#quote", Checkbox).value)

        def work() -> tuple[str, Acceptance]:
            body = self._archive.quoted(text, answered) if answered and quote else text
            if going == "copy":
                copy_locally(body)
                return body, Acceptance("copied")
            if path is None:
                return body, Acceptance("printed", body)
            eml = self._archive.as_eml(body, to, subject, answered)
            if going == "maildir":
                self._archive.put_into_maildir(path, eml)
                AcceptScreen._maildir = str(path)
                return body, Acceptance(f"in {safe_line(path.name)}")
            file = path / Path(self._file()).name if path.is_dir() else path
            _save(file, eml)
            return body, Acceptance(f"saved as {safe_line(file.name)}")

        def done(outcome: tuple[str, Acceptance]) -> None:
            body, acceptance = outcome
            if going == "copy":
                self.app.copy_to_clipboard(body)
            self.dismiss(acceptance)

        run_in_thread(self, work, done, self._complain, group="accept", exclusive=True)

    def _complain(self, error: str) -> None:
        self._say(f"! {error}")

    def _say(self, line: str) -> None:
        error = self.query_one(".error", Static)
        error.update(line)
        error.display = bool(line)

    def _file(self) -> str:
        """Return a path that is still free, named after the subject."""
        words = re.sub(r"[^\w]+", "-", safe_line(self._subject).lower()).strip("-")[:40] or "draft"
        names = [words, *(f"{words}-{number}" for number in range(2, 100))]
        free = (Path.cwd() / f"{name}.eml" for name in names)
        return str(next((path for path in free if not path.exists()), Path.cwd() / "draft.eml"))

    def _folder(self) -> str:
        if self._maildir:
            return self._maildir
        folders = [Path.home() / name for name in _COMMON_MAILDIRS]
        return str(next((f for f in folders if f.is_dir()), folders[0]))


def _save(path: Path, eml: bytes) -> None:
    """Write a new file; never overwrite another one or leave a partial one."""
    with open(path, "xb") as file:
        try:
            file.write(eml)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise
