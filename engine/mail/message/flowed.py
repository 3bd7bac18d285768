"""Text in format=flowed (RFC 3676) as paragraphs."""

from __future__ import annotations


def unflow(text: str, delete_space: bool = False) -> str:
    """The text with its soft line breaks undone.

    Quoted lines are written as "> ", one ">" a level. delete_space: the parameter delsp=yes.
    """
    lines: list[str] = []
    paragraph: list[str] = []
    depth_before = 0

    def close() -> None:
        if paragraph:
            line = ">" * depth_before + " " * bool(depth_before) + "".join(paragraph)
            lines.append(line if line == "-- " else line.rstrip())
            paragraph.clear()

    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        is_signature = content == "-- "
        if depth != depth_before or is_signature:
            close()
        depth_before = depth
        soft = content.endswith(" ") and not is_signature
        paragraph.append(content[:-1] if soft and delete_space else content)
        if not soft:
            close()
    close()
    return "\n".join(lines)
