"""Where the instruction is typed. What is pasted in length is taken for the mail to answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from panza_tui.shell.paste import pasted_text
from panza_tui.terminal.sanitise import safe_text

_LINES_OF_A_MAIL = 5
_LETTERS_OF_A_MAIL = 600


class InstructionInput(TextArea):
    """Grows with its lines; up and down on its first and last line go through what was sent.

    take: is given the text on Enter; says whether it took it, so that it can be cleared.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "Send", show=False, id="input.send"),
        Binding("shift+enter,ctrl+j", "newline", "New line", show=False, id="input.newline"),
        Binding("up", "earlier", "Earlier instruction", show=False, id="input.earlier"),
        Binding("down", "later", "Later instruction", show=False, id="input.later"),
    ]

    @dataclass
    class MailPasted(Message):
        """Something as long as a mail was pasted; it is not in the input."""

        text: str

    def __init__(self, take: Callable[[str], bool]) -> None:
        super().__init__(placeholder="What shall the mail say?", compact=True)
        self.cursor_blink = False
        self._take = take
        self._sent: list[str] = []
        self._place = 0  # In _sent; its length: what is being typed.
        self._typed = ""

    def remember(self, instructions: list[str]) -> None:
        """Have these to go back to, oldest first."""
        self._sent = [*instructions, *self._sent]
        self._place = len(self._sent)

    def put(self, text: str) -> None:
        """Show a text and stand at its end."""
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
        # Bindings are run by the app, ahead of keys that still wait here: text typed or sent in
        # one burst would be mixed up. These are run where text is typed.
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if binding.id:
                event.stop()
                event.prevent_default()
                await self.run_action(binding.action)

    async def _on_paste(self, event: events.Paste) -> None:
        text = pasted_text(event.text)
        if len(text) > _LETTERS_OF_A_MAIL or text.count("\n") >= _LINES_OF_A_MAIL:
            event.stop()
            event.prevent_default()
            self.post_message(self.MailPasted(text))
            return
        # What is pasted is shown in a terminal, too; the base class inserts it after this.
        event.text = safe_text(text)
