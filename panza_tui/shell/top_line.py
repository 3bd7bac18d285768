"""The line at the top of every screen: which screen it is, the others, and what is running."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static


@runtime_checkable
class Shell(Protocol):
    """What the line needs of the app; in an app without it, only `state` is shown."""

    training: str  # The model being trained, or ''; reactive.
    places: tuple[tuple[str, str, str], ...]  # (mode, title, key) of the screens on offer.


class Place(Static):
    """The name of a screen; a click goes there."""

    def __init__(self, mode: str, title: str, key: str) -> None:
        super().__init__(title, markup=False)
        self.mode = mode
        self.tooltip = Content(key.upper())

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.app.switch_mode(self.mode)


class TopLine(Horizontal):
    """Yield it first in a screen. mode: the screen's own. state: a short text on its right."""

    DEFAULT_CSS = """
    TopLine {
        dock: top;
        height: 1;
        padding: 0 2;
        background: $background;

        #product { width: auto; color: $accent; text-style: bold; margin-right: 2; }
        Place { width: auto; padding: 0 1; color: $foreground 60%; }
        Place:hover { color: $foreground; }
        Place.-here { color: $foreground; text-style: bold underline; }
        #state, #training {
            text-wrap: nowrap; text-overflow: ellipsis; color: $foreground 60%;
        }
        #state { width: 1fr; text-align: right; }
        #training { width: auto; max-width: 30; margin-left: 3; color: $accent; display: none; }
    }
    .-narrow TopLine Place { display: none; }
    .-narrow TopLine Place.-here { display: block; }
    """

    state: reactive[str] = reactive("")

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def compose(self) -> ComposeResult:
        yield Static("panza", id="product")
        for mode, title, key in self.app.places if isinstance(self.app, Shell) else ():
            place = Place(mode, title, key)
            place.set_class(mode == self._mode, "-here")
            yield place
        yield Static(self.state, id="state", markup=False)
        yield Static("", id="training", markup=False)

    def on_mount(self) -> None:
        if isinstance(self.app, Shell):
            self.watch(self.app, "training", self._show_training)

    def watch_state(self, state: str) -> None:
        if self.is_mounted:
            self.query_one("#state", Static).update(state)

    def _show_training(self, name: str) -> None:
        line = self.query_one("#training", Static)
        line.update(f"▲ training {name}")
        line.display = bool(name)
