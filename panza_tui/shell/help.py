"""Help: the keys of the screen in front, as its bindings have them."""

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
    """The bindings of this product on these nodes, each key once: ours carry an id."""
    found: dict[tuple[str, str], Binding] = {}
    for node in nodes:
        for _, binding in node._bindings:
            if binding.id and binding.description:
                found.setdefault((binding.id, binding.key), binding)
    return list(found.values())


class HelpScreen(ModalScreen[None]):
    """A window with a line for each key: what it does, and its name for the keymap.

    about: paragraphs on what a key list can't tell; screens have them in `HELP`.
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
        """The help for a screen."""
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
                yield Static(self._table(here))
            yield Static("Everywhere", classes="heading")
            yield Static(self._table(everywhere))
            if self._about:
                yield Static("Good to know", classes="heading")
                yield Static(self._about, markup=False)
            yield Static(
                'The names on the right are for your own keys: app.keymap = ["chat.stop = ctrl+x"] '
                "in the settings.",
                classes="note",
                markup=False,
            )

    def _table(self, rows: dict[tuple[str, str], list[Binding]]) -> Content:
        lines: list[Content] = []
        for (name, description), bindings in rows.items():
            own = self.app._keymap.get(name)  # The user's own keys take the place of ours.
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
