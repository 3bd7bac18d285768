"""The mailbox's other widgets: filters, an opened mail, and the form for its instruction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from engine.mail.stored.mailbox import Shown
from panza_tui.mailbox.mail_text import MailDetails
from panza_tui.terminal.sanitise import safe_text

FILTERS: tuple[Shown, ...] = ("all", "kept", "left out", "no instruction")

_NO_INSTRUCTION = "None yet. Press e to write one, or r to have it written."


class Filter(Static):
    """The name of a filter; a click chooses it."""

    @dataclass
    class Clicked(Message):
        """A filter was clicked."""

        shown: Shown

    def __init__(self, shown: Shown) -> None:
        super().__init__(shown.capitalize(), markup=False)
        self.shown = shown

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked(self.shown))


class Filters(Horizontal):
    """All filters in a line, the chosen one marked; none is while search results are shown."""

    def compose(self) -> ComposeResult:
        for shown in FILTERS:
            yield Filter(shown)
        yield Static("", id="note", markup=False)

    def mark(self, chosen: Shown | None, note: str = "") -> None:
        """Mark the chosen filter, and show a note after them."""
        for item in self.query(Filter):
            item.set_class(item.shown == chosen, "-chosen")
        self.query_one("#note", Static).update(note)


class MailView(VerticalScroll, can_focus=True):
    """An opened mail: its instruction, and the writer's own words beside what was sent."""

    def compose(self) -> ComposeResult:
        yield Static("", id="subject", markup=False)
        yield Static("", id="head", markup=False)
        yield Static("", id="mail-state", markup=False)
        yield Static("", id="instruction", markup=False)
        with Horizontal(id="texts"):
            yield Static("", id="own", classes="text", markup=False)
            yield Static("", id="original", classes="text", markup=False)
        yield Static("", id="answered", classes="text", markup=False)

    def on_mount(self) -> None:
        self.query_one("#own").border_title = "Your own words"
        self.query_one("#original").border_title = "As it was sent"
        self.show_none("")

    def show(self, details: MailDetails, why: str) -> None:
        """Show a mail from its top. why: why it was found, or ''."""
        for part in self.children:
            part.display = True
        self._fill("subject", details.subject)
        self._fill("head", details.head)
        self._fill("mail-state", f"{details.state}\nfound by {why}" if why else details.state)
        self._fill("instruction", details.instruction or _NO_INSTRUCTION)
        self._fill("own", details.own or "(none)")
        self._fill("original", details.original or "(empty)")
        self._fill("answered", details.answered)
        origin = f" · {details.origin}" if details.origin else ""
        self.query_one("#instruction").border_title = Content(f"Instruction{origin}")
        self.query_one("#instruction").set_class(not details.instruction, "-none")
        self.query_one("#answered").border_title = Content(f"In reply to: {details.answered_head}")
        self.query_one("#answered").display = bool(details.answered_head)
        self.query_one("#original").display = details.original != details.own
        self.scroll_home(animate=False)

    def show_none(self, why: str) -> None:
        """Show no mail, but the reason."""
        for part in self.children:
            part.display = False
        self.query_one("#subject").display = True
        self._fill("subject", why)

    def _fill(self, part: str, text: str) -> None:
        self.query_one(f"#{part}", Static).update(text)


class InstructionForm(ModalScreen[str]):
    """Asks for a mail's instruction; returns '' if it stays as it is.

    typed: what was typed earlier and could not be saved.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "save", "Save", priority=True, id="instruction.keep"),
        Binding("escape", "dismiss('')", "Close", id="instruction.close"),
    ]

    def __init__(self, instruction: str, typed: str = "") -> None:
        super().__init__()
        self._old = instruction
        self._typed = typed

    def compose(self) -> ComposeResult:
        with Vertical() as window:
            window.border_title = "Instruction"
            window.border_subtitle = "Enter saves · Esc closes"
            area = TextArea(self._typed or self._old, compact=True)
            area.cursor_blink = False
            yield area
            yield Static("What you would ask for to get this mail, in a few words.")

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)

    def action_save(self) -> None:
        text = " ".join(safe_text(self.query_one(TextArea).text).split())
        self.dismiss("" if text == self._old else text)
