"""The panel that asks which addresses are the user's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from panza_tui.first_start.service import Candidate
from panza_tui.terminal.sanitise import safe_line


class AddressList(OptionList):
    """Addresses to tick. Enter is left to the screen, which continues with those ticked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", "Tick", id="start.tick"),
        Binding("enter", "screen.go_on", "Continue", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(markup=False, compact=True)
        self._candidates: list[Candidate] = []
        self.ticked: set[str] = set()

    def offer(self, candidates: Sequence[Candidate]) -> None:
        """List them, and tick those that are known, or else the most likely one."""
        self._candidates = list(candidates)
        self.ticked = {c.address for c in candidates if c.known}
        self.ticked = self.ticked or {c.address for c in candidates[:1]}
        self.clear_options()
        self.add_options(Option(self._line(candidate)) for candidate in candidates)
        self.highlighted = 0

    def action_tick(self) -> None:
        """Tick the address under the cursor, or untick it."""
        if self.highlighted is not None:
            candidate = self._candidates[self.highlighted]
            self.ticked ^= {candidate.address}
            self.replace_option_prompt_at_index(self.highlighted, self._line(candidate))

    def on_option_list_option_selected(self) -> None:
        """A click ticks, as Space does."""
        self.action_tick()

    def _line(self, candidate: Candidate) -> str:
        mails = f"{candidate.mails:,} mail{'' if candidate.mails == 1 else 's'}"
        name, address = candidate.name, candidate.address
        who = address if name in ("", address) else f"{name} <{address}>"
        sign = "✓" if candidate.address in self.ticked else "·"
        return safe_line(f"{sign} {who}: {mails}")


class AddressPanel(Vertical):
    """Asks which addresses are the user's."""

    def compose(self) -> ComposeResult:
        yield Static("", classes="words", markup=False)
        yield AddressList()

    def ask(self, path: Path, candidates: Sequence[Candidate]) -> None:
        """Offer the senders of the mails at `path`, the most likely first."""
        self.query_one(".words", Static).update(
            "Which addresses are yours? Space ticks, Enter continues. The most likely one comes "
            f"first.\n{safe_line(str(path))}"
        )
        self.query_one(AddressList).offer(candidates)

    @property
    def chosen(self) -> list[str]:
        """The addresses that are ticked."""
        return sorted(self.query_one(AddressList).ticked)
