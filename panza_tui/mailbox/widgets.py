"""What the mailbox shows beside its list: filters, an opened mail, and the instruction's form."""

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
from panza_tui.mailbox.worker import Sheet
from panza_tui.terminal.sanitise import safe_text

FILTERS: tuple[Shown, ...] = ("all", "kept", "left out", "no instruction")


class Filter(Static):
    """One of the filters; clicking it chooses it."""

    @dataclass
    class Clicked(Message):
        """This one is wanted."""

        shown: Shown

    def __init__(self, shown: Shown) -> None:
        super().__init__(shown.capitalize(), markup=False)
        self.shown = shown

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked(self.shown))


class Filters(Horizontal):
    """All filters in a line, the chosen one marked; what a search found goes with none."""

    def compose(self) -> ComposeResult:
        for shown in FILTERS:
            yield Filter(shown)
        yield Static("", id="found", markup=False)

    def mark(self, chosen: Shown | None, found: str = "") -> None:
        for item in self.query(Filter):
            item.set_class(item.shown == chosen, "-chosen")
        self.query_one("#found", Static).update(found)


class MailSheet(VerticalScroll, can_focus=True):
    """An opened mail: its instruction, the writer's own words beside what was sent."""

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
        self.empty("")

    def lay(self, sheet: Sheet, why: str) -> None:
        """Show a mail, from its top. why: it was found, ''."""
        for part in self.children:
            part.display = True
        self._fill("subject", sheet.subject)
        self._fill("head", sheet.head)
        self._fill("mail-state", f"{sheet.state}\nfound by {why}" if why else sheet.state)
        self._fill("instruction", sheet.instruction or "None yet: e writes one, r has it written.")
        self._fill("own", sheet.own or "(none)")
        self._fill("original", sheet.original or "(empty)")
        self._fill("answered", sheet.answered)
        origin = f" · {sheet.origin}" if sheet.origin else ""
        self.query_one("#instruction").border_title = f"Instruction{origin}"
        self.query_one("#instruction").set_class(not sheet.instruction, "-none")
        self.query_one("#answered").border_title = Content(f"It answers: {sheet.answered_head}")
        self.query_one("#answered").display = bool(sheet.answered_head)
        self.query_one("#original").display = sheet.original != sheet.own
        self.scroll_home(animate=False)

    def empty(self, why: str) -> None:
        """Show no mail, and why."""
        for part in self.children:
            part.display = False
        self.query_one("#subject").display = True
        self._fill("subject", why)

    def _fill(self, part: str, text: str) -> None:
        self.query_one(f"#{part}", Static).update(text)


class InstructionForm(ModalScreen[str]):
    """Asks for a mail's instruction; '' when it stays as it is.

    typed: what was typed for it earlier and could not be kept.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "keep", "Keep", priority=True, id="instruction.keep"),
        Binding("escape", "dismiss('')", "Close", id="instruction.close"),
    ]

    def __init__(self, instruction: str, typed: str = "") -> None:
        super().__init__()
        self._old = instruction
        self._typed = typed

    def compose(self) -> ComposeResult:
        with Vertical() as window:
            window.border_title = "Instruction"
            window.border_subtitle = "Enter keeps it, Esc closes"
            area = TextArea(self._typed or self._old, compact=True)
            area.cursor_blink = False
            yield area
            yield Static("What you would have asked for to get this mail, in a few words.")

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)

    def action_keep(self) -> None:
        text = " ".join(safe_text(self.query_one(TextArea).text).split())
        self.dismiss("" if text == self._old else text)
