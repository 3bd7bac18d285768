"""Snapshots of the chat, compared with reviewed ones."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fake_chat import END, FakeArchive, FakeDraftService, app_of, mails, past
from pilots import shown, wait_until
from textual.pilot import Pilot
from textual.widgets import OptionList

from panza_tui.chat.draft_view import DraftView
from panza_tui.chat.instruction_input import InstructionInput

DRAFT = (
    "Hi Anna,\n\nFriday doesn't suit me, my sister visits. How about Tuesday at noon, at the "
    "usual place?\n\nBest,\nSam"
)
SIZES = [(100, 30), (60, 20)]
Compare = Callable[..., bool]
Steps = Callable[[Pilot[Any], FakeDraftService], Awaitable[None]]


@pytest.fixture(autouse=True)
def _still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cards show days."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


async def ask(pilot: Pilot[Any], service: FakeDraftService, *pieces: object) -> None:
    await wait_until(pilot, lambda: "● sam" in shown(pilot.app))
    instruction = pilot.app.screen.query_one(InstructionInput)
    instruction.text = "Tell Anna that Friday doesn't suit me, and propose Tuesday."
    await pilot.press("enter")
    service.write(*pieces)


async def finish(pilot: Pilot[Any], service: FakeDraftService) -> None:
    await ask(pilot, service, DRAFT, END)
    await wait_until(pilot, lambda: pilot.app.screen.query_one(DraftView).draft.result is not None)


async def empty(pilot: Pilot[Any], service: FakeDraftService) -> None:
    await wait_until(pilot, lambda: "● sam" in shown(pilot.app))


async def streaming(pilot: Pilot[Any], service: FakeDraftService) -> None:
    service.patience = False
    await ask(pilot, service, DRAFT[:60])
    await wait_until(pilot, lambda: pilot.app.screen.query_one(DraftView).draft.text == DRAFT[:60])


async def variants(pilot: Pilot[Any], service: FakeDraftService) -> None:
    await finish(pilot, service)
    await pilot.press("ctrl+t")
    service.write(DRAFT.replace("noon", "one"), END, DRAFT.replace("Best", "Yours"), END)
    await wait_until(pilot, lambda: len(pilot.app.screen.query(DraftView)) == 3)
    views = list(pilot.app.screen.query(DraftView))
    await wait_until(pilot, lambda: views[2].draft.result is not None)


async def sources(pilot: Pilot[Any], service: FakeDraftService) -> None:
    await finish(pilot, service)
    await pilot.press("ctrl+l")
    await wait_until(pilot, lambda: pilot.app.screen.query_one(DraftView).draft.marks is not None)


async def answering(pilot: Pilot[Any], service: FakeDraftService) -> None:
    await wait_until(pilot, lambda: "● sam" in shown(pilot.app))
    letter = b"From: Anna Meyer\nSubject: Friday\n\nHi Sam,\n\nwould Friday suit you?\n\nAnna\n"
    answered = FakeArchive().read_mail(letter)
    pilot.app.screen.answer(answered)  # type: ignore[attr-defined]
    await finish(pilot, service)


async def history(pilot: Pilot[Any], service: FakeDraftService) -> None:
    await finish(pilot, service)
    await pilot.press("f9")
    await wait_until(pilot, lambda: "The boat" in shown(pilot.app))
    screen = pilot.app.screen
    await wait_until(pilot, lambda: screen.query_one(OptionList).highlighted == 0)
    await wait_until(pilot, lambda: pilot.app.focused is screen.query_one("#query"))


async def helping(pilot: Pilot[Any], service: FakeDraftService) -> None:
    await finish(pilot, service)
    await pilot.press("f1")


async def accepting(pilot: Pilot[Any], service: FakeDraftService) -> None:
    await finish(pilot, service)
    await pilot.press("ctrl+s")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    "steps",
    [empty, streaming, finish, variants, sources, answering, history, helping, accepting],
    ids=lambda steps: steps.__name__,
)
def test_the_chat(snap_compare: Compare, steps: Steps, size: tuple[int, int]) -> None:
    service = FakeDraftService()
    service.sources = mails(
        "Hi Anna,\n\nmy sister visits on Friday. How about Tuesday at noon?\n\nBest,\nSam",
        "Dear Bo,\n\nsee you at the boat, at the usual place.\n\nBest,\nSam",
    )
    archive = FakeArchive()
    for key, name in enumerate(("Tell Anna that Friday doesn't suit me", "The boat"), 1):
        archive.past[key] = (past(key, name, key, 1_718_452_800), [])

    async def run_before(pilot: Pilot[Any]) -> None:
        await steps(pilot, service)
        await pilot.pause()

    try:
        assert snap_compare(app_of(service, archive), run_before=run_before, terminal_size=size)
    finally:
        service.write(END)
