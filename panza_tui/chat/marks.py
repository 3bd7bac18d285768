"""Mark words of a draft: those that also occur in a source, and facts that nothing supports.

Words of a source are underlined, with the source's number, which says what the colour says, so that
the marks can be read without colour. Facts in doubt are reversed, and named below the draft.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from engine.retrieval.copied_passages import Span

if TYPE_CHECKING:
    from engine.checking.check import Checks

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


def doubtful_places(text: str, checks: Checks | None) -> list[tuple[int, int]]:
    """Return where facts stand that nothing supports or only the answered mail does, in order."""
    if checks is None:
        return []
    facts = {fact.text for fact in (*checks.unsupported, *checks.from_others)}
    found = [
        match.span()
        for fact in facts
        for match in re.finditer(rf"(?<!\w){re.escape(fact)}(?!\w)", text)
    ]
    places: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if not places or start >= places[-1][1]:
            places.append((start, end))
    return places


def flagged(text: str, places: Sequence[tuple[int, int]]) -> Content:
    """Return the text with these places flagged. places: in order, not overlapping."""
    parts: list[str | tuple[str, str]] = []
    end = 0
    for start, stop in places:
        parts += [text[end:start], (text[start:stop], "$warning reverse")]
        end = stop
    return Content.assemble(*parts, text[end:])
