"""Format what is known of a base model: what it is, what it can do here, what training takes."""

from __future__ import annotations

from textual.content import Content

from panza_tui.jobs.bases import BaseChoice
from panza_tui.terminal.base_words import (
    base_facts,
    base_label,
    cost_words,
    short_path,
    yes_or_why,
)
from panza_tui.terminal.sanitise import safe_line


def base_content(choice: BaseChoice) -> Content:
    """Format a base model."""
    cost = cost_words(choice.minutes or 0, choice.memory_gib, choice.free_gib)
    rows = [
        ("drafts", yes_or_why(choice.cant_draft)),
        ("trains", f"{choice.training}: {choice.why or cost}"),
        ("exports", yes_or_why(choice.cant_export)),
    ]
    lines: list[str | tuple[str, str]] = [
        (safe_line(base_label(choice)), "bold $accent"),
        "\n\n",
        f"{safe_line(', '.join(base_facts(choice)))}\n",
    ]
    if choice.path:
        lines += [(safe_line(short_path(choice.path)), "$foreground-muted"), "\n\n"]
    for name, value in rows:
        lines += [(f"{name:<10}", "$foreground-muted"), f"{safe_line(value)}\n"]
    return Content.assemble(*lines)
