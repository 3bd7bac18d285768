"""The one-line input that all screens use."""

from __future__ import annotations

from typing import Any

from textual.widgets import Input


class LineInput(Input):
    """An input whose cursor does not blink, which would redraw it twice a second."""

    def __init__(self, value: str | None = None, placeholder: str = "", **options: Any) -> None:
        super().__init__(value, placeholder, **options)
        self.cursor_blink = False
