"""The text shown in place of the panels while there is no run."""

from __future__ import annotations

from collections.abc import Sequence

from panza_tui.dashboard.text import Part
from panza_tui.jobs.steps import Step
from panza_tui.terminal.sanitise import safe_line


def guide_text(missing: Sequence[Step]) -> list[Part]:
    """Format the steps to a first run, or how to start it if nothing is missing."""
    parts: list[Part] = [("No training run yet.\n", "bold")]
    if not missing:
        parts += [
            "\nYour mails and their instructions are ready.\n\n",
            ("n", "bold $accent"),
            " starts a training run, and shows first what it takes on this machine.\n",
            ("\nIt continues when you leave, and can be paused or stopped.", "$foreground 60%"),
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
            "\nThe first steps in the chat (F2) do this, and so does the command above in a "
            "terminal. This screen will notice.",
            "$foreground 60%",
        )
    )
    return parts
