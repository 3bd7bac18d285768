"""The engine's side of the chat: runs in a thread, touches no widget, and speaks in messages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from textual.message import Message
from textual.worker import get_current_worker

from panza_tui.chat.service import DraftService, FinishedDraft, Readiness, Request
from panza_tui.terminal.failures import one_line
from panza_tui.terminal.sanitise import safe_text

# Each token by itself would cost the model a third of its cores in redraws.
HANDOVER_SECONDS = 0.075


@dataclass
class Looked(Message):
    """What there is to draft with; when there is a model, it is being loaded now."""

    readiness: Readiness


@dataclass
class Loaded(Message):
    """The model can draft."""


@dataclass
class LoadingFailed(Message):
    """The model can't draft; `error` is one plain line."""

    error: str


@dataclass
class DraftStarted(Message):
    """The engine began with draft `number`."""

    number: int


@dataclass
class DraftGrew(Message):
    """Draft `number` so far, safe to show."""

    number: int
    text: str


@dataclass
class DraftEnded(Message):
    """Draft `number` is finished, or was stopped; its text is still to be made safe."""

    number: int
    finished: FinishedDraft


@dataclass
class DraftFailed(Message):
    """Draft `number` ends where it is; `error` is one plain line."""

    number: int
    error: str


class EngineDesk:
    """Does one thing at a time with the source, in whatever thread it is called from.

    post: hands a message to the screen; must be safe to call from any thread.
    """

    def __init__(self, source: DraftService, post: Callable[[Message], object]) -> None:
        self._source = source
        self._post = post
        self._one_at_a_time = threading.Lock()
        self._can_draft = False

    def look_and_load(self) -> None:
        """Post what there is, and load the model if there is one. Run it as a thread worker."""
        with self._one_at_a_time:
            try:
                readiness = self._source.readiness()
                self._post(Looked(readiness))
                if not readiness.model or get_current_worker().is_cancelled:
                    return
                if not readiness.is_loaded:
                    self._can_draft = False
                    self._source.load()
                self._can_draft = True
                self._post(Loaded())
            except Exception as error:
                self._can_draft = False
                self._post(LoadingFailed(one_line(error)))

    def draft(self, number: int, request: Request) -> None:
        """Post draft `number` as it grows, until its worker is cancelled. Run it as one.

        One that waited for a model which did not load is passed over: LoadingFailed says it all.
        """
        worker = get_current_worker()
        raw, handed_over = "", 0.0

        def grow(piece: str) -> None:
            nonlocal raw, handed_over
            raw += piece
            if time.monotonic() - handed_over >= HANDOVER_SECONDS:
                self._post(DraftGrew(number, safe_text(raw)))
                handed_over = time.monotonic()

        with self._one_at_a_time:
            if worker.is_cancelled or not self._can_draft:
                return
            self._post(DraftStarted(number))
            try:
                finished = self._source.draft(request, grow, lambda: worker.is_cancelled)
                self._post(DraftEnded(number, finished))
            except Exception as error:
                self._post(DraftGrew(number, safe_text(raw)))
                self._post(DraftFailed(number, one_line(error)))
