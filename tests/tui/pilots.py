"""Helpers for the tests of the screens: wait for a condition, read the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

from panza_tui.shell.themes import DEFAULT, THEMES


class OneScreen(App[None]):
    """An app around a single screen, with the product's themes."""

    def __init__(self, screen: Screen[Any]) -> None:
        super().__init__()
        self._shown = screen

    def on_mount(self) -> None:
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DEFAULT
        self.push_screen(self._shown)


async def wait_until(pilot: Pilot[Any], holds: Callable[[], bool]) -> None:
    """Wait until the condition is true; fail after a minute."""
    deadline = asyncio.get_running_loop().time() + 60
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, "the condition never held"
        await pilot.pause(0.01)


def shown(app: App[Any]) -> str:
    """Return the text on the screen, line by line."""
    lines = app.screen._compositor.render_strips()
    return "\n".join(line.text.rstrip() for line in lines)


def words(app: App[Any]) -> str:
    """Return the text on the screen as one line, for text that may be wrapped."""
    return " ".join(shown(app).split())


def notified(app: App[Any]) -> str:
    """Return the text of all notifications that are shown."""
    return "\n".join(notification.message for notification in app._notifications)
