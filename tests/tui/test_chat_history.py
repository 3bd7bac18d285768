"""The chat's history: earlier conversations are searched, renamed, deleted and continued."""

from __future__ import annotations

from dataclasses import replace

from chat_pilots import drafted, views
from fake_chat import FakeArchive, FakeDraftService, app_of, kept, mails, past
from pilots import shown, wait_until, words
from textual.widgets import Input, OptionList

from engine.errors import PanzaError
from engine.mail.types import Received
from engine.prompt.prompt import Turn
from engine.retrieval.hits import Reasons
from panza_tui.chat.history import HistoryScreen
from panza_tui.chat.screen import ChatScreen
from panza_tui.shell.confirm import Confirm


async def test_history_is_searched_named_deleted_and_taken_up() -> None:
    service, archive = FakeDraftService(), FakeArchive()
    mail = Received("Anna", None, "Friday", "Friday?", "input")
    archive.past[1] = (past(1, "say no", 1), [kept("say no", "No.", thread=(mail,), accepted=True)])
    archive.past[2] = (past(2, "boat", 0), [])
    app = app_of(service, archive)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        await pilot.press("f9")
        await wait_until(pilot, lambda: "boat" in shown(app))
        await pilot.press(*"boa")
        await wait_until(pilot, lambda: "say no" not in shown(app))
        await pilot.press("f7")
        await wait_until(pilot, lambda: app.focused is app.screen.query_one("#name"))
        app.screen.query_one("#name", Input).value = "boating"
        await pilot.press("enter")
        await wait_until(pilot, lambda: archive.past[2][0].name == "boating")
        await pilot.press("f8")
        await wait_until(pilot, lambda: "Delete “boating” and its 0 drafts?" in words(app))
        await pilot.press("n")
        await wait_until(pilot, lambda: isinstance(app.screen, HistoryScreen))
        assert 2 in archive.past
        await pilot.press("f8")
        await wait_until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await wait_until(pilot, lambda: 2 not in archive.past)
        app.screen.query_one("#query", Input).value = ""
        await wait_until(pilot, lambda: "say no" in shown(app))
        app.screen.query_one(OptionList).focus()
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(app.screen, ChatScreen))
        await wait_until(pilot, lambda: "Replying to Anna" in shown(app) and "No." in shown(app))
        assert "✓ accepted" in shown(app)
        await drafted(pilot, app, service, ("warmer", "No, dear."))
        assert service.conversations[0] == 1
        assert service.requests[0].turns == (Turn("say no", "No."),)


async def test_a_draft_from_history_says_that_its_reasons_are_not_stored() -> None:
    service, archive = FakeDraftService(), FakeArchive()
    [mail] = [replace(one, reasons=Reasons()) for one in mails("See you at the boat.")]
    archive.past[1] = (past(1, "say no", 1), [kept("say no", "No.", sources=(mail,))])
    app = app_of(service, archive)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        await pilot.press("f9")
        await wait_until(pilot, lambda: "say no" in shown(app))
        await pilot.press("enter")
        await wait_until(pilot, lambda: "based on 1 past mail" in shown(app))
        await pilot.press("ctrl+l")
        await wait_until(pilot, lambda: "each was found was not saved" in words(app))
        assert "See you at the boat." in shown(app)


async def test_what_is_drafted_after_its_conversation_was_deleted_begins_a_new_one() -> None:
    service, archive = FakeDraftService(), FakeArchive()
    app = app_of(service, archive)
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("say hi", "Hi!"))
        archive.past[1] = (past(1, "say hi", 1), [])
        await pilot.press("f9")
        await wait_until(pilot, lambda: "1 draft" in shown(app))
        await pilot.press("f8")
        await wait_until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await wait_until(pilot, lambda: "No conversation yet." in shown(app))
        await pilot.press("escape")
        await wait_until(pilot, lambda: isinstance(app.screen, ChatScreen))
        await drafted(pilot, app, service, ("warmer", "Hello!"))
        assert service.conversations[1] == 2


async def test_an_unwritable_history_does_not_lose_the_draft() -> None:
    service, archive = FakeDraftService(), FakeArchive(broken=PanzaError("The history is locked."))
    app = app_of(service, archive)
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("say hi", "Hi!"))
        await pilot.press("ctrl+y")
        await wait_until(pilot, lambda: len(app._notifications) == 1)
        assert "locked" in next(iter(app._notifications)).message
        assert views(app)[0].draft.text == "Hi!"
        await pilot.press("f9")
        await wait_until(pilot, lambda: isinstance(app.screen, HistoryScreen))
