"""The mail to answer: pasted, opened by its name, or handed over by the mailbox."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from chat_pilots import drafted, instruction
from fake_chat import FakeDraftService, app_of
from pilots import shown, wait_until, words
from textual.events import Paste
from textual.widgets import Input

from engine.mail.types import MailToAnswer, Received
from panza_tui.chat.answer_mail import PathSuggester
from panza_tui.chat.answered_mail import AnsweredMail
from panza_tui.chat.exchange_view import ExchangeView
from panza_tui.shell.messages import AnswerRequested

LETTER = (
    "From: Anna Meyer <anna@example.org>\nTo: sam@example.org\nSubject: Friday\n\n"
    "Hi Sam,\n\nwould Friday suit you?\n\nAnna\n"
)


async def test_a_pasted_mail_is_answered_and_shown_folded() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        app.post_message(Paste(LETTER))
        await wait_until(pilot, lambda: "Replying to Anna Meyer" in shown(app))
        assert instruction(app).text == ""
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
        instruction(app).post_message(Paste(LETTER.replace("\n", "\r")))
        await wait_until(pilot, lambda: "Replying to Anna Meyer" in shown(app))


async def test_a_huge_paste_is_the_mail_to_answer_and_its_size_is_shown() -> None:
    app = app_of(FakeDraftService())
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        app.post_message(Paste("many words\n" * 20_000))
        await wait_until(pilot, lambda: "220 kB" in shown(app) or "219 kB" in shown(app))
        assert instruction(app).text == ""


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
