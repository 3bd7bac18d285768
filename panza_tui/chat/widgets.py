"""The parts of the chat: a line on top, instructions with their drafts, and where to type.

Text of mails, drafts and instructions is shown as it is: never as markup, never as Markdown.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static, TextArea

from panza_tui.chat.source import Readiness, read_request
from panza_tui.sanitise import safe_text


class StatusLine(Horizontal):
    """The product's name, and how it is with the model."""

    def compose(self) -> ComposeResult:
        yield Static("panza", id="product")
        yield Static("", id="state", markup=False)

    def show(self, state: str) -> None:
        self.query_one("#state", Static).update(state)


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
        hint = "A first line “To: anna@example.org” says whom it is for."
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


class DraftView(Vertical):
    """One draft and the line under it."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._model = ""
        self._started: float | None = None
        self._body = Static("", classes="draft", markup=False)
        self._caption = Static("… waiting for the model", classes="caption", markup=False)

    def compose(self) -> ComposeResult:
        yield self._body
        yield self._caption

    def start(self, model: str) -> None:
        """The engine began: it finds past mails for `model` to stand on, and reads them."""
        self._model = model
        self._started = time.monotonic()
        self._caption.update("… reading your mails")

    def grow(self, text: str) -> None:
        """Show the draft so far."""
        self.text = text
        self._body.update(text)
        self._caption.update("… writing")

    def end(self, sources: int) -> None:
        """Say what the finished draft came from."""
        mails = f"{sources or 'no'} past {'mail' if sources == 1 else 'mails'}"
        wrote = [] if self.text else ["it wrote nothing"]
        self._caption.update(" · ".join([*self._work(), f"stood on {mails}", *wrote]))

    def stop(self) -> None:
        """Say that this is all that came."""
        kept = "stopped" if self.text else "stopped before the first word"
        self._caption.update(" · ".join([*self._work(), kept]))

    def fail(self, error: str) -> None:
        """Say why the draft was not finished; what came of it stays."""
        self._caption.update(f"! {error}")
        self._caption.add_class("error")

    def _work(self) -> list[str]:
        if self._started is None:
            return []
        return [self._model, f"{time.monotonic() - self._started:.1f} s"]


class Exchange(Vertical):
    """An instruction and its drafts, the newest last; it begins with one that is empty."""

    def __init__(self, typed: str) -> None:
        super().__init__()
        self.typed = typed
        self.request = read_request(typed)
        self.drafts = [DraftView()]

    def compose(self) -> ComposeResult:
        shown = self.request.instruction
        if self.request.recipient:
            shown = f"To: {self.request.recipient}\n{shown}"
        yield Static(shown, classes="instruction", markup=False)
        yield from self.drafts

    def add_draft(self) -> None:
        self.drafts.append(DraftView())
        self.mount(self.drafts[-1])

    def remove_draft(self) -> None:
        """Take the newest draft away."""
        self.drafts.pop().remove()


class InstructionInput(TextArea):
    """Where the instruction is typed; it grows with its lines.

    take: is given the text on Enter; says whether it took it, so that it can be cleared.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "Send", show=False, id="input.send"),
        Binding("shift+enter,ctrl+j", "newline", "New line", show=False, id="input.newline"),
    ]

    def __init__(self, take: Callable[[str], bool]) -> None:
        super().__init__(placeholder="What shall the mail say?", compact=True)
        self.cursor_blink = False
        self._take = take

    def action_send(self) -> None:
        if self._take(self.text):
            self.clear()

    def action_newline(self) -> None:
        self.replace("\n", *self.selection)

    async def _on_key(self, event: events.Key) -> None:
        # Bindings are run by the app, ahead of keys that still wait here: text typed or sent in
        # one burst would be mixed up. These two are run where text is typed.
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if binding.id:
                event.stop()
                event.prevent_default()
                await self.run_action(binding.action)

    async def _on_paste(self, event: events.Paste) -> None:
        # What is pasted is shown in a terminal, too; the base class inserts it after this.
        event.text = safe_text(event.text)
