"""What can be done with a draft: revised, chosen among variants, traced, edited and accepted."""

from __future__ import annotations

import errno
import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_chat import (
    END,
    WRITTEN,
    Better,
    FakeArchive,
    FakeDraftService,
    app_of,
    kept,
    mails,
    past,
)
from pilots import notified, shown, wait_until, words
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from engine.checking.brief import Brief
from engine.checking.check import check_draft
from engine.errors import PanzaError
from engine.mail.stored.writer_facts import WriterFact
from engine.mail.types import MailToAnswer, Received
from engine.prompt import Turn
from engine.retrieval.hits import Reasons
from panza_tui.app import PanzaApp
from panza_tui.chat.accept import AcceptScreen
from panza_tui.chat.answer_mail import PathSuggester
from panza_tui.chat.answered_mail import AnsweredMail
from panza_tui.chat.draft_view import DraftEditor, DraftView
from panza_tui.chat.exchange_view import ExchangeView
from panza_tui.chat.external_editor import edit_text
from panza_tui.chat.facts import FactsScreen
from panza_tui.chat.history import HistoryScreen
from panza_tui.chat.instruction_input import InstructionInput
from panza_tui.chat.screen import ChatScreen
from panza_tui.chat.sources_panel import SourceCard, SourceMailScreen, SourcesPanel
from panza_tui.shell.confirm import Confirm
from panza_tui.shell.messages import AnswerRequested

LETTER = (
    "From: Anna Meyer <anna@example.org>\nTo: sam@example.org\nSubject: Friday\n\n"
    "Hi Sam,\n\nwould Friday suit you?\n\nAnna\n"
)


def views(app: PanzaApp) -> list[DraftView]:
    return list(app.screen.query(DraftView))


def chat(app: PanzaApp) -> ChatScreen:
    assert isinstance(app.screen, ChatScreen)
    return app.screen


def typed(app: PanzaApp) -> InstructionInput:
    return app.screen.query_one(InstructionInput)


async def drafted(
    pilot: Pilot[Any], app: PanzaApp, service: FakeDraftService, *pairs: tuple[str, str]
) -> None:
    """Ask for drafts and wait for each."""
    await wait_until(pilot, lambda: "● sam" in shown(app))
    for instruction, text in pairs:
        before = len(views(app))
        typed(app).text = instruction
        await pilot.press("enter")
        service.write(text, END)
        await wait_until(pilot, lambda before=before: len(views(app)) > before)
        await wait_until(pilot, lambda: views(app)[-1].draft.result is not None)


async def test_a_better_draft_replaces_the_first_and_facts_in_doubt_are_named() -> None:
    service = FakeDraftService()
    brief = Brief("Ask Anna to come on Friday at 6.", "Anna", "Sam")
    service.checks = check_draft("Hi Anna,\n\nFriday at 7 with Bo?\n\nSam", brief)
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        typed(app).text = "Ask Anna to come on Friday at 6."
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


async def test_stopping_while_drafts_are_compared_keeps_the_first() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        typed(app).text = "Say hello"
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
        assert service.requests[1].turns == (Turn("say hi", "Hi! Sam"),)


async def test_accepting_saves_an_eml_file_and_never_over_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    service, archive = FakeDraftService(), FakeArchive()
    service.subject = "Re: Friday"
    app = app_of(service, archive)
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("To: anna@example.org\nsay hi", "Hi!"))
        assert "Re: Friday" in shown(app)
        for number in (1, 2):
            await pilot.press("ctrl+s")
            await wait_until(pilot, lambda: isinstance(app.screen, AcceptScreen))
            app.screen.query_one(OptionList).highlighted = 1
            await pilot.press("enter")
            field = app.screen.query_one("#path", Input)
            await wait_until(pilot, lambda: app.focused is field)  # noqa: B023
            if number == 2:
                field.value = str(tmp_path / "re-friday.eml")
                await pilot.press("enter")
                await wait_until(pilot, lambda: "! " in shown(app))
                field.value = str(tmp_path / "other.eml")
            await pilot.press("enter")
            await wait_until(pilot, lambda: isinstance(app.screen, ChatScreen))
        await wait_until(pilot, lambda: archive.accepted == [(1, "Hi!"), (1, "Hi!")])
    expected = b"To: anna@example.org\nSubject: Re: Friday\n\nHi!\n"
    assert (tmp_path / "re-friday.eml").read_bytes() == expected
    assert (tmp_path / "other.eml").read_bytes() == expected


async def test_a_failed_accept_into_a_maildir_is_reported_and_loses_nothing() -> None:
    service, archive = FakeDraftService(), FakeArchive(broken=PanzaError("The disk is full."))
    app = app_of(service, archive)
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("say hi", "Hi!"))
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: isinstance(app.screen, AcceptScreen))
        app.screen.query_one(OptionList).highlighted = 2
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(app.focused, Input))
        await pilot.press("enter")
        await wait_until(pilot, lambda: "! The disk is full." in shown(app))
        archive.broken = None
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(app.screen, ChatScreen))
        assert len(archive.maildir) == 1


async def test_leaving_with_a_draft_returns_it_for_stdout() -> None:
    service, archive = FakeDraftService(), FakeArchive()
    app = app_of(service, archive)
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("say hi", "Hi!"))
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: isinstance(app.screen, AcceptScreen))
        app.screen.query_one(OptionList).highlighted = 3
        await pilot.press("enter")
        await wait_until(pilot, lambda: app.return_value is not None)
    assert app.return_value == "Hi!"
    assert archive.accepted == [(1, "Hi!")]


