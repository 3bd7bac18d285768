"""What can be done with a draft: compared, revised, chosen among variants, traced and edited."""

from __future__ import annotations

import pytest
from chat_pilots import drafted, instruction, views
from fake_chat import END, WRITTEN, Better, FakeArchive, FakeDraftService, app_of, mails
from pilots import notified, shown, wait_until, words

from engine.checking.brief import Brief
from engine.checking.check import check_draft
from engine.mail.stored.writer_facts import WriterFact
from engine.prompt.prompt import Turn
from panza_tui.chat.draft_view import DraftEditor
from panza_tui.chat.exchange_view import ExchangeView
from panza_tui.chat.facts import FactsScreen
from panza_tui.chat.screen import ChatScreen
from panza_tui.chat.sources_panel import SourceCard, SourceMailScreen, SourcesPanel


async def test_a_better_draft_replaces_the_first_and_facts_in_doubt_are_named() -> None:
    service = FakeDraftService()
    brief = Brief("Ask Anna to come on Friday at 6.", "Anna", "Sam")
    service.checks = check_draft("Hi Anna,\n\nFriday at 7 with Bo?\n\nSam", brief)
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        instruction(app).text = "Ask Anna to come on Friday at 6."
        await pilot.press("enter")
        service.write("Hi Anna, hello.", WRITTEN)
        await wait_until(pilot, lambda: "comparing it with other drafts" in words(app))
        assert "Hi Anna, hello." in shown(app)
        service.write(Better("Hi Anna,\n\nFriday at 7 with Bo?\n\nSam"))
        await wait_until(pilot, lambda: "Friday at 7 with Bo?" in shown(app))
        assert "hello" not in shown(app)
        assert "better than the first draft, which it replaced" in words(app)
        assert "not in your text or mails: 7, Bo · missing: 6" in words(app)
        draft = views(app)[0].draft
        draft.change("Hi Anna, Friday at 6?")
        views(app)[0].show()
        await wait_until(pilot, lambda: "missing: 6" not in words(app))


async def test_that_an_instruction_may_be_misread_is_said_until_the_draft_is_edited() -> None:
    service = FakeDraftService()
    service.is_doubtful = True
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        instruction(app).text = "anna fri, her van, no 2"
        await pilot.press("enter")
        service.write("Hi Anna, Friday.", WRITTEN, END)
        await wait_until(pilot, lambda: "it may not say what you asked" in words(app))
        views(app)[0].draft.change("Hi Anna, your van comes on Friday.")
        views(app)[0].show()
        await wait_until(pilot, lambda: "it may not say" not in words(app))


async def test_stopping_while_drafts_are_compared_keeps_the_first() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        instruction(app).text = "Say hello"
        await pilot.press("enter")
        service.write("Hello, Anna.", WRITTEN)
        await wait_until(pilot, lambda: "comparing it with other drafts" in words(app))
        await pilot.press("escape")
        await wait_until(pilot, lambda: "the first draft, not compared with others" in words(app))
        service.write(Better("Another one."))
        await wait_until(pilot, lambda: views(app)[0].draft.result is not None)
        assert "Hello, Anna." in shown(app)


async def test_a_further_message_revises_the_draft_and_a_new_one_does_not() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("To: Anna\nsay hi", "Hi Anna!"), ("shorter", "Hi!"))
        assert service.requests[1].turns == (Turn("say hi", "Hi Anna!"),)
        assert service.requests[1].recipient == "Anna"
        assert service.conversations[1] == service.conversations[0]
        await pilot.press("ctrl+n")
        await wait_until(pilot, lambda: not app.screen.query(ExchangeView))
        await drafted(pilot, app, service, ("say bye", "Bye!"))
        assert service.requests[2].turns == ()
        assert service.requests[2].recipient == ""
        assert service.conversations[2] != service.conversations[0]


@pytest.mark.parametrize("size", [(60, 20), (140, 40)])
async def test_variants_are_side_by_side_if_there_is_room(size: tuple[int, int]) -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test(size=size) as pilot:
        await drafted(pilot, app, service, ("say hi", "One."))
        await pilot.press("ctrl+t")
        service.write("Two.", END, "Three.", END)
        await wait_until(
            pilot, lambda: len(views(app)) == 3 and views(app)[2].draft.text == "Three."
        )
        await wait_until(pilot, lambda: views(app)[2].draft.result is not None)
        assert service.attempts == [0, 1, 2]
        rows = {view.region.y for view in views(app)}
        assert len(rows) == (3 if size[0] == 60 else 1)
        await pilot.press("alt+right")
        assert "● 2" in shown(app)
        await pilot.press("ctrl+y")
        assert app.clipboard == "Two."


