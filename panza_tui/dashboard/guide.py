"""What stands in place of the dashboard while there is no run."""

from __future__ import annotations

from collections.abc import Sequence

from panza_tui.dashboard.words import Part
from panza_tui.jobs.steps import Step
from panza_tui.terminal.sanitise import safe_line


def guide_words(missing: Sequence[Step]) -> list[Part]:
    """The steps to a first run, or how to begin it when all is there."""
    parts: list[Part] = [("No model learns yet.\n", "bold")]
    if not missing:
        parts += [
            "\nYour mails and their instructions are there.\n\n",
            ("n", "bold $accent"),
            " starts a training: it shows what it takes on this machine first.\n",
            ("\nIt goes on when you leave, and can be paused and stopped.", "$foreground 60%"),
        ]
        return parts
    reached = False
    for step in missing:
        title, command = safe_line(step.title), safe_line(step.command)
        if step.done:
            parts.append((f"\n✓ {title}\n", "$foreground 60%"))
        elif reached:
            parts.append((f"\n· {title}\n", "$foreground 60%"))
        else:
            reached = True
            parts += [f"\n▸ {title}\n", (f"    {command}\n", "bold $accent")]
    parts.append(
        (
            "\nThe first steps in the chat (F2) do this, or the command above in a terminal; "
            "this screen notices.",
            "$foreground 60%",
        )
    )
    return parts
