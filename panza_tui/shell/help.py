"""The help: the keys of the current screen, from its bindings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

EVERYWHERE = "app"
_NAMES_FIT = 78  # columns


def named_bindings(nodes: Iterable[DOMNode]) -> list[Binding]:
    """Return the bindings of these nodes that have an id (all of ours do), each key once."""
    found: dict[tuple[str, str], Binding] = {}
    for node in nodes:
        for _, binding in node._bindings:
            if binding.id and binding.description:
                found.setdefault((binding.id, binding.key), binding)
    return list(found.values())


class HelpScreen(ModalScreen[None]):
    """Shows a line for each key: what it does, and its name for the keymap.

    about: text below the keys; screens have it in `HELP`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,enter,q", "dismiss", "Close", show=False),
    ]

    def __init__(self, bindings: Sequence[Binding], about: str = "") -> None:
        super().__init__()
        self._bindings_shown = bindings
        self._about = about

    @classmethod
    def of(cls, screen: Screen[object]) -> HelpScreen:
        """Return the help for a screen."""
        nodes: list[DOMNode] = [screen, *screen.query("*"), screen.app]
        return cls(named_bindings(nodes), getattr(screen, "HELP", ""))

    def compose(self) -> ComposeResult:
        here: dict[tuple[str, str], list[Binding]] = {}
        everywhere: dict[tuple[str, str], list[Binding]] = {}
        for binding in self._bindings_shown:
            assert binding.id is not None
            place = everywhere if binding.id.startswith(f"{EVERYWHERE}.") else here
            place.setdefault((binding.id, binding.description), []).append(binding)
        with VerticalScroll() as window:
            window.border_title = "Help"
            window.border_subtitle = "Esc closes"
            if here:
                yield Static("On this screen", classes="heading")
                yield Static(self._table(here), markup=False)
            yield Static("Everywhere", classes="heading")
            yield Static(self._table(everywhere), markup=False)
            if self._about:
                yield Static("Good to know", classes="heading")
                yield Static(self._about, markup=False)
            yield Static(
                "To choose your own keys, use the names on the right in the settings: "
                'app.keymap = ["chat.stop = ctrl+x"]',
                classes="note",
                markup=False,
            )

    def _table(self, rows: dict[tuple[str, str], list[Binding]]) -> Content:
        lines: list[Content] = []
        for (name, description), bindings in rows.items():
            own = self.app._keymap.get(name)  # The user's own keys replace ours.
            if own:
                bindings = [bindings[0].with_key(key.strip()) for key in own.split(",")]
            keys = " ".join(dict.fromkeys(self.app.get_key_display(key) for key in bindings))
            lines.append(
                Content.assemble(
                    (f"{keys:>16}", "bold $accent"),
                    f"   {description:<21}",
                    (name if self.app.size.width >= _NAMES_FIT else "", "$foreground 50%"),
                )
            )
        return Content("\n").join(lines)
