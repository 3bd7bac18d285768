"""The window that offers facts from the user's signatures, to append to a draft."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from panza_tui.terminal.sanitise import safe_line

if TYPE_CHECKING:
    from engine.mail.stored.writer_facts import WriterFact

_KIND_WIDTH = 14  # Columns.


class FactsScreen(ModalScreen["WriterFact | None"]):
    """A list of facts; returns the chosen one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", id="facts.back"),
    ]

    def __init__(self, facts: Sequence[WriterFact]) -> None:
        super().__init__()
        self._facts = facts

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = "From your signatures"
            window.border_subtitle = "Enter puts it below the draft · Esc goes back"
            yield OptionList(*(Option(_line(fact)) for fact in self._facts), markup=False)

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._facts[event.option_index])


def _line(fact: WriterFact) -> Content:
    kind = safe_line(fact.kind).ljust(_KIND_WIDTH)
    return Content.assemble((kind, "$foreground 60%"), safe_line(fact.text))
