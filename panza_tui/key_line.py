"""The line of keys below a screen."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

_PADDING = 3  # columns around a key and its words


class KeyLine(Footer):
    """The keys that do something now: as many as there is room for, and the help for the others."""

    def __init__(self) -> None:
        super().__init__(show_command_palette=False)
        self._columns = 0

    def compose(self) -> ComposeResult:
        self._columns = self.app.size.width
        keys = list(super().compose())
        room = self._columns - self.gutter.width - sum(_width(key) for key in keys if _helps(key))
        for key in keys:
            if not _helps(key):
                room -= _width(key)
            if room >= 0 or _helps(key):
                yield key

    def on_resize(self, event: events.Resize) -> None:
        if self.app.size.width != self._columns:
            self.call_after_refresh(self.recompose)


def _helps(key: Widget) -> bool:
    return isinstance(key, FooterKey) and key.action == "help"


def _width(key: Widget) -> int:
    """In columns. Before it is shown, a key knows its words and not yet its style."""
    if not isinstance(key, FooterKey):
        return 0
    return cell_len(key.key_display) + cell_len(key.description) + _PADDING
