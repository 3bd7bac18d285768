"""Mark the words of a draft that also occur in a source: underlined, with the source's number.

The number says what the colour says, so that the marks can be read without colour.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from engine.retrieval.copied_passages import Span

_STYLES = ("$accent", "$secondary", "$success")
_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def number_of(source: int) -> tuple[str, str]:
    """Return a source's number as superscript, counted from 1, and its style."""
    return str(source + 1).translate(_DIGITS), f"bold {_STYLES[source % len(_STYLES)]}"


def marked(text: str, marks: Sequence[Span]) -> Content:
    """Return the text with these words marked. marks: in order, not overlapping."""
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
