"""Decode text in format=flowed (RFC 3676)."""

from __future__ import annotations


def unflow(text: str, delete_space: bool = False) -> str:
    """Join the lines of each paragraph of text in format=flowed.

    Quoted lines get one ">" per level and a space. delete_space: the parameter delsp=yes.
    """
    lines: list[str] = []
    paragraph: list[str] = []
    previous_depth = 0

    def end_paragraph() -> None:
        if paragraph:
            line = ">" * previous_depth + " " * bool(previous_depth) + "".join(paragraph)
            lines.append(line if line == "-- " else line.rstrip())
            paragraph.clear()

    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
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
