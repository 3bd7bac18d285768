"""Unexpected errors in a screen: the app continues if it can, and says so."""

from __future__ import annotations

import pytest
from fake_chat import FakeArchive, FakeDraftService
from pilots import notified, shown, wait_until
from textual.binding import Binding
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from panza_tui.app import PanzaApp
from panza_tui.chat.instruction_input import InstructionInput
from panza_tui.services import Services
from panza_tui.shell.top_line import TopLine


class Breaking(Screen[None]):
    """Raises an error on request."""

    BINDINGS = [Binding("b", "break", "Break")]  # noqa: RUF012

    def __init__(self, where: str) -> None:
        super().__init__()
        self._where = where

    def compose(self):
        yield TopLine("mailbox")
        if self._where == "compose":
            raise ValueError("no such mail")
        yield Static("all mails")

    def on_mount(self) -> None:
        if self._where == "mount":
            raise ValueError("no such mail")

    def action_break(self) -> None:
        if self._where == "window":
            self.app.push_screen(BreakingWindow())
        elif self._where == "key":
            raise ValueError("no such mail")


class BreakingWindow(ModalScreen[None]):
    def compose(self):
        raise ValueError("no such mail")


def app_with_mailbox(*where: str) -> PanzaApp:
    """The app with a mailbox that raises an error at each visit."""
    visits = iter(where)
    sources = Services(FakeDraftService(), FakeArchive(), mailbox=lambda: Breaking(next(visits)))
    return PanzaApp(sources)


@pytest.mark.parametrize("where", ["compose", "mount"])
async def test_a_broken_screen_is_closed_and_can_be_reopened(
    where: str, mishaps: list[Exception]
) -> None:
    app = app_with_mailbox(where, "nowhere")
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        await pilot.press("a", "f3")
        await wait_until(pilot, lambda: app.current_mode == "chat" and bool(notified(app)))
        assert "ValueError: no such mail" in notified(app)
        assert "-vv" in notified(app)
        await wait_until(pilot, lambda: "● sam" in shown(app))
        assert app.screen.query_one(InstructionInput).text == "a"
        await pilot.press("f3")
        await wait_until(pilot, lambda: "all mails" in shown(app))
    assert "no such mail" in map(str, mishaps)
    mishaps.clear()


async def test_a_key_that_raises_shows_one_line(mishaps: list[Exception]) -> None:
    app = app_with_mailbox("key")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("f3")
        await wait_until(pilot, lambda: "all mails" in shown(app))
        await pilot.press("b")
        await wait_until(pilot, lambda: "no such mail" in notified(app))
        assert "all mails" in shown(app)
    mishaps.clear()


async def test_a_window_that_breaks_is_closed_and_its_screen_stays(
    mishaps: list[Exception],
) -> None:
    app = app_with_mailbox("window")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("f3")
        await wait_until(pilot, lambda: "all mails" in shown(app))
        await pilot.press("b")
        await wait_until(pilot, lambda: "no such mail" in notified(app))
        await wait_until(pilot, lambda: "all mails" in shown(app))
        assert app.current_mode == "mailbox"
    mishaps.clear()


async def test_an_error_in_the_chat_ends_the_app_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = app_with_mailbox()
    broken = ValueError("no such draft")

    def break_() -> None:
        raise broken

    async def use() -> None:
        async with app.run_test() as pilot:
            app.screen.call_later(break_)
            await wait_until(pilot, lambda: not app.is_running)

    with pytest.raises(ValueError, match="no such draft"):
        await use()
    assert app.failure is broken
    assert "Traceback" not in "".join(capsys.readouterr())
