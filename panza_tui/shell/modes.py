"""An app with several screens: each is opened at the first visit, and closed if it breaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from textual.actions import ActionParseResult
from textual.app import App
from textual.dom import DOMNode
from textual.message_pump import MessagePump, active_message_pump
from textual.screen import Screen
from textual.widget import AwaitMount

from panza_tui.terminal.failures import one_line
from panza_tui.terminal.sanitise import safe_line

Opener = Callable[[], Screen[None]]
"""Creates a screen."""


class ModesApp(App[str]):
    """An app of the chat, which is always there, and other screens, each a Textual mode.

    openers: mode -> what creates its screen. failure: the error that ended the app early, or None.
    survived: unexpected errors in screens, which did not end the app.
    """

    DEFAULT_MODE = "chat"

    def __init__(self, chat: Screen[None], openers: Mapping[str, Opener]) -> None:
        super().__init__()
        self.failure: Exception | None = None
        self.survived: list[Exception] = []
        self._base = chat
        self._openers = dict(openers)

    def get_default_screen(self) -> Screen[Any]:
        """Return the chat, already styled for the width of the terminal."""
        breakpoints = self.HORIZONTAL_BREAKPOINTS or []
        fitting = [name for width, name in breakpoints if self.size.width >= width]
        self._base.add_class(*fitting[-1:], update=False)
        return self._base

    def on_mount(self) -> None:
        self.add_mode("chat", lambda: self._base)  # From now on the user can switch to it.

    def action_go(self, mode: str) -> None:
        """Go to another screen."""
        self.switch_mode(mode)

    def switch_mode(self, mode: str) -> AwaitMount:
        """Show a screen; if it can't be opened, say why and stay here."""
        if mode in self._openers and mode not in self._modes:
            screen = self.opened(self._openers[mode])
            if screen is None:
                return AwaitMount(self.screen, [])
            self.add_mode(mode, lambda: screen)
        return super().switch_mode(mode)

    def opened(self, opener: Opener) -> Screen[None] | None:
        """Open a new screen; if that fails, say why and return None."""
        try:
            return opener()
        except Exception as error:
            self.say(one_line(error))
            return None

    def say(self, line: str) -> None:
        """Show a warning."""
        self.notify(safe_line(line), severity="warning", timeout=10, markup=False)

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run the action of a key or click; if it fails, show why."""
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except Exception as error:
            self.survived.append(error)
            self.say(one_line(error))
            return True

    def _handle_exception(self, error: Exception) -> None:
        """Close the screen in which an unexpected error happened, and keep the app running.

        Textual would end the app with a traceback, which may show mail, and has no public hook for
        this. An error in the chat does end the app, with one plain line.
        """
        screen = _screen_of(active_message_pump.get(None))
        if screen is None or screen is self._base or not self._running:
            if self.failure is None:
                self.failure = error
            super()._handle_exception(error)
            self._exit_renderables.clear()
        else:
            self.survived.append(error)
            self.call_later(partial(self._close_broken, screen, one_line(error)))

    def _close_broken(self, screen: Screen[Any], line: str) -> None:
        """Close a dialog or a whole screen; further errors of the same one are ignored."""
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
