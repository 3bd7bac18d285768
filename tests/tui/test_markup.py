"""Texts of others that look like Textual's markup are shown as they are, and end nothing."""

from __future__ import annotations

import pytest
from fake_chat import FakeArchive, FakeDraftService, app_of
from pilots import OneScreen, notified, shown, wait_until, words
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Paste
from textual.screen import Screen
from textual.widgets import Select

from engine.mail.types import MailToAnswer
from engine.retrieval.hits import Hit
from engine.settings.file import Setting
from engine.settings.record import Record
from panza_tui.chat.sources_panel import SourceMailScreen
from panza_tui.settings_screen.rows import SettingRow

pytestmark = pytest.mark.parametrize("hostile", ["Re: [/b] hello", "[@click=app.quit]Invoice[/]"])


async def test_a_source_and_its_subject(hostile: str) -> None:
    app = OneScreen(SourceMailScreen(Hit(1, 0, ((hostile, "a@b.example"),), hostile, hostile)))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: words(app).count(hostile) == 2)
        title = app.screen.query_one(VerticalScroll).border_title
        assert Content.from_markup(title).plain == hostile


async def test_what_is_wrong_with_a_mail_to_answer(hostile: str) -> None:
    class Unreadable(FakeArchive):
        def read_mail(self, text: str | bytes) -> MailToAnswer:
            return MailToAnswer((), problem=hostile)

    app = app_of(FakeDraftService(), Unreadable())
    async with app.run_test(notifications=True) as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        app.post_message(Paste("From: a@b.example\nTo: x@y.example\nSubject: x\n\nHi\n"))
        await wait_until(pilot, lambda: hostile in notified(app))
        await wait_until(pilot, lambda: hostile in words(app))


async def test_a_choice_of_a_setting(hostile: str) -> None:
    class Form(Screen[None]):
        def compose(self) -> ComposeResult:
            record = Record("app.theme", str, "panza", "The theme.", choices=("panza",))
            yield SettingRow(Setting(record, hostile, "default"))

    app = OneScreen(Form())
    async with app.run_test(size=(100, 30)) as pilot:
        select = app.screen.query_one(Select)
        select.action_show_overlay()
        await pilot.pause()
        assert [Content.from_markup(name).plain for name, _ in select._options] == [
            "panza",
            hostile,
        ]
        assert select.value == hostile
