"""Words of a draft that came from a past mail: underlined, and followed by the mail's number.

The number says what the colour says, so that the marks can be read without colour.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from panza_tui.chat.service import Borrowed

_STYLES = ("$accent", "$secondary", "$success")
_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def number_of(source: int) -> tuple[str, str]:
    """The raised number of a source, counted from 1 for the reader, and its style."""
    return str(source + 1).translate(_DIGITS), f"bold {_STYLES[source % len(_STYLES)]}"


def marked(text: str, marks: Sequence[Borrowed]) -> Content:
    """The text with its borrowed words marked; marks: in their order, none overlapping."""
    parts: list[str | tuple[str, str]] = []
    place = 0
    for mark in marks:
        style = _STYLES[mark.source % len(_STYLES)]
        parts += [
            text[place : mark.start],
            (text[mark.start : mark.end], f"{style} underline"),
            number_of(mark.source),
        ]
        place = mark.end
    return Content.assemble(*parts, text[place:])
