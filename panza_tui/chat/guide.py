"""The text shown while a conversation is empty: what can be asked, or what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from panza_tui.chat.drafter import Drafter
from panza_tui.terminal.sanitise import safe_text

if TYPE_CHECKING:
    from panza_tui.chat.service import Readiness
    from panza_tui.jobs.steps import Step


class Guide(Static):
    """Says what to do next, while the conversation is empty."""

    def show(self, drafter: Drafter) -> None:
        """Show the text for the state of the model."""
        if drafter.state == "missing":
            self._show_steps(drafter.readiness.steps)
        elif drafter.state == "failed":
            self._show_failure(drafter.error)
        elif drafter.state != "checking":
            self._show_invitation(drafter.readiness)

    def _show_steps(self, steps: Sequence[Step]) -> None:
        """List the steps to a first draft, with the commands of those that are not done."""
        parts: list[str | tuple[str, str]] = [
            ("A few steps, and drafts will sound like you.\n", "bold"),
        ]
        reached = False
        for step in steps:
            title, command = safe_text(step.title), safe_text(step.command)
            if step.done:
                parts.append((f"\n✓ {title}\n", "$foreground-muted"))
            elif reached:
                parts.append((f"\n· {title}\n    {command}\n", "$foreground-muted"))
            else:
                reached = True
                parts += [f"\n▸ {title}\n", (f"    {command}\n", "bold $accent")]
        parts.append(
            (
                "\nRun the command in another terminal; this screen updates by itself.",
                "$foreground-muted",
            ),
        )
        self.update(Content.assemble(*parts))

    def _show_invitation(self, readiness: Readiness) -> None:
        """Say what an instruction can be, and what would make drafts better or faster."""
        example = "Tell Anna that Friday doesn't suit me, and propose Tuesday."
        hint = (
            "A first line “To: anna@example.org” names the recipient.\n"
            "To answer a mail, paste it below, or open it with ctrl+o."
        )
        command = next((step.command for step in readiness.steps if not step.done), "")
        if command:
            hint += (
                "\n\nDrafts take your voice from a few past mails. A model trained on all of them "
                f"knows it better: {safe_text(command)}"
            )
        if readiness.export:
            hint += f"\n\nFor faster drafts, run: {safe_text(readiness.export)}"
        self.update(
            Content.assemble(
                ("What should the email say?\n", "bold"),
                "\nSay it below in a few words; it is written out as you would write it.\n",
                (f"\n{example}\n", "italic $accent"),
                (f"\n{hint}", "$foreground-muted"),
            )
        )

    def _show_failure(self, error: str) -> None:
        """Say why there is no model to draft with."""
        self.update(
            Content.assemble(
                ("The model could not be loaded.\n", "bold"),
                f"\n{error}\n",
                ("\nEnter tries again.", "$foreground-muted"),
            )
        )
