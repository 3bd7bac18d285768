"""The window that asks for the passphrase of an encrypted home, once, before the app starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from engine.errors import PanzaError
from panza_tui.shell.line_input import LineInput
from panza_tui.shell.themes import DEFAULT, THEMES
from panza_tui.terminal.sanitise import safe_text


class UnlockApp(App[bool]):
    """Asks until `unlock` takes a passphrase; returns True then, and None if the user leaves.

    unlock: raises PanzaError for a wrong one.
    """

    CSS = """
    Screen {
        align: center middle;
        background: $background;
    }
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
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+q", "quit", "Quit")]

    def __init__(self, unlock: Callable[[str], None], theme: str = DEFAULT) -> None:
        super().__init__()
        self._unlock = unlock
        for known in THEMES:
            self.register_theme(known)
        self.theme = theme if theme in self.available_themes else DEFAULT

    def compose(self) -> ComposeResult:
        with Vertical() as window:
            window.border_title = "Your mail is encrypted"
            window.border_subtitle = "Enter unlocks · Esc quits"
            yield LineInput(placeholder="Passphrase", password=True)
            yield Static(markup=False)

    @on(Input.Submitted)
    def _try(self, event: Input.Submitted) -> None:
        try:
            self._unlock(event.value)
        except PanzaError as error:
            event.input.clear()
            self.query_one(Static).update(safe_text(str(error)))
        else:
            self.exit(True)
