"""A dialog that asks before something that can't be undone."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from panza_tui.terminal.sanitise import safe_text


class Confirm(ModalScreen[bool]):
    """Asks `question`; returns True for yes."""

    DEFAULT_CSS = """
    Confirm {
        align: center middle;

        Vertical {
            width: 64;
            max-width: 100%;
            height: auto;
            padding: 1 2;
            border: round $accent;
            border-title-color: $accent;
            border-subtitle-color: $text-muted;
            background: $surface;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "Yes", id="confirm.yes"),
        Binding("escape,n", "dismiss(False)", "No", id="confirm.no"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical() as window:
            window.border_title = "Are you sure?"
            window.border_subtitle = "Y: yes · N or Esc: no"
            yield Static(safe_text(self._question), markup=False)
