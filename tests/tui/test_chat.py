"""A draft in the chat is written, stopped, repeated and shown, with a fake service."""

from __future__ import annotations

import asyncio

import pytest
from chat_pilots import captions, drafts, instruction, ready, send
from fake_chat import END, FakeDraftService, app_of
from pilots import shown, wait_until

from engine.drafting.types import DraftRequest
from engine.errors import PanzaError
from panza_tui.chat.exchange_view import ExchangeView
from panza_tui.chat.guide import Guide
from panza_tui.chat.transcript import Transcript

MAIL = "Hi Anna,\n\n  * 5*3*2 is [bold]30[/bold] _now_\n> quoted\n\nBest,\nSam\n-- \nSam Example"


@pytest.mark.parametrize("size", [(60, 20), (100, 30), (200, 60)])
async def test_a_draft_streams_out_exactly_as_it_will_be_sent(size: tuple[int, int]) -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test(size=size) as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "tell Anna the number")
        service.write(MAIL[:20])
        await wait_until(pilot, lambda: drafts(app) == [MAIL[:20]])
        service.write(MAIL[20:], END)
        await wait_until(pilot, lambda: drafts(app) == [MAIL] and "2 past mails" in shown(app))
        for line in MAIL.splitlines()[-7:]:
            assert line.rstrip() in shown(app)
        assert captions(app)[0].startswith("sam · ")
        assert captions(app)[0].endswith(" s · based on 2 past mails")
        assert service.requests == [DraftRequest("tell Anna the number")]
        assert instruction(app).text == ""


async def test_escape_stops_and_keeps_what_came() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "say hi")
        service.write("Hi Anna,")
        await wait_until(pilot, lambda: drafts(app) == ["Hi Anna,"])
        await pilot.press("escape")
        await wait_until(
            pilot, lambda: captions(app)[0].startswith("sam · ") and "stopped" in captions(app)[0]
        )
        service.write(" how are you?")  # The model was at work on this when it was stopped.
        await wait_until(pilot, lambda: service.stopped == 1)
        assert drafts(app) == ["Hi Anna,"]
        await send(pilot, "again")
        service.write("Hello.", END)
        await wait_until(pilot, lambda: drafts(app) == ["Hi Anna,", "Hello."])


async def test_a_draft_asked_for_right_after_a_stop_belongs_to_the_same_conversation() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "say hi")
        service.write("Hi Anna,")
        await wait_until(pilot, lambda: drafts(app) == ["Hi Anna,"])
        await pilot.press("escape")
        await send(pilot, "shorter")  # The model is still at work on the one before.
        await wait_until(pilot, lambda: "… waiting for the model" in captions(app))
        service.write(" how are you?", "Hi.", END)
        await wait_until(pilot, lambda: drafts(app) == ["Hi Anna,", "Hi."])
        assert service.conversations == [1, 1]


async def test_escape_before_the_first_word_restores_the_instruction() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "To: anna@example.org\nsay hi")
        await wait_until(pilot, lambda: captions(app) == ["… reading your mails"])
        await pilot.press("escape")
        await wait_until(pilot, lambda: not app.screen.query(ExchangeView))
        assert instruction(app).text == "To: anna@example.org\nsay hi"
        assert app.screen.query_one(Guide).display
        service.write(END)


async def test_escape_never_loses_what_was_typed_meanwhile() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "say hi")
        await pilot.press(*"next")
        await pilot.press("enter")  # Not while one is being written.
        await pilot.press("escape")
        await wait_until(pilot, lambda: "stopped before the first word" in captions(app)[0])
        assert instruction(app).text == "next"
        assert "say hi" in shown(app)
        assert len(service.requests) <= 1
        service.write(END)


async def test_again_makes_another_draft_and_copy_takes_the_newest() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await pilot.press("ctrl+y")
        assert app.clipboard == ""
        await send(pilot, "say hi")
        service.write("Hi!", END)
        await wait_until(pilot, lambda: captions(app)[0].startswith("sam · "))
        await pilot.press("ctrl+r")
        service.write("Hello!", END)
        await wait_until(pilot, lambda: len(captions(app)) == 2 and "past" in captions(app)[1])
        assert drafts(app) == ["Hi!", "Hello!"]
        assert service.attempts == [0, 1]
        await pilot.press("ctrl+y")
        assert app.clipboard == "Hello!"


async def test_a_failing_draft_says_why_and_can_be_repeated() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "say hi")
        service.write("Hi An", PanzaError("The prompt is too long; \x1b[31mshorten it."))
        await wait_until(pilot, lambda: captions(app) == ["! The prompt is too long; shorten it."])
        assert drafts(app) == ["Hi An"]
        await pilot.press("ctrl+r")
        service.write(ValueError("odd"))
        await wait_until(pilot, lambda: len(captions(app)) == 2 and "odd" in captions(app)[1])
        await pilot.press("ctrl+r")
        service.write("Hi Anna", END)
        await wait_until(pilot, lambda: drafts(app)[-1] == "Hi Anna")


async def test_hostile_text_is_shown_without_escape_sequences() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "[red]say[/red] [/] hi")
        service.write("\x1b]0;t", "itle\x07Hi\u202e [/]", "\x1b[2", "J there\r\nB", END)
        await wait_until(pilot, lambda: "based on" in "".join(captions(app)))
        assert drafts(app) == ["Hi [/] there\nB"]
        assert "[red]say[/red] [/] hi" in shown(app)
        assert "\x1b" not in shown(app)
        await pilot.press("ctrl+y")
        assert app.clipboard == "Hi [/] there\nB"


async def test_the_stream_is_followed_only_at_its_end() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test(size=(60, 20)) as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "count")
        transcript = app.screen.query_one(Transcript)
        service.write("\n".join(f"line {n}" for n in range(40)))
        await wait_until(pilot, lambda: "line 39" in shown(app))
        await pilot.press("pageup")
        await wait_until(pilot, lambda: "line 39" not in shown(app))
        place = transcript.scroll_y
        service.write("\n".join(f"\nline {n}" for n in range(40, 60)))
        await wait_until(pilot, lambda: "line 59" in drafts(app)[0])
        await pilot.pause()
        assert transcript.scroll_y == place
        while "line 59" not in shown(app):
            await pilot.press("pagedown")
        service.write("\nline 60", END)
        await wait_until(pilot, lambda: "line 60" in shown(app) and "based on" in shown(app))


async def test_a_resize_in_mid_stream_loses_nothing() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "say hi")
        service.write("Hi Anna, " + "word " * 40)
        await wait_until(pilot, lambda: "word" in shown(app))
        await pilot.resize_terminal(60, 20)
        service.write("and the end.", END)
        await wait_until(pilot, lambda: "and the end." in shown(app))
        await pilot.resize_terminal(200, 60)
        await wait_until(pilot, lambda: "Hi Anna, word" in shown(app))
        assert drafts(app) == ["Hi Anna, " + "word " * 40 + "and the end."]


async def test_without_colour_everything_is_still_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "say hi")
        service.write("Hi!", END)
        await wait_until(pilot, lambda: "based on 2 past mails" in shown(app))
        assert app.no_color
        assert "▌  say hi" in shown(app)


async def test_leaving_in_mid_stream_ends_the_generation() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "say hi")
        service.write("Hi")
        await wait_until(pilot, lambda: drafts(app) == ["Hi"])
        await pilot.press("ctrl+q")
        service.write(" there")
    for _ in range(6000):
        if service.stopped:
            break
        await asyncio.sleep(0.01)
    assert service.stopped == 1
