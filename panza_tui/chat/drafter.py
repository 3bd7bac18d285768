"""The chat's model: checked, loaded and run in threads, one task at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar

from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer

from engine.drafting.types import Draft
from panza_tui.chat.chat_draft import ChatDraft
from panza_tui.chat.conversation import ChatConversation
from panza_tui.chat.service import DraftService, Readiness
from panza_tui.shell.workers import follow_in_thread, run_in_thread
from panza_tui.terminal.sanitise import safe_line

ModelState = Literal["checking", "missing", "loading", "ready", "failed"]
Result = TypeVar("Result")

_SECONDS_BETWEEN_TEXTS = 0.075
"""Redrawing for each token would cost the model a third of its cores."""


class ModelStateChanged(Message):
    """`Drafter.state` or its readiness changed."""


@dataclass
class DraftStarted(Message):
    """The model began to write a draft."""

    draft: ChatDraft


@dataclass
class DraftGrew(Message):
    """A draft has more text."""

    draft: ChatDraft


@dataclass
class DraftEnded(Message):
    """A draft is finished, or failed."""

    draft: ChatDraft


class Drafter:
    """Loads the model and writes the pending drafts of one screen, which gets the messages above.

    Before each draft it checks whether the loaded model is still the one to draft with.
    error: why the model could not be loaded, while `state` is failed.
    """

    SECONDS_BETWEEN_CHECKS = 2.0
    """While there is no model."""

    def __init__(self, screen: Screen[None], service: DraftService) -> None:
        self.state: ModelState = "checking"
        self.readiness = Readiness("")
        self.error = ""
        self._screen = screen
        self._service = service
        self._conversation = ChatConversation()
        self._is_busy = False
        self._must_check = False
        self._next_check: Timer | None = None
        self._stop = threading.Event()  # Set to end the current draft.

    @property
    def model(self) -> str:
        """The name of the model; '' if there is none."""
        return safe_line(self.readiness.model)

    @property
    def state_line(self) -> str:
        """The state in a few words, for the top line."""
        return {
            "checking": "◌ starting",
            "missing": "○ no model",
            "loading": f"◌ loading {self.model}",
            "ready": f"● {self.model}",
            "failed": "! no model loaded",
        }[self.state]

    def check(self) -> None:
        """Check which model there is now, and load it unless it is loaded."""
        self._must_check = True
        self._do_next()

    def try_again(self) -> None:
        """Check the model again after it could not be loaded."""
        self._show_state("checking")
        self.check()

    def write(self, conversation: ChatConversation) -> None:
        """Write the pending drafts of this conversation."""
        self._conversation = conversation
        self.check()

    def stop(self) -> None:
        """End the current draft at its next token."""
        self._stop.set()

    def _do_next(self) -> None:
        """Start the next task, unless one is running."""
        if self._is_busy:
            return
        if self._must_check:
            self._must_check = False
            self._run(self._service.readiness, self._checked)
        elif self._conversation.pending and self.state == "ready":
            self._write_draft()

    # The model

    def _checked(self, readiness: Readiness) -> None:
        self.readiness = readiness
        if not readiness.model:
            self._show_state("missing")
            self._fail_pending("There is no model to draft with; F5 shows models, F4 trains one.")
            self._check_later()
        elif readiness.is_loaded:
            self._show_state("ready")
        else:
            self._show_state("loading")
            self._run(self._service.load, lambda _: self._show_state("ready"))

    def _loading_failed(self, error: str) -> None:
        self.error = error
        self._show_state("failed")
        self._fail_pending(f"{error} Enter tries again.")

    def _show_state(self, state: ModelState) -> None:
        self.state = state
        self._screen.post_message(ModelStateChanged())

    def _check_later(self) -> None:
        if self._next_check is not None:
            self._next_check.stop()
        self._next_check = self._screen.set_timer(self.SECONDS_BETWEEN_CHECKS, self.check)

    def _run(self, work: Callable[[], Result], done: Callable[[Result], object]) -> None:
        self._is_busy = True
        run_in_thread(
            self._screen,
            work,
            partial(self._done, done),
            partial(self._done, self._loading_failed),
            group="model",
        )

    def _done(self, then: Callable[[Result], object], result: Result) -> None:
        self._is_busy = False
        then(result)
        self._do_next()

    # Drafts

    def _write_draft(self) -> None:
        conversation, draft = self._conversation, self._conversation.pending[0]
        request, attempt = conversation.next_request()
        stop = self._stop = threading.Event()

        def work(hand_over: Callable[[str | None], None], left: Callable[[], bool]) -> Draft:
            return self._service.draft(
                request,
                attempt,
                hand_over,
                lambda: hand_over(None),
                lambda: stop.is_set() or left(),
            )

        def grew(pieces: list[str | None]) -> None:
            """Show new text. None: it is written, and is compared with others."""
            if text := "".join(piece for piece in pieces if piece is not None):
                draft.grow(text)
            if None in pieces:
                draft.compare()
            self._screen.post_message(DraftGrew(draft))

        def finished(result: Draft) -> None:
            conversation.finish(draft, request, result)
            self._screen.post_message(DraftEnded(draft))

        def failed(error: str) -> None:
            conversation.fail(draft, error)
            self._screen.post_message(DraftEnded(draft))

        self._is_busy = True
        draft.start(self.model)
        self._screen.post_message(DraftStarted(draft))
        follow_in_thread(
            self._screen,
            work,
            grew,
            partial(self._done, finished),
            partial(self._done, failed),
            seconds_between=_SECONDS_BETWEEN_TEXTS,
            group="model",
        )

    def _fail_pending(self, error: str) -> None:
        if draft := self._conversation.writing:
            self._conversation.fail(draft, error)
            self._screen.post_message(DraftEnded(draft))
