"""The chat while its model loads, and without a model that it can use."""

from __future__ import annotations

import pytest
from chat_pilots import captions, drafts, instruction, ready, send
from fake_chat import END, FakeDraftService, app_of
from pilots import notified, shown, wait_until

from engine.errors import NotReadyError, PanzaError
from panza_tui.chat.drafter import Drafter
from panza_tui.chat.instruction_input import InstructionInput
from panza_tui.chat.service import Readiness
from panza_tui.jobs.steps import Step
from panza_tui.shell.messages import ModelsChanged

STEPS = (
    Step("Mails you sent: 133", True, "panza-tui import PATH"),
    Step("Your model", False, "panza-tui train"),
)


async def test_typing_and_sending_wait_for_no_model() -> None:
    service = FakeDraftService()
    service.may_load.clear()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "◌ loading sam" in shown(app))
        await pilot.press(*"say hi")
        assert instruction(app).text == "say hi"
        await pilot.press("enter")
        await wait_until(pilot, lambda: captions(app) == ["… waiting for the model"])
        service.may_load.set()
        service.write("Hi!", END)
        await wait_until(pilot, lambda: drafts(app) == ["Hi!"])
        await wait_until(pilot, ready(app))


async def test_without_a_model_the_next_command_is_shown_until_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Drafter, "SECONDS_BETWEEN_CHECKS", 0.25)
    service = FakeDraftService(Readiness("", STEPS))
    app = app_of(service)
    async with app.run_test(size=(60, 20)) as pilot:
        await wait_until(pilot, lambda: "panza-tui train" in shown(app))
        assert "✓ Mails you sent: 133" in shown(app)
        assert "panza-tui import" not in shown(app)
        await send(pilot, "say hi")
        assert instruction(app).text == "say hi"
        assert not service.requests
        service.state = Readiness("sam")
        await wait_until(pilot, ready(app))
        assert "panza-tui train" not in shown(app)
        await pilot.press("enter")
        service.write("Hi!", END)
        await wait_until(pilot, lambda: drafts(app) == ["Hi!"])


async def test_a_model_that_could_be_quicker_says_how() -> None:
    app = app_of(FakeDraftService(Readiness("sam", export="panza-tui export sam")))
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "panza-tui export sam" in shown(app))


async def test_a_model_that_is_gone_when_a_draft_is_asked_for_says_so() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        service.state = Readiness("")  # Deleted in another terminal.
        await send(pilot, "say hi")
        await wait_until(pilot, lambda: "! There is no model to draft with" in captions(app)[0])
        assert not service.requests
        assert "○ no model" in shown(app)


async def test_a_model_that_does_not_load_says_why_and_enter_tries_again() -> None:
    service = FakeDraftService()
    service.load_error = NotReadyError("The model 'sam' is gone; train it again.")
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "The model 'sam' is gone" in shown(app))
        service.load_error = None
        await send(pilot, "say hi")
        assert instruction(app).text == "say hi"
        await wait_until(pilot, ready(app))
        assert service.loads == 2


async def test_a_model_deleted_while_loaded_says_where_to_go_and_keeps_what_is_typed() -> None:
    service = FakeDraftService()
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, ready(app))
        await send(pilot, "say hi")
        service.write("Hi!", END)
        await wait_until(pilot, lambda: "based on" in shown(app))
        service.state = Readiness("")
        app.post_message(ModelsChanged())
        await wait_until(pilot, lambda: "○ no model" in shown(app))
        await send(pilot, "warmer")
        await wait_until(pilot, lambda: "F5 shows models" in notified(app))
        assert app.screen.query_one(InstructionInput).text == "warmer"
        assert "Hi!" in shown(app)


async def test_an_instruction_sent_too_early_is_not_lost_when_loading_fails() -> None:
    service = FakeDraftService()
    service.may_load.clear()
    service.load_error = PanzaError("The file is damaged; export it again.")
    app = app_of(service)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "◌ loading sam" in shown(app))
        await send(pilot, "say hi")
        await wait_until(pilot, lambda: len(captions(app)) == 1)
        service.may_load.set()
        await wait_until(pilot, lambda: captions(app)[0].startswith("! The file is damaged"))
        assert not service.requests
        service.load_error = None
        await pilot.press("enter")
        await wait_until(pilot, ready(app))
        await pilot.press("ctrl+r")
        service.write("Hi!", END)
        await wait_until(pilot, lambda: drafts(app)[-1] == "Hi!")


async def test_a_home_that_can_not_be_read_says_why() -> None:
    app = app_of(FakeDraftService(PanzaError("panza.db was written by a newer panza-tui.")))
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "written by a newer panza-tui" in shown(app))
