"""Close what is left open in a quote, so that the quote ends where it does in a browser.

The parser passes over the end of a blockquote in which a div or table is still open, and would take
the writer's words below it for quoted, too.
"""

from __future__ import annotations

import re

_TAG = re.compile(r"<(/?)(blockquote|div|center|table|tbody|thead|tr|td|th)\b", re.IGNORECASE)
_DEEPEST = 300  # open elements


def close_quotes(html: str) -> str:
    """Return HTML in which each blockquote ends all elements in it. Takes linear time."""
    if "</blockquote" not in html or not _has_open_element(html):
        return html
    pieces: list[str] = []
    last = 0
    opened: list[str] = []
    for found in _TAG.finditer(html):
        name = found[2].lower()
        if not found[1]:
            opened.append(name)
            if len(opened) > _DEEPEST:
                return html
        elif name in opened and (name == "blockquote" or not _is_outside(opened, name)):
            inner: list[str] = []
            while (top := opened.pop()) != name:
                inner.append(top)
            if name == "blockquote" and inner:
                pieces += [html[last : found.start()], *(f"</{tag}>" for tag in inner)]
                last = found.start()
    return "".join([*pieces, html[last:]]) if pieces else html


def _has_open_element(html: str) -> bool:
    """Return whether as many divs and tables do not end as start: a quick check."""
    return any(html.count(f"<{tag}") != html.count(f"</{tag}") for tag in ("div", "table"))


def _is_outside(opened: list[str], name: str) -> bool:
    """Return whether the innermost open element of a name is outside the innermost quote."""
    for tag in reversed(opened):
        if tag in (name, "blockquote"):
            return tag != name
    return True
