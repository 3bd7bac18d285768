"""The full-screen app: its theme, its keys, and its one screen so far."""

from __future__ import annotations

import sys
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.theme import Theme

from engine.errors import UsageError
from engine.home import Home
from engine.settings import Settings
from panza_tui.chat.screen import ChatScreen
from panza_tui.chat.source import DraftSource

THEME = Theme(
    name="panza",
    primary="#d9a45b",
    accent="#d9a45b",
    secondary="#8fa3ad",
    foreground="#dedbd3",
    background="#16181c",
    surface="#1e2126",
    panel="#282c33",
    success="#93b37b",
    warning="#d9a45b",
    error="#d97a6c",
    variables={
        "footer-key-foreground": "#d9a45b",
        "footer-description-foreground": "#8b8d90",
        "input-cursor-background": "#d9a45b",
        "input-cursor-foreground": "#16181c",
    },
)


class PanzaApp(App[None]):
    """Shows the chat on whatever source of drafts it is given."""

    TITLE = "panza"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", priority=True, id="app.quit"),
    ]

    def __init__(self, source: DraftSource) -> None:
        super().__init__()
        self._source = source

    def on_mount(self) -> None:
        self.register_theme(THEME)
        self.theme = THEME.name
        self.push_screen(ChatScreen(self._source))


def run_app(home: Home, settings: Settings) -> int:
    """Show the app until it is left; returns the exit code.

    home: prepared. Raises UsageError where there is no terminal to show it on.
    """
    # Textual draws on stderr, so all three must be the terminal.
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "The full-screen app needs a terminal; "
            'for a draft on stdout use: panza-tui --ask "what the mail shall say"'
        )
    from panza_tui.chat.engine_source import EngineSource

    source = EngineSource(home, settings)
    try:
        app = PanzaApp(source)
        app.run()
    finally:
        source.close()
    return app.return_code or 0
