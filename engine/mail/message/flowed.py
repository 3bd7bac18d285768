"""Decode text in format=flowed (RFC 3676)."""

from __future__ import annotations

OWN_MARK = "\u2060"
"""A word joiner, which nobody sees, before a ">" that begins a line of the writer's own."""


def unflow(text: str, delete_space: bool = False) -> str:
    """Join the lines of each paragraph of text in format=flowed.

    Quoted lines get one ">" per level and a space. A single line that the writer began with ">",
    which has a space before it (section 4.4), gets OWN_MARK; several are a quote that was pasted.
    delete_space: the parameter delsp=yes.
    """
    lines: list[str] = []
    paragraph: list[str] = []
    previous_depth = 0

    def end_paragraph() -> None:
        if paragraph:
            line = ">" * previous_depth + " " * bool(previous_depth) + "".join(paragraph)
            lines.append(line if line == "-- " else line.rstrip())
            paragraph.clear()

    source = text.split("\n")
    for number, line in enumerate(source):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        if line.startswith(" >") and not _has_mark_beside(source, number):
            content = OWN_MARK + content
        is_signature = content == "-- "
        if depth != previous_depth or is_signature:
            end_paragraph()
        previous_depth = depth
        is_soft_break = content.endswith(" ") and not is_signature
        paragraph.append(content[:-1] if is_soft_break and delete_space else content)
        if not is_soft_break:
            end_paragraph()
    end_paragraph()
    return "\n".join(lines)


def _has_mark_beside(lines: list[str], number: int) -> bool:
    """Return whether the line above or below starts with ">", with a space before it or without."""
    return any(
        line.startswith((">", " >"))
        for line in (*lines[max(number - 1, 0) : number], *lines[number + 1 : number + 2])
    )
