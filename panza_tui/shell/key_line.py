"""The line of keys at the bottom of a screen."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.binding import ActiveBinding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

_HELP = "help"


@dataclass(frozen=True)
class Key:
    """A key on the line, and what it does in a few words."""

    key: str
    display: str
    words: str
    action: str

    @property
    def width(self) -> int:
        """Columns it takes: a space on both sides of the key, and one after the words."""
        return cell_len(self.display) + cell_len(self.words) + 3


class KeyLine(Static):
    """The keys that do something now: as many as fit, and always the one for help.

    One widget for all keys: Textual's Footer has a widget for each and recreates all of them
    whenever one changes, which is too slow while a draft streams.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    KeyLine {
        dock: bottom;
        height: 1;
        padding: 0 2;
        background: $background;
        text-wrap: nowrap;
    }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._keys: list[Key] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if not self.screen.is_mounted:  # It does not know yet which keys do something.
            self.call_after_refresh(self._bindings_changed, screen)
        elif screen is self.screen and self.app.app_focus:
            self._show()

    def on_resize(self) -> None:
        self._bindings_changed(self.screen)

    def _show(self) -> None:
        keys = self._fitting(self.size.width)
        if keys != self._keys:
            self._keys = keys
            parts = [
                part
                for key in keys
                for part in (
                    (f" {key.display} ", "bold $footer-key-foreground"),
                    (f"{key.words} ", "$footer-description-foreground"),
                )
            ]
            self.update(Content.assemble(*parts), layout=False)

    def _fitting(self, columns: int) -> list[Key]:
        """Return the keys that fit into so many columns, in their order."""
        shown: dict[str, Key] = {}  # The first of several keys for the same action.
        for active in self.screen.active_bindings.values():
            if active.binding.show and active.enabled:
                shown.setdefault(active.binding.action, self._key(active))
        columns -= sum(key.width for key in shown.values() if key.action == _HELP)
        fitting = []
        for key in shown.values():
            if key.action != _HELP:
                columns -= key.width
            if columns >= 0 or key.action == _HELP:
                fitting.append(key)
        return fitting

    def _key(self, active: ActiveBinding) -> Key:
        binding = active.binding
        display = self.app.get_key_display(binding)
        return Key(binding.key, display, binding.description, binding.action)

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        place = event.get_content_offset(self)
        left = place.x if place else -1
        for key in self._keys:
            if 0 <= left < key.width:
                self.app.simulate_key(key.key)
            left -= key.width
