"""What is typed in the chat: keys, pasted text, recall, and text that was not sent."""

from __future__ import annotations

import pytest
from chat_pilots import drafted, drafts, instruction, ready
from fake_chat import END, FakeArchive, FakeDraftService, app_of
from pilots import notified, shown, wait_until
from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.screen import ModalScreen

from engine.drafting.types import DraftRequest
from panza_tui.app import PanzaApp
from panza_tui.chat.screen import ChatScreen
from panza_tui.shell.help import HelpScreen


async def test_new_lines_and_help_come_from_the_bindings() -> None:
    app = app_of(FakeDraftService())
    async with app.run_test(size=(100, 60)) as pilot:
        await wait_until(pilot, ready(app))
        await pilot.press("a", "ctrl+j", "b", "shift+enter", "c")
        assert instruction(app).text == "a\nb\nc"
        await pilot.press("f1")
        await wait_until(pilot, lambda: isinstance(app.screen, HelpScreen))
        for words in ("Again", "Copy draft", "New line", "Send", "Stop", "Quit"):
            assert words in shown(app)
        await pilot.press("escape")
        await wait_until(pilot, lambda: isinstance(app.screen, ChatScreen))
        assert instruction(app).text == "a\nb\nc"


async def test_keys_that_come_in_one_burst_keep_their_order() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        for key, character in (
            *(("a", "a"), ("ctrl+j", "\n"), ("b", "b"), ("ctrl+j", "\n"), ("c", "c")),
            *(("enter", "\r"), ("d", "d"), ("enter", "\r"), ("e", "e")),
        ):
            app.post_message(Key(key, character))
        await wait_until(pilot, lambda: instruction(app).text == "de")
        service.write("Hi!", END)
        await wait_until(pilot, lambda: drafts(app) == ["Hi!"])
        assert service.requests == [DraftRequest("a\nb\nc")]


async def test_pasted_text_is_cleaned_before_it_is_shown() -> None:
    app = app_of(FakeDraftService())
    async with app.run_test() as pilot:
        app.post_message(Paste("say\x1b[31m hi\u202e\r\nto Anna"))
        await wait_until(pilot, lambda: instruction(app).text == "say hi\nto Anna")


async def test_up_and_down_recall_earlier_instructions() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("one", "1"), ("two", "2"))
        await pilot.press(*"thr", "up")
        assert instruction(app).text == "two"
        await pilot.press("up")
        assert instruction(app).text == "one"
        await pilot.press("down", "down")
        assert instruction(app).text == "thr"


async def test_what_was_typed_survives_leaving() -> None:
    archive = FakeArchive()
    app = app_of(FakeDraftService(), archive)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        await pilot.press(*"half")
    app.save_typed()  # As run_app does.
    assert archive.typed == "half"
    again = app_of(FakeDraftService(), archive)
    async with again.run_test() as pilot:
        await wait_until(pilot, lambda: instruction(again).text == "half")


async def cover_unsent_text(app: PanzaApp, pilot: Pilot[None]) -> FakeArchive:
    """Type an instruction and cover the chat, so that it is saved; return where it is."""
    await wait_until(pilot, ready(app))
    archive = app.screen._archive
    instruction(app).text = "Tell Bo the key is under the third pot"
    app.push_screen(ModalScreen())
    await wait_until(pilot, lambda: archive.typed != "")
    await wait_until(pilot, lambda: not app.workers._workers)
    return archive


@pytest.mark.parametrize("forgotten", [True, False])
async def test_unsent_text_goes_with_a_forgotten_mail(forgotten: bool) -> None:
    app = app_of(FakeDraftService())
    async with app.run_test() as pilot:
        archive = await cover_unsent_text(app, pilot)
        if forgotten:
            archive.typed = ""
        app.pop_screen()
        if forgotten:
            await wait_until(pilot, lambda: instruction(app).text == "")
            assert "forgotten mail" in notified(app)
        else:
            await wait_until(pilot, lambda: not app.workers._workers)
            assert instruction(app).text == "Tell Bo the key is under the third pot"


async def test_unsent_text_that_was_removed_is_not_saved_again_on_leaving() -> None:
    app = app_of(FakeDraftService())
    async with app.run_test() as pilot:
        archive = await cover_unsent_text(app, pilot)
        archive.typed = ""
        app.screen_stack[0].save_typed()
    assert archive.typed == ""
