"""What the writer's own signatures tell, one of which is put below a draft."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from panza_tui.chat.service import OwnFact
from panza_tui.terminal.sanitise import safe_line

_WIDEST_KIND = 14


class FactsScreen(ModalScreen[OwnFact | None]):
    """A list of facts; returns the one chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", id="facts.back"),
    ]

    def __init__(self, facts: Sequence[OwnFact]) -> None:
        super().__init__()
        self._facts = facts

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = "From your signatures"
            window.border_subtitle = "Enter puts it below the draft · Esc goes back"
            yield OptionList(*(Option(_line(fact)) for fact in self._facts))

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._facts[event.option_index])


def _line(fact: OwnFact) -> Content:
    kind = safe_line(fact.kind).ljust(_WIDEST_KIND)
    return Content.assemble((kind, "$foreground 60%"), safe_line(fact.text))
