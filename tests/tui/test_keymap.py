"""The user's own keys, themes, palette and help of the app."""

from __future__ import annotations

import pytest
from fake_chat import END, FakeArchive, FakeDraftService
from pilots import notified, shown, wait_until
from textual.command import CommandPalette
from textual.screen import Screen
from textual.widgets import Static

from engine.settings import App as Look
from panza_tui.app import PanzaApp
from panza_tui.chat.instruction_input import InstructionInput
from panza_tui.services import Services
from panza_tui.shell.help import HelpScreen
from panza_tui.shell.keymap import known_ids, read_keymap
from panza_tui.shell.messages import RunEnded, SettingsChanged
from panza_tui.shell.themes import THEMES
from panza_tui.shell.top_line import TopLine


class Mails(Screen[None]):
    def compose(self):
        yield TopLine("mailbox")
        yield Static("all mails")


def app_with(look: Look, **sources: object) -> PanzaApp:
    both = {"chat": FakeDraftService(), "archive": FakeArchive(), **sources}
    return PanzaApp(Services(**both), lambda: look)  # type: ignore[arg-type]


def test_a_keymap_reports_invalid_lines() -> None:
    lines = ["chat.stop = ctrl+x, f12", "chat.stp = ctrl+z", "nonsense", "mailbox.search = f11"]
    keys, problems = read_keymap(lines, {"chat.stop", "app.quit"})
    assert keys == {"chat.stop": "ctrl+x, f12", "mailbox.search": "f11"}
    assert "nearest is 'chat.stop'" in problems[0]
    assert "nonsense" in problems[1]


def test_every_key_of_the_chat_has_a_name() -> None:
    assert {"app.help", "chat.stop", "input.send", "sources.exclude"} <= known_ids()


async def test_own_keys_work_and_the_help_shows_them() -> None:
    app = app_with(Look("panza", True, ("chat.history = ctrl+u", "chat.hstory = f12")))
    async with app.run_test(size=(100, 60)) as pilot:
        assert any("hstory" in one.message for one in app._notifications)
        await pilot.press("f1")
        await wait_until(pilot, lambda: isinstance(app.screen, HelpScreen))
        row = next(line for line in shown(app).splitlines() if "chat.history" in line)
        assert "^u" in row
        await pilot.press("f1")
        await wait_until(pilot, lambda: not isinstance(app.screen, HelpScreen))


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
async def test_every_theme_can_be_put_on(theme: str) -> None:
    app = app_with(Look(theme, True, ()))
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        assert app.theme == theme


async def test_an_unknown_theme_is_reported_and_the_app_continues() -> None:
    app = app_with(Look("pink", True, ()))
    async with app.run_test():
        assert app.theme == "panza"
        assert any("'pink'" in one.message for one in app._notifications)


async def test_a_changed_theme_is_put_on_at_once() -> None:
    look = [Look("panza", True, ())]
    app = PanzaApp(Services(FakeDraftService(), FakeArchive()), lambda: look[0])
    async with app.run_test() as pilot:
        look[0] = Look("panza-light", True, ())
        app.post_message(SettingsChanged("app.theme"))
        await wait_until(pilot, lambda: app.theme == "panza-light")


async def test_screens_are_opened_by_their_keys_and_only_those_on_offer() -> None:
    app = app_with(Look("panza", True, ()), mailbox=Mails)
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        top = shown(app).splitlines()[0]
        assert "Mailbox" in top
        assert "Training" not in top
        await pilot.press("f4")
        assert app.current_mode == "chat"
        await pilot.press("f3")
        await wait_until(pilot, lambda: "all mails" in shown(app))
        await pilot.press("f2")
        await wait_until(pilot, lambda: "● sam" in shown(app))


async def test_a_screen_that_does_not_open_shows_one_line_and_can_be_retried() -> None:
    errors: list[Exception] = [ImportError("no module named plots")]

    def open_mails() -> Mails:
        if errors:
            raise errors.pop()
        return Mails()

    app = app_with(Look("panza", True, ()), mailbox=open_mails)
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        await pilot.press("f3")
        await wait_until(pilot, lambda: "no module named plots" in notified(app))
        assert app.current_mode == "chat"
        await pilot.press("f3")
        await wait_until(pilot, lambda: "all mails" in shown(app))


async def test_first_steps_that_do_not_open_leave_the_chat() -> None:
    def broken() -> Mails:
        raise OSError("the disk is gone")

    app = app_with(Look("panza", True, ()), start=broken, is_new=lambda: True)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "the disk is gone" in notified(app))
        await wait_until(pilot, lambda: "● sam" in shown(app))


async def test_the_line_of_keys_shows_whole_keys_and_always_the_help() -> None:
    service = FakeDraftService()
    app = app_with(Look("panza", True, ()), chat=service)
    async with app.run_test(size=(120, 20)) as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        typed = app.screen.query_one(InstructionInput)
        typed.text = "say hi"
        await pilot.press("enter")
        await wait_until(pilot, lambda: "Stop" in shown(app).splitlines()[-1])
        assert "Commands" in shown(app).splitlines()[-1]
        await pilot.resize_terminal(40, 20)
        await wait_until(pilot, lambda: "Commands" not in shown(app).splitlines()[-1])
        line = shown(app).splitlines()[-1]
        assert len(line) <= 38
        assert line.endswith("Help")
        service.write(END)


async def test_the_first_steps_come_before_an_empty_chat() -> None:
    app = app_with(Look("panza", True, ()), start=Mails, is_new=lambda: True)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "all mails" in shown(app))
        app.screen.dismiss()
        await wait_until(pilot, lambda: "● sam" in shown(app))


async def test_a_run_is_shown_in_the_top_line_and_its_end_is_announced() -> None:
    ended = [RunEnded("lo", "failed", "The training of lo failed.")]

    def look() -> tuple[str, list[RunEnded]]:
        return "lo", [ended.pop()] if ended else []

    app = app_with(Look("panza", True, ()), poll_runs=look)
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: "▲ training lo" in shown(app))
        await wait_until(pilot, lambda: len(app._notifications) == 1)


async def test_the_palette_holds_keys_screens_and_themes() -> None:
    app = app_with(Look("panza", True, ()), mailbox=Mails)
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        titles = {command.title for command in app.get_system_commands(app.screen)}
        assert {"Mailbox", "History", "Answer", "Quit", "Theme: high-contrast"} <= titles
        assert "Training" not in titles
        await pilot.press("ctrl+p")
        await wait_until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await pilot.press(*"history")
        await wait_until(pilot, lambda: "chat.history" in shown(app))