async def test_stopping_variants_keeps_what_came_and_drops_the_rest() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("say hi", "One."))
        await pilot.press("ctrl+t")
        service.write("Two")
        await wait_until(pilot, lambda: len(views(app)) == 3 and views(app)[1].draft.text == "Two")
        await pilot.press("escape")
        service.write(" more")
        await wait_until(pilot, lambda: service.stopped == 1)
        await wait_until(pilot, lambda: [view.draft.text for view in views(app)] == ["One.", "Two"])
        await wait_until(pilot, lambda: views(app)[1].draft.result is not None)
        assert views(app)[1].draft.text == "Two"


@pytest.mark.parametrize("size", [(60, 30), (120, 40)])
async def test_sources_say_why_and_one_can_be_left_out(size: tuple[int, int]) -> None:
    service = FakeDraftService()
    service.sources = mails("Hi Anna, Friday is bad for me, alas. Sam", "Dear Bo, soon. Sam")
    app = app_of(service)
    async with app.run_test(size=size) as pilot:
        await drafted(pilot, app, service, ("no", "Hi!\n\nfriday is bad for me\n\n[b]Sam[/b]"))
        await pilot.press("ctrl+l")
        await wait_until(pilot, lambda: "5 words of the draft occur in it" in shown(app))
        assert "Friday 1" in shown(app)
        assert "shares friday" in shown(app)
        if size[0] == 120:
            assert "friday is bad for me¹" in shown(app)
            assert "[b]Sam[/b]" in shown(app)
        await wait_until(pilot, lambda: isinstance(app.focused, SourceCard))
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(app.screen, SourceMailScreen))
        assert "alas" in shown(app)
        await pilot.press("escape")
        await wait_until(pilot, lambda: isinstance(app.focused, SourceCard))
        await pilot.press("x")
        service.write("Ho!", END)
        await wait_until(pilot, lambda: "Left out by you" in shown(app))
        await wait_until(pilot, lambda: len(app.screen.query(SourceCard)) == 1)
        assert service.requests[-1].exclude == {1}
        await pilot.press("ctrl+l")
        assert not app.screen.query_one(SourcesPanel).display
        assert views(app)[-1].draft.text == "Ho!"


async def test_a_draft_is_edited_in_place_and_its_edit_is_what_counts() -> None:
    service, archive = FakeDraftService(), FakeArchive()
    app = app_of(service, archive)
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("say hi", "Hi!"))
        await pilot.press("f7")
        await wait_until(pilot, lambda: isinstance(app.focused, DraftEditor))
        await pilot.press("end", *" Sam")
        await pilot.press("escape")
        await wait_until(pilot, lambda: "edited" in shown(app))
        assert views(app)[0].draft.text == "Hi! Sam"
        await pilot.press("ctrl+y")
        await wait_until(pilot, lambda: archive.accepted == [(1, "Hi! Sam")])
        assert app.clipboard == "Hi! Sam"
        await drafted(pilot, app, service, ("warmer", "Dear!"))
        assert service.requests[1].turns == (Turn("say hi", "Hi! Sam", is_edited=True),)


async def test_a_revision_that_changes_nothing_is_called_so() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("say hi", "Hi!"), ("warmer", "Hi!"))
        await wait_until(pilot, lambda: shown(app).count("unchanged") == 1)


async def test_facts_of_the_writer_are_shown_and_offered() -> None:
    service, archive = FakeDraftService(), FakeArchive()
    service.facts = ("phone: 555 0100",)
    app = app_of(service, archive)
    async with app.run_test(size=(120, 36)) as pilot:
        await drafted(pilot, app, service, ("send Bo my number", "Here it is:"))
        await pilot.press("ctrl+l")
        await wait_until(pilot, lambda: "phone: 555 0100" in shown(app))
        await pilot.press("ctrl+l", "ctrl+f")
        await wait_until(pilot, lambda: "no signature" in notified(app))
        archive.known = [
            WriterFact("sam@x.org", "phone", "555 0100\x1b[31m", 0),
            WriterFact("sam@x.org", "link", "sam.example", 0),
        ]
        await pilot.press("ctrl+f")
        await wait_until(pilot, lambda: isinstance(app.screen, FactsScreen))
        await pilot.press("down", "up", "enter")
        await wait_until(pilot, lambda: isinstance(app.screen, ChatScreen))
        assert views(app)[0].draft.text == "Here it is:\n555 0100"
