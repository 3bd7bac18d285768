"""The widget of an instruction and its drafts."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import ItemGrid, Vertical
from textual.content import Content
from textual.widgets import Static

from panza_tui.chat.conversation import Exchange
from panza_tui.chat.draft_view import DraftView
from panza_tui.terminal.sanitise import safe_line, safe_text

_NARROWEST_COLUMN = 30
_WIDEST_TEXT = 92
"""Text is easiest to read in a column of about ninety characters."""


class ExchangeView(Vertical):
    """An instruction and its drafts, side by side if there is room."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self.exchange = exchange
        self.drafts = [DraftView(draft) for draft in exchange.drafts]
        self._head = Static("", classes="mail-head", markup=False)
        self._row = ItemGrid(*self.drafts, min_column_width=_NARROWEST_COLUMN)

    def compose(self) -> ComposeResult:
        instruction = safe_text(self.exchange.request.instruction)
        yield Static(instruction, classes="instruction", markup=False)
        yield self._head
        yield self._row

    def on_mount(self) -> None:
        self.show()

    def show(self) -> None:
        """Draw the exchange as it is now; before it is composed, `on_mount` will."""
        if not self._row.is_attached:
            return
        wanted = self.exchange.drafts
        for view in self.drafts:
            if view.draft not in wanted:
                view.remove()
        self.drafts = [view for view in self.drafts if view.draft in wanted]
        new = [DraftView(draft) for draft in wanted[len(self.drafts) :]]
        self.drafts += new
        self._row.mount_all(new)
        for number, view in enumerate(self.drafts, 1):
            view.number(number, len(wanted), chosen=view.draft is self.exchange.chosen)
        self.styles.max_width = _WIDEST_TEXT if len(wanted) == 1 else 3 * _WIDEST_TEXT
        self._show_head()

    def _show_head(self) -> None:
        exchange = self.exchange
        lines = [
            Content.assemble((f"{name}  ", "$foreground 50%"), safe_line(value))
            for name, value in (("To", exchange.recipient), ("Subject", exchange.subject))
            if value
        ]
        self._head.update(Content("\n").join(lines))
        self._head.display = bool(lines)
