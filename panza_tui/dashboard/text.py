"""A text widget for frequent updates, which does nothing if the text has not changed."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

Part = str | tuple[str, str]
"""Plain text, or (text, style)."""


class Text(Static):
    """Text without markup, which triggers a new layout only if its rows change."""

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
