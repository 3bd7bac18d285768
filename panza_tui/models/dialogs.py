"""The dialogs of the models screen: a new name, and a quantisation."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from panza_tui.models.service import DEFAULT_QUANTISATION
from panza_tui.shell.line_input import LineInput
from panza_tui.terminal.sanitise import safe_line

_QUANTISATIONS = {
    DEFAULT_QUANTISATION: "as the setting export.quantize says",
    "Q8_0": "8 bits: almost the original, for models that are not tiny",
    "Q5_K_M": "5 bits",
    "Q4_K_M": "4 bits: small and fast, for large models",
    "F16": "not quantised",
}


class AskName(ModalScreen[str]):
    """Asks for a model's new name; returns '' if it stays the same."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss('')", "Close", id="rename.close")
    ]

    def __init__(self, name: str) -> None:
        super().__init__()
        self._old = name

    def compose(self) -> ComposeResult:
        with Vertical() as window:
            window.border_title = "Rename"
            window.border_subtitle = "Enter renames · Esc closes"
            yield LineInput(safe_line(self._old))

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        self.dismiss("" if event.value.strip() == self._old else event.value.strip())


class AskQuantisation(ModalScreen[str]):
    """Asks how to quantise; returns '' if it was closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss('')", "Close", id="quantise.close")
    ]

    def compose(self) -> ComposeResult:
        with Vertical() as window:
            window.border_title = "Export as GGUF"
            window.border_subtitle = "Enter exports · Esc closes"
            yield OptionList(
                *(Option(f"{kind:<8} {about}", id=kind) for kind, about in _QUANTISATIONS.items()),
                markup=False,
            )

    @on(OptionList.OptionSelected)
    def _take(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id or "")
