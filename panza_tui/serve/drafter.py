"""Write the drafts of all requests, one at a time, in one thread that holds the model."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from engine.drafting.types import Draft, DraftRequest
from engine.errors import NotReadyError, PanzaError, explain
from engine.home.home import Home
from engine.models.models import list_models
from engine.settings import Settings
from panza_tui.jobs.draft import user_addresses, write_draft
from panza_tui.jobs.loaded_model import LoadedModel
from panza_tui.serve.chat_request import ChatRequest, draft_request
from panza_tui.serve.errors import RequestError

DEFAULT_MODEL = "panza-tui"
"""The name under which the default model is served, whichever it is."""

MOST_WAITING = 8
"""Requests that may wait for the one whose draft is written."""

ReadSettings = Callable[[dict[str, Any]], Settings]
"""Reads the settings, with these values by key in place of the configured ones."""


@dataclass(frozen=True)
class Order:
    """A request, ready to be drafted. model: the arguments of LoadedModel.load that choose it."""

    asked: ChatRequest
    request: DraftRequest
    settings: Settings
    model: dict[str, Any]


@dataclass
class Job:
    """The drafts of one order, as they are written.

    Iterating it yields pieces of text while drafts are written, if they may be shown before they
    are finished, and each finished Draft. Errors are raised where it is iterated.
    """

    order: Order
    stop: threading.Event = field(default_factory=threading.Event)
    events: asyncio.Queue[str | Draft | BaseException | None] = field(default_factory=asyncio.Queue)

    async def __aiter__(self) -> AsyncIterator[str | Draft]:
        while (event := await self.events.get()) is not None:
            if isinstance(event, BaseException):
                raise event
            yield event


class Drafter:
    """Drafts for the web service. `start` and `stop_all` are called in the event loop.

    fast: take the first draft, unchecked, so that it can be shown while it is written.
    """

    def __init__(self, home: Home, read_settings: ReadSettings, *, fast: bool = False) -> None:
        self._home = home
        self._read_settings = read_settings
        self._fast = fast
        self._model = LoadedModel(home)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drafts")
        self._jobs: list[Job] = []
        self._is_closed = False

    def load(self) -> str:
        """Load the default model, and return its name. Raises NotReadyError without mail."""
        settings = self._read_settings({})
        return self._thread.submit(lambda: self._model.load(settings)).result().model_name

    def models(self) -> list[tuple[str, int]]:
        """Return the name and the time of creation of each model; the default one's is first."""
        trained = [card for card in list_models(self._home) if card.state == "finished"]
        names = {DEFAULT_MODEL: 0, **{card.name: card.created for card in trained}}
        return [*names.items(), (self._read_settings({}).model.base, 0)]

    def prepare(self, asked: ChatRequest) -> Order:
        """Find in a request what is to be drafted, with which model. Raises RequestError.

        May be called in any thread.
        """
        settings = self._read_settings(asked.settings)
        request = draft_request(asked, user_addresses(self._home, settings), fast=self._fast)
        return Order(asked, request, settings, self._which(asked.model, settings))

    def start(self, order: Order) -> Job:
        """Begin the drafts of an order, or let it wait. Raises RequestError if too many wait."""
        if self._is_closed:
            raise RequestError("The service is stopping.", status=503)
        if len(self._jobs) > MOST_WAITING:
            raise RequestError(
                f"{MOST_WAITING} requests are waiting already; try again in a minute.", status=503
            )
        job = Job(order)
        self._jobs.append(job)
        loop = asyncio.get_running_loop()

        def put(event: str | Draft | BaseException | None) -> None:
            loop.call_soon_threadsafe(job.events.put_nowait, event)

        def work() -> None:
            try:
                self._write(job, put)
            except BaseException as error:
                put(error)
            finally:
                loop.call_soon_threadsafe(self._jobs.remove, job)
                put(None)

        self._thread.submit(work)
        return job

    def stop_all(self) -> None:
        """End the current draft at its next token, and begin no other."""
        self._is_closed = True
        for job in self._jobs:
            job.stop.set()

    def close(self) -> None:
        """Wait for the current draft to end, and free the model's memory."""
        self.stop_all()
        self._thread.submit(self._model.close)
        self._thread.shutdown()

    def _write(self, job: Job, put: Callable[[str | Draft], None]) -> None:
        """Write the drafts of a job; runs in the thread."""
        _check(job)
        request, settings = job.order.request, job.order.settings
        loaded = self._model.load(settings, **job.order.model)
        # What may be replaced by a better draft is not shown before.
        may_show = self._fast or settings.drafting.candidates == 1
        made: Draft | None = None
        for attempt in range(job.order.asked.count):
            made = write_draft(
                self._home,
                self._model.connection,
                settings,
                loaded,
                request,
                attempt,
                previous=made,
                on_text=put if may_show else lambda text: None,
                stopped=job.stop.is_set,
            )
            _check(job)
            put(made)

    def _which(self, name: str, settings: Settings) -> dict[str, Any]:
        """Return the arguments of LoadedModel.load for the model with this name."""
        if name in ("", DEFAULT_MODEL):
            return {}
        if name in {card.name for card in list_models(self._home) if card.state == "finished"}:
            return {"model": name}
        if name == settings.model.base:
            return {"plain_base": True}
        known = ", ".join(known for known, _ in self.models())
        raise RequestError(
            f"There is no model '{name}' (there are: {known}).",
            status=404,
            code="model_not_found",
            param="model",
        )


def _check(job: Job) -> None:
    """Raise RequestError if a job was stopped; a client that left does not read it."""
    if job.stop.is_set():
        raise RequestError("The service is stopping, so the draft was not finished.", status=503)


def as_request_error(error: BaseException) -> RequestError:
    """Return the error to answer a request with."""
    if isinstance(error, RequestError):
        return error
    if isinstance(error, NotReadyError):
        return RequestError(str(error), status=503)
    if isinstance(error, PanzaError):
        return RequestError(str(error))
    return RequestError(explain(error), status=500)
