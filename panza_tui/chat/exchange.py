"""An instruction with its drafts, and the mail that they answer."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ItemGrid, Vertical
from textual.content import Content
from textual.widgets import Static

from engine.sizes import size_words
from panza_tui.chat.draft_view import DraftView
from panza_tui.chat.service import Answered, Request, Turn
from panza_tui.terminal.sanitise import safe_line, safe_text

_NARROWEST_COLUMN = 30
_WIDEST_TEXT = 92


class AnsweredMail(Vertical, can_focus=True):
    """The mail being answered, folded to its head; Enter or a click unfolds it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "fold", "Unfold", id="answered.unfold"),
    ]

    def __init__(self, answered: Answered) -> None:
        super().__init__()
        self.answered = answered
        self._folded = True
        self._head = Static("", classes="head")
        self._body = Static("", classes="body", markup=False)

    def compose(self) -> ComposeResult:
        yield self._head
        yield self._body

    def on_mount(self) -> None:
        self._show()

    def action_fold(self) -> None:
        """Show all of it, or only its head."""
        self._folded = not self._folded
        self._show()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.action_fold()

    def _show(self) -> None:
        mail = self.answered.thread[-1]
        words = " ".join(safe_text(mail.body).split())
        size = len(mail.body.encode())
        details = [
            safe_line(self.answered.subject or mail.subject),
            time.strftime("%-d %b %Y", time.localtime(mail.date)) if mail.date else "",
            size_words(size) if size >= 10_000 else "",
            f"{len(self.answered.thread)} mails" if len(self.answered.thread) > 1 else "",
        ]
        sender = safe_line(mail.sender or self.answered.recipient) or "a mail"
        self._head.update(
            Content.assemble(
                ("▸ " if self._folded else "▾ ", "$accent"),
                "You answer ",
                (sender, "bold"),
                ("".join(f" · {part}" for part in details if part), "$foreground 60%"),
            )
        )
        self.set_class(self._folded, "-folded")
        if self._folded:
            self._body.update(words[:300])
        else:
            self._body.update(
                "\n\n".join(
                    (f"{safe_line(one.sender)}:\n" if len(self.answered.thread) > 1 else "")
                    + safe_text(one.body).strip()
                    for one in self.answered.thread
                )
            )


class Exchange(Vertical):
    """What was asked, and its drafts: side by side where there is room. One of them is chosen."""

    def __init__(self, typed: str, request: Request) -> None:
        super().__init__()
        self.typed = typed
        self.request = request
        self.recipient = request.recipient
        self.subject = ""
        self.drafts = [DraftView()]
        self.chosen = self.drafts[0]
        self._head = Static("", classes="mail-head")
        self._row = ItemGrid(*self.drafts, min_column_width=_NARROWEST_COLUMN)

    def compose(self) -> ComposeResult:
        yield Static(safe_text(self.request.instruction), classes="instruction", markup=False)
        yield self._head
        yield self._row

    def on_mount(self) -> None:
        self.show_head(self.request.recipient, "")
        self._number()

    def turn(self) -> Turn:
        """This exchange, as the next one builds on it."""
        return Turn(self.request.instruction, self.chosen.text)

    def show_head(self, recipient: str, subject: str) -> None:
        """Whom it goes to and what it is about, as far as that is known."""
        self.recipient = recipient or self.recipient
        self.subject = subject or self.subject
        lines = [
            Content.assemble((f"{name}  ", "$foreground 50%"), safe_line(value))
            for name, value in (("To", self.recipient), ("Subject", self.subject))
            if value
        ]
        self._head.update(Content("\n").join(lines))
        self._head.display = bool(lines)

    def add_draft(self) -> DraftView:
        """One more draft, which is the chosen one now."""
        draft = DraftView()
        self.drafts.append(draft)
        self._row.mount(draft)
        self.choose(draft)
        return draft

    def remove_draft(self, draft: DraftView) -> None:
        """Take a draft away; another must be left."""
        self.drafts.remove(draft)
        draft.remove()
        self.choose(self.chosen if self.chosen in self.drafts else self.drafts[-1])

    def choose(self, draft: DraftView) -> None:
        """What is copied, edited, accepted and revised from now on."""
        self.chosen = draft
        self._number()

    def choose_next(self, step: int) -> None:
        """The variant after the chosen one, or before it."""
        place = self.drafts.index(self.chosen) + step
        self.choose(self.drafts[place % len(self.drafts)])
        self.chosen.scroll_visible(animate=False)

    def on_draft_view_chosen(self, event: DraftView.Chosen) -> None:
        self.choose(event.draft)

    def on_resize(self) -> None:
        self._lay_out()

    def _number(self) -> None:
        for place, draft in enumerate(self.drafts, 1):
            draft.number(place, len(self.drafts), chosen=draft is self.chosen)
        self._lay_out()

    def _lay_out(self) -> None:
        # Text is easiest to read in one column of some ninety letters; variants need the width.
        self.styles.max_width = _WIDEST_TEXT if len(self.drafts) == 1 else 3 * _WIDEST_TEXT
