"""The offer to learn from accepted drafts: one line, one key."""

from __future__ import annotations

from dataclasses import replace

from fake_chat import END, SAM, FakeArchive, FakeDraftService, app_of
from pilots import notified, shown, wait_until

from engine.errors import PanzaError
from panza_tui.jobs.update import UpdateOffer

OFFER = "You accepted 21 drafts since sam was trained; F12 trains it on them"


def offering() -> FakeDraftService:
    service = FakeDraftService()
    service.state = replace(SAM, update=UpdateOffer("sam", 21))
    return service


async def test_without_enough_drafts_nothing_is_offered() -> None:
    archive = FakeArchive()
    app = app_of(FakeDraftService(), archive)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        await pilot.press("f12")
        await pilot.pause()
        assert "F12" not in shown(app)
        assert archive.updated == []


async def test_one_key_starts_the_update_that_is_offered() -> None:
    archive = FakeArchive()
    app = app_of(offering(), archive)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: OFFER in shown(app))
        await pilot.press("f12")
        await wait_until(pilot, lambda: "in the background; F4 shows it" in notified(app))
        assert archive.updated == ["sam"]
        await wait_until(pilot, lambda: OFFER not in shown(app))
        await pilot.press("f12")
        assert archive.updated == ["sam"]


async def test_an_update_that_cannot_start_says_why_and_stays_offered() -> None:
    archive = FakeArchive(broken=PanzaError("The disk is full."))
    app = app_of(offering(), archive)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: OFFER in shown(app))
        await pilot.press("f12")
        await wait_until(pilot, lambda: "The disk is full." in notified(app))
        assert OFFER in shown(app)
        archive.broken = None
        await pilot.press("f12")
        await wait_until(pilot, lambda: archive.updated == ["sam"])


async def test_the_offer_appears_when_the_draft_that_was_missing_is_accepted() -> None:
    service, archive = FakeDraftService(), FakeArchive()
    app = app_of(service, archive)
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: "● sam" in shown(app))
        app.screen._instruction.text = "say hi"
        await pilot.press("enter")
        service.write("Hi!", END)
        await wait_until(pilot, lambda: "Hi!" in shown(app) and "based on" in shown(app))
        assert OFFER not in shown(app)
        service.state = replace(SAM, update=UpdateOffer("sam", 21))
        await pilot.press("ctrl+y")
        await wait_until(pilot, lambda: OFFER in shown(app))
        assert archive.accepted == [(1, "Hi!")]
