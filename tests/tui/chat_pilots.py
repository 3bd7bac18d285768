"""Helpers for the tests of the chat: ask for drafts, and read what is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fake_chat import END, FakeDraftService
from pilots import shown, wait_until
from textual.pilot import Pilot
from textual.widgets import Static

from panza_tui.app import PanzaApp
from panza_tui.chat.draft_view import DraftView
from panza_tui.chat.exchange_view import ExchangeView
from panza_tui.chat.instruction_input import InstructionInput


def captions(app: PanzaApp) -> list[str]:
    return [str(caption.render()) for caption in app.screen.query(".caption").results(Static)]


def drafts(app: PanzaApp) -> list[str]:
    return [d.draft.text for view in app.screen.query(ExchangeView) for d in view.drafts]


def instruction(app: PanzaApp) -> InstructionInput:
    return app.screen.query_one(InstructionInput)


async def send(pilot: Pilot[None], text: str) -> None:
    instruction(pilot.app).text = text
    await pilot.press("enter")


def ready(app: PanzaApp) -> Callable[[], bool]:
    return lambda: "● sam" in shown(app)


def views(app: PanzaApp) -> list[DraftView]:
    return list(app.screen.query(DraftView))


async def drafted(
    pilot: Pilot[Any], app: PanzaApp, service: FakeDraftService, *pairs: tuple[str, str]
) -> None:
    """Ask for drafts and wait for each."""
    await wait_until(pilot, ready(app))
    for asked, text in pairs:
        before = len(views(app))
        await send(pilot, asked)
        service.write(text, END)
        await wait_until(pilot, lambda before=before: len(views(app)) > before)
        await wait_until(pilot, lambda: views(app)[-1].draft.result is not None)
