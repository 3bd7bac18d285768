"""A text widget that is updated often and cheaply: text that stays the same costs nothing."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

Part = str | tuple[str, str]
"""Plain text, or (text, style)."""


class Text(Static):
    """Text without markup; the screen is laid out again only if its lines take other rows."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__("", markup=False, id=id, classes=classes)
        self._parts: tuple[Part, ...] = ()

    def show(self, *parts: Part) -> None:
        """Show these parts, one after the other."""
        if parts != self._parts:
            before, self._parts = self._rows(), parts
            self.update(Content.assemble(*parts), layout=self._rows() != before)

    def _rows(self) -> list[int]:
        """Estimate how many rows each line takes."""
        text = "".join(part if isinstance(part, str) else part[0] for part in self._parts)
        width = max(1, self.size.width)
        return [len(line) // width for line in text.split("\n")]