async def test_a_pasted_mail_is_answered_and_shown_folded() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        app.post_message(Paste(LETTER))
        await wait_until(pilot, lambda: "Replying to Anna Meyer" in shown(app))
        assert typed(app).text == ""
        await drafted(pilot, app, service, ("yes", "Hi Anna, yes."))
        [answered] = service.requests[0].thread
        assert answered.subject == "Friday"
        assert service.requests[0].recipient == "anna@example.org"
        card = app.screen.query_one(AnsweredMail)
        assert card.has_class("-folded")
        card.focus()
        await pilot.press("enter")
        await wait_until(pilot, lambda: not card.has_class("-folded"))


async def test_a_paste_as_terminals_send_it_is_read_as_a_mail() -> None:
    app = app_of(FakeDraftService())
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        typed(app).post_message(Paste(LETTER.replace("\n", "\r")))
        await wait_until(pilot, lambda: "Replying to Anna Meyer" in shown(app))


async def test_a_mail_that_asks_for_its_answer_elsewhere_says_so() -> None:
    app = app_of(FakeDraftService())
    async with app.run_test(size=(120, 40)) as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        mail = Received("Anna", None, "Boat", "Boat?", "input")
        answered = MailToAnswer((mail,), "eve@evil.example", sender=("Anna", "anna@example.org"))
        app.screen.answer(answered)
        await wait_until(pilot, lambda: "Replying to Anna" in shown(app))
        assert "evil" not in shown(app)
        app.screen.answer(replace(answered, elsewhere=("eve@evil.example",)))
        await wait_until(pilot, lambda: "! The answer goes to eve@evil.example, but" in shown(app))


async def test_a_mail_to_answer_is_opened_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    letter = tmp_path / "letters" / "friday.eml"
    letter.write_text(LETTER)
    app = app_of(FakeDraftService())
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        await pilot.press("ctrl+o")
        await wait_until(pilot, lambda: isinstance(app.focused, Input))
        app.screen.query_one(Input).value = str(tmp_path / "no\x1b[31m.eml")
        await pilot.press("enter")
        await wait_until(pilot, lambda: "no.eml:" in words(app).replace(" │ │ ", ""))
        app.screen.query_one(Input).value = str(letter)
        await pilot.press("enter")
        await wait_until(pilot, lambda: "Replying to Anna Meyer" in shown(app))
    suggester = PathSuggester(use_cache=False)
    assert await suggester.get_suggestion(f"{tmp_path}/let") == f"{tmp_path}/letters/"
    assert await suggester.get_suggestion(f"{tmp_path}/letters/f") == str(letter)
    assert await suggester.get_suggestion(f"{tmp_path}/letters/x") is None
    assert await suggester.get_suggestion(f"{tmp_path}/none/x") is None


async def test_a_full_disk_leaves_no_half_mail_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, archive = FakeDraftService(), FakeArchive()
    app, path = app_of(service, archive), tmp_path / "a.eml"

    def full(self: object, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    class FullFile(io.FileIO):
        write = full  # type: ignore[assignment]

    monkeypatch.setattr(
        "panza_tui.chat.accept.open", lambda path, mode: FullFile(path, mode), raising=False
    )
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("say hi", "Hi!"))
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: isinstance(app.screen, AcceptScreen))
        await pilot.press("down", "enter")
        await wait_until(pilot, lambda: app.focused is app.screen.query_one("#path"))
        app.screen.query_one("#path", Input).value = str(path)
        await pilot.press("enter")
        await wait_until(pilot, lambda: "The disk is full" in shown(app))
        assert not path.exists()


async def test_a_huge_paste_is_the_mail_to_answer_and_its_size_is_shown() -> None:
    app = app_of(FakeDraftService())
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        app.post_message(Paste("many words\n" * 20_000))
        await wait_until(pilot, lambda: "220 kB" in shown(app) or "219 kB" in shown(app))
        assert typed(app).text == ""


async def test_the_mailbox_hands_over_a_mail_to_answer() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("say hi", "Hi!"))
        mail = Received("Bo\x1b[2J", None, "Boat", "[red]Boat?[/]", "archive")
        app.post_message(AnswerRequested((mail,), "bo@example.org", "Boat"))
        await wait_until(pilot, lambda: "Replying to Bo" in shown(app))
        assert "[red]Boat?[/]" in shown(app)
        assert not app.screen.query(ExchangeView)


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
        await wait_until(pilot, lambda: typed(again).text == "half")


async def test_up_and_down_recall_earlier_instructions() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("one", "1"), ("two", "2"))
        await pilot.press(*"thr", "up")
        assert typed(app).text == "two"
        await pilot.press("up")
        assert typed(app).text == "one"
        await pilot.press("down", "down")
        assert typed(app).text == "thr"


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


def test_the_editor_gets_the_text_and_the_wish_for_no_colour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "editor.py"
    script.write_text(
        "import os, sys; path = sys.argv[1]; text = open(path).read(); "
        "open(path, 'w').write(text.strip() + '|' + os.environ.get('NO_COLOR', '') + '\\n')"
    )
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("VISUAL", f"{sys.executable} {script}")
    assert edit_text("Hi ünï", no_colour=True) == "Hi ünï|1"
    assert edit_text("Hi", no_colour=False) == "Hi|"
    monkeypatch.setenv("VISUAL", "no-such-editor-at-all")
    with pytest.raises(PanzaError, match="can't be started"):
        edit_text("Hi", no_colour=False)
    monkeypatch.setenv("VISUAL", f"{sys.executable} -c 'import sys; sys.exit(3)'")
    with pytest.raises(PanzaError, match="as it was"):
        edit_text("Hi", no_colour=False)
