"""Where the conversation stands, and what is said while there is none."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from panza_tui.chat.service import Readiness
from panza_tui.terminal.sanitise import safe_text


class Transcript(VerticalScroll, can_focus=False):
    """All that was asked and drafted; follows the stream while its end is in sight.

    Its one child is at least as high as it is: an anchored container pushes a lower one down.
    """


class Guide(Static):
    """What to do next, while nothing was asked yet."""

    def show_steps(self, readiness: Readiness) -> None:
        """Tell which steps lead to the first draft, and the commands for those not taken."""
        parts: list[str | tuple[str, str]] = [
            ("A few steps, and drafts sound like you.\n", "bold"),
        ]
        reached = False
        for step in readiness.steps:
            title, command = safe_text(step.title), safe_text(step.command)
            if step.done:
                parts.append((f"\n✓ {title}\n", "$foreground-muted"))
            elif reached:
                parts.append((f"\n· {title}\n    {command}\n", "$foreground-muted"))
            else:
                reached = True
                parts += [f"\n▸ {title}\n", (f"    {command}\n", "bold $accent")]
        parts.append(
            ("\nType it into another terminal; this one goes on by itself.", "$foreground-muted"),
        )
        self.update(Content.assemble(*parts))

    def show_invitation(self, export: str) -> None:
        """Tell what an instruction can be, and the command that makes drafting quicker, or ''."""
        example = "Tell Anna that Friday doesn't suit me, and propose Tuesday."
        hint = (
            "A first line “To: anna@example.org” says whom it is for.\n"
            "To answer a mail, paste it below, or open it with ctrl+o."
        )
        if export:
            hint += f"\n\nDrafts come quicker after: {safe_text(export)}\n(then start again)"
        self.update(
            Content.assemble(
                ("What shall the mail say?\n", "bold"),
                "\nSay it below in a few words; it is written out as you would write it.\n",
                (f"\n{example}\n", "italic $accent"),
                (f"\n{hint}", "$foreground-muted"),
            )
        )

    def show_failure(self, error: str) -> None:
        """Tell why the model can't draft."""
        self.update(
            Content.assemble(
                ("The model could not be loaded.\n", "bold"),
                f"\n{error}\n",
                ("\nEnter tries again.", "$foreground-muted"),
            )
        )
