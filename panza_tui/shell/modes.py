"""The screens one can go to: opened at the first visit, put away when something breaks in one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from textual.actions import ActionParseResult
from textual.app import App
from textual.dom import DOMNode
from textual.message_pump import MessagePump, active_message_pump
from textual.screen import Screen
from textual.widget import AwaitMount

from panza_tui.shell.services import Opener
from panza_tui.terminal.failures import one_line
from panza_tui.terminal.sanitise import safe_line


class ModesApp(App[str]):
    """An app around `chat`, which is always there, and other screens, each a mode.

    openers: mode -> what makes its screen. failure: what ended the app early, None for nothing;
    mishaps: what went wrong in a screen and was survived.
    """

    DEFAULT_MODE = "chat"

    def __init__(self, chat: Screen[None], openers: Mapping[str, Opener]) -> None:
        super().__init__()
        self.failure: Exception | None = None
        self.mishaps: list[Exception] = []
        self._base = chat
        self._openers = dict(openers)

    def get_default_screen(self) -> Screen[Any]:
        """The chat, styled for the terminal's width at once."""
        breakpoints = self.HORIZONTAL_BREAKPOINTS or []
        fitting = [name for width, name in breakpoints if self.size.width >= width]
        self._base.add_class(*fitting[-1:], update=False)
        return self._base

    def on_mount(self) -> None:
        self.add_mode("chat", lambda: self._base)  # It is there; from now on one can go to it.

    def action_go(self, mode: str) -> None:
        self.switch_mode(mode)

    def switch_mode(self, mode: str) -> AwaitMount:
        """Show a screen; one that can't be opened costs nothing but a line that says so."""
        if mode in self._openers and mode not in self._modes:
            screen = self.opened(self._openers[mode])
            if screen is None:
                return AwaitMount(self.screen, [])
            self.add_mode(mode, lambda: screen)
        return super().switch_mode(mode)

    def opened(self, opener: Opener) -> Screen[None] | None:
        """A new screen, or None and a line that says why not."""
        try:
            return opener()
        except Exception as error:
            self.say(one_line(error))
            return None

    def say(self, line: str) -> None:
        """A line that warns."""
        self.notify(safe_line(line), severity="warning", timeout=10, markup=False)

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """What a key or a click does; where that goes wrong, it costs nothing but a line."""
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except Exception as error:
            self.mishaps.append(error)
            self.say(one_line(error))
            return True

    def _handle_exception(self, error: Exception) -> None:
        """Put away the screen in which something went wrong that should not, and go on.

        Textual would end the app with a traceback that shows mail, and offers no public way round
        it. What goes wrong in the chat ends the app still, with one plain line.
        """
        screen = _screen_of(active_message_pump.get(None))
        if screen is None or screen is self._base or not self._running:
            if self.failure is None:
                self.failure = error
            super()._handle_exception(error)
            self._exit_renderables.clear()
        else:
            self.mishaps.append(error)
            self.call_later(partial(self._put_away, screen, one_line(error)))

    def _put_away(self, screen: Screen[Any], line: str) -> None:
        """Close a window, or a whole screen; one mishap brings others, which find it gone."""
        mode = self.current_mode
        if screen is self.screen_stack[0]:
            self.say(line)
            self.switch_mode("chat")
            self.remove_mode(mode)
        elif screen is self.screen:
            self.say(line)
            screen.dismiss()


def _screen_of(node: MessagePump | None) -> Screen[Any] | None:
    while node is not None and not isinstance(node, Screen):
        node = node._parent
    return node
