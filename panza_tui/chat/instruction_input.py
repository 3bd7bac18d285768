"""The input for the instruction. A long paste is treated as the mail to answer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from panza_tui.chat.conversation import ChatConversation
from panza_tui.chat.service import Archive
from panza_tui.shell.paste import pasted_text
from panza_tui.shell.workers import run_in_thread
from panza_tui.terminal.sanitise import safe_text

# A paste this long is treated as a mail: nobody writes an instruction that long.
_LINES_OF_A_MAIL = 5
_CHARACTERS_OF_A_MAIL = 600
_REMEMBERED = 50  # Conversations whose instructions the up key goes back to.


class InstructionInput(TextArea):
    """Grows with its lines; up and down on its first and last line go through earlier texts.

    take: called with the text on Enter; returns whether it was accepted, so that it is cleared.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "Send", show=False, id="input.send"),
        Binding("shift+enter,ctrl+j", "newline", "New line", show=False, id="input.newline"),
        Binding("up", "earlier", "Earlier instruction", show=False, id="input.earlier"),
        Binding("down", "later", "Later instruction", show=False, id="input.later"),
    ]

    @dataclass
    class MailPasted(Message):
        """A text as long as a mail was pasted; it is not put into the input."""

        text: str

    def __init__(self, take: Callable[[str], bool]) -> None:
        super().__init__(placeholder=question(ChatConversation()), compact=True)
        self.cursor_blink = False
        self._take = take
        self._sent: list[str] = []
        self._place = 0  # In _sent; its length for the text being typed.
        self._typed = ""
        self._saved = ""  # The unsent text as it was last saved.

    def restore(self, archive: Archive) -> None:
        """Read earlier instructions, and what was typed and not sent."""

        def read() -> tuple[list[str], str]:
            names = [one.name for one in archive.conversations("")]
            return names[:_REMEMBERED][::-1], archive.unsent()

        def remember(typed: tuple[list[str], str]) -> None:
            instructions, unsent = typed
            self._sent = [*instructions, *self._sent]
            self._place = len(self._sent)
            if unsent and not self.text:
                self.put(safe_text(unsent))

        run_in_thread(self, read, remember, group="archive")

    def save(self, archive: Archive) -> None:
        """Save what was typed and not sent, so that forgetting a mail can remove it."""
        text = self.text

        def save() -> str:
            archive.save_unsent(text)
            return archive.unsent()

        def saved(unsent: str) -> None:
            self._saved = unsent

        run_in_thread(self, save, saved, lambda line: None, group="unsent")

    def clear_if_forgotten(self, archive: Archive) -> None:
        """Clear the text if its saved copy was removed with a forgotten mail."""
        saved = self._saved

        def compare(unsent: str) -> None:
            if saved and not unsent and self.text == saved:
                self.clear()
                self.app.notify("The unsent text had words of a forgotten mail; it was removed.")

        run_in_thread(self, archive.unsent, compare, lambda line: None, group="unsent")

    def save_at_exit(self, archive: Archive) -> None:
        """Save what was typed and not sent, unless its saved copy was removed in the meantime."""
        with contextlib.suppress(Exception):  # The app has exited, so no error can be shown.
            forgotten = self._saved and self._saved == self.text and not archive.unsent()
            if not forgotten:
                archive.save_unsent(self.text)

    def put(self, text: str) -> None:
        """Replace the text, and put the cursor at its end."""
        self.text = text
        self.move_cursor(self.document.end)

    def action_send(self) -> None:
        typed = self.text
        if self._take(typed):
            self._sent.append(typed)
            self._place = len(self._sent)
            self.clear()

    def action_newline(self) -> None:
        self.replace("\n", *self.selection)

    def action_earlier(self) -> None:
        if self.cursor_location[0] > 0 or self._place == 0:
            self.action_cursor_up()
            return
        if self._place == len(self._sent):
            self._typed = self.text
        self._place -= 1
        self.put(self._sent[self._place])

    def action_later(self) -> None:
        if self.cursor_location[0] < self.document.line_count - 1 or self._place == len(self._sent):
            self.action_cursor_down()
            return
        self._place += 1
        last = self._place == len(self._sent)
        self.put(self._typed if last else self._sent[self._place])

    async def _on_key(self, event: events.Key) -> None:
        # The app runs bindings before keys that are still queued here, so a burst of keys would be
        # handled out of order. These bindings are run here, in the order of the keys.
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if binding.id:
                event.stop()
                event.prevent_default()
                await self.run_action(binding.action)

    async def _on_paste(self, event: events.Paste) -> None:
        text = pasted_text(event.text)
        if len(text) > _CHARACTERS_OF_A_MAIL or text.count("\n") >= _LINES_OF_A_MAIL:
            event.stop()
            event.prevent_default()
            self.post_message(self.MailPasted(text))
            return
        # The base class inserts it after this.
        event.text = safe_text(text)


def question(conversation: ChatConversation) -> str:
    """Return the question that the next instruction answers."""
    if conversation.exchanges:
        return "What should change?   ↑ edits what you asked"
    if conversation.answered:
        return "What should the reply say?"
    return "What should the email say?"
