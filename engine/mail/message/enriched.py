"""Convert text/enriched (RFC 1896) and its predecessor text/richtext (RFC 1341) to plain text."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"<<|<(/?)([A-Za-z0-9-]{1,60})>|\n+|[^<\n]+|<")
_QUOTE = "excerpt"


def enriched_text(text: str) -> str:
    """Return the text of text/enriched, with "> " in front of the lines of excerpts.

    A single line break is a space, and of several ones the first does not count, except in
    "nofill". Parameters of commands are left out.
    """
    written: list[str] = []
    depth = {"nofill": 0, "param": 0, _QUOTE: 0}
    for token in _TOKEN.finditer(text):
        name = (token[2] or "").lower()
        if name in depth:
            if name == _QUOTE and _line_is_open(written):
                written.append("\n")
            depth[name] = max(0, depth[name] + (-1 if token[1] else 1))
        elif not name and not depth["param"]:
            part = "<" if token[0] == "<<" else token[0]
            if part[0] == "\n" and not depth["nofill"]:
                part = " " if len(part) == 1 else part[1:]
            if not (part == " " and not _line_is_open(written)):
                _write(written, part, depth[_QUOTE])
    return _tidy(written)


def richtext_text(text: str) -> str:
    """Return the text of text/richtext, where line breaks are spaces and <nl> breaks a line."""
    breaks = {"nl": "\n", "paragraph": "\n\n", "np": "\n\n", "lt": "<"}
    written: list[str] = []
    comments = quotes = 0
    for token in _TOKEN.finditer(text):
        name = (token[2] or "").lower()
        step = -1 if token[1] else 1
        if name == "comment":
            comments = max(0, comments + step)
        elif name == _QUOTE:
            if _line_is_open(written):
                written.append("\n")
            quotes = max(0, quotes + step)
        elif comments:
            continue
        elif name in breaks:
            if not token[1] or name == "paragraph":
                _write(written, breaks[name], quotes)
        elif not name:
            part = " " if token[0][0] == "\n" else token[0]
            if not (part == " " and not _line_is_open(written)):
                _write(written, part, quotes)
    return _tidy(written)


def _write(written: list[str], part: str, quotes: int) -> None:
    if quotes and part[0] != "\n" and not _line_is_open(written):
        written.append(">" * quotes + " ")
    written.append(part)


def _line_is_open(written: list[str]) -> bool:
    return bool(written) and not written[-1].endswith("\n")


def _tidy(written: list[str]) -> str:
    lines = (line.rstrip() for line in "".join(written).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
