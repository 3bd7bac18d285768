"""The widget of the mail being answered."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from engine.mail.types import MailToAnswer
from engine.sizes import format_size
from panza_tui.terminal.mail_words import day_month_year, elsewhere_line
from panza_tui.terminal.sanitise import safe_line, safe_text

_FOLDED_CHARACTERS = 300  # More than one line of the widest terminal.
_LARGE = 10_000  # Bytes; the size of a mail is shown from here on.


class AnsweredMail(Vertical, can_focus=True):
    """The mail being answered, folded to its head; Enter or a click unfolds it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "fold", "Unfold", id="answered.unfold"),
    ]

    def __init__(self, mail: MailToAnswer) -> None:
        super().__init__()
        self.mail = mail
        self._folded = True
        self._head = Static("", classes="head", markup=False)
        self._elsewhere = Static("", classes="elsewhere", markup=False)
        self._body = Static("", classes="body", markup=False)

    def compose(self) -> ComposeResult:
        yield self._head
        yield self._elsewhere
        yield self._body

    def on_mount(self) -> None:
        line = elsewhere_line(self.mail)
        self._elsewhere.update(f"! {line[:1].upper()}{line[1:]}")
        self._elsewhere.display = bool(line)
        self._show()

    def action_fold(self) -> None:
        """Expand or fold the mail."""
        self._folded = not self._folded
        self._show()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.action_fold()

    def _show(self) -> None:
        self._head.update(
            Content.assemble(
                ("▸ " if self._folded else "▾ ", "$accent"),
                "Replying to ",
                (self._sender(), "bold"),
                ("".join(f" · {part}" for part in self._details() if part), "$foreground 60%"),
            )
        )
        self.set_class(self._folded, "-folded")
        self._body.update(self._beginning() if self._folded else self._whole())

    def _sender(self) -> str:
        return safe_line(self.mail.thread[-1].sender or self.mail.recipient) or "a mail"

    def _details(self) -> list[str]:
        newest, mails = self.mail.thread[-1], len(self.mail.thread)
        size = len(newest.body.encode())
        return [
            safe_line(self.mail.subject or newest.subject),
            day_month_year(newest.date) if newest.date else "",
            format_size(size) if size >= _LARGE else "",
            f"{mails} mails" if mails > 1 else "",
        ]

    def _beginning(self) -> str:
        body = self.mail.thread[-1].body or self.mail.problem
        return " ".join(safe_text(body).split())[:_FOLDED_CHARACTERS]

    def _whole(self) -> str:
        thread = self.mail.thread
        senders = [f"{safe_line(one.sender)}:\n" if len(thread) > 1 else "" for one in thread]
        bodies = [safe_text(one.body).strip() for one in thread]
        bodies[-1] = bodies[-1] or self.mail.problem
        return "\n\n".join(map("".join, zip(senders, bodies, strict=True)))
