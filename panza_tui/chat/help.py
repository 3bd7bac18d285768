"""Help: the keys, as the bindings have them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static


class HelpScreen(ModalScreen[None]):
    """A window with a line for each binding that has a description."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,enter", "dismiss", "Close", id="help.close"),
    ]

    def __init__(self, bindings: Iterable[Binding]) -> None:
        super().__init__()
        self._keys: dict[tuple[str, str], list[Binding]] = {}
        for binding in bindings:
            if binding.description:
                self._keys.setdefault((binding.action, binding.description), []).append(binding)

    def compose(self) -> ComposeResult:
        lines: list[str | tuple[str, str]] = [("Keys\n", "bold")]
        for (_, description), bindings in self._keys.items():
            keys = ", ".join(self.app.get_key_display(binding) for binding in bindings)
            lines += [(f"\n{keys:>16}", "$accent"), f"   {description}"]
        lines += [
            ("\n\nDrafts\n", "bold"),
            "\nA first line “To: anna@example.org” in the instruction says whom the mail is for.",
            " Text can be selected with the mouse and copied with ctrl+c.",
            " In tmux, copying needs 'set -s set-clipboard on'.",
        ]
        with VerticalScroll() as window:
            window.border_title = "Help"
            window.border_subtitle = "Esc closes"
            yield Static(Content.assemble(*lines))
