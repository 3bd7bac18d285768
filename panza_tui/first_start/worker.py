"""The engine's side of the first start: runs in threads, touches no widget, speaks in messages."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.message import Message
from textual.worker import get_current_worker

from engine.events import Event, Metric, Progress, Sample, Warn
from panza_tui.first_start.places import Place
from panza_tui.first_start.service import BaseChoice, Candidate, Standing, StartService
from panza_tui.jobs.steps import Work
from panza_tui.terminal.failures import one_line
from panza_tui.terminal.narration import progress_words
from panza_tui.terminal.sanitise import safe_line, safe_text

_SECONDS_BETWEEN = 0.15  # A log that is read from its beginning tells thousands of things at once.
_LONGEST = 300


@dataclass
class Stood(Message):
    """How far the way was gone."""

    standing: Standing


@dataclass
class Listed(Message):
    """What a folder holds; None: the likely places of all folders."""

    folder: Path | None
    places: list[Place]


@dataclass
class Asked(Message):
    """Whose an export may be."""

    path: Path
    candidates: list[Candidate]


@dataclass
class Told(Message):
    """How work goes on. share: of the stage, 0 to 1, None where it is unknown."""

    stage: str
    words: str
    share: float | None


@dataclass
class Showed(Message):
    """Something that came of the work: a heading, and a text beneath it."""

    items: list[tuple[str, str]]


@dataclass
class Offered(Message):
    """A base model that can be trained, or not; None: that was the last one."""

    choice: BaseChoice | None


@dataclass
class Ended(Message):
    """Work that was followed came to its end."""

    work: Work


@dataclass
class WentWrong(Message):
    """Something could not be done; `error` is one plain line."""

    error: str


class StartDesk:
    """Asks the service, in whatever thread it is called from, and posts what it says.

    post: hands a message to the screen; must be safe to call from any thread.
    """

    def __init__(self, service: StartService, post: Callable[[Message], object]) -> None:
        self._service = service
        self._post = post

    def look(self) -> None:
        self._try(lambda: self._post(Stood(self._service.standing())))

    def list(self, folder: Path | None) -> None:
        """Post what a folder holds, or the likely places."""

        def read() -> None:
            service = self._service
            places = service.likely_places() if folder is None else service.places_in(folder)
            self._post(Listed(folder, places))

        self._try(read)

    def find_addresses(self, path: Path) -> None:
        stopped = _stopped_when_cancelled()

        def find() -> None:
            found = self._service.find_addresses(path, self._teller(), stopped)
            if not stopped():
                self._post(Asked(path, found))

        self._try(find)

    def offer_bases(self) -> None:
        stopped = _stopped_when_cancelled()

        def offer() -> None:
            def post(choice: BaseChoice) -> None:
                self._post(Offered(choice))

            self._service.base_choices(post, stopped)
            self._post(Offered(None))

        self._try(offer)

    def start_import(self, path: Path, addresses: Sequence[str]) -> None:
        self._start(lambda: self._service.start_import(path, addresses))

    def start_playback(self) -> None:
        self._start(self._service.start_playback)

    def start_training(self, base: str) -> None:
        self._start(lambda: self._service.start_training(base))

    def start_export(self) -> None:
        self._start(self._service.start_export)

    def stop(self, work: Work) -> None:
        self._try(lambda: self._service.stop(work))

    def follow(self, work: Work) -> None:
        """Post how running work goes on, until it ends or the worker is cancelled."""
        stopped = _stopped_when_cancelled()

        def follow() -> None:
            self._service.follow(work, self._teller(), stopped)
            if not stopped():
                self._post(Ended(work))

        self._try(follow)

    def _teller(self) -> Callable[[Event], None]:
        """A listener that posts what a person can follow; the figures it heard go with them."""
        figures: dict[str, float] = {}
        told = showed = 0.0
        stage = ""

        def tell(event: Event) -> None:
            nonlocal told, showed, stage
            now = time.monotonic()
            if isinstance(event, Metric):
                figures.update(event.values)
            elif isinstance(event, Sample):
                heading = safe_line(event.instruction)[:_LONGEST]
                self._post(Showed([(heading, safe_text(event.text)[: 4 * _LONGEST])]))
            elif isinstance(event, Warn):
                self._post(Showed([("Note", safe_line(event.text))]))
            elif isinstance(event, Progress):
                ended = event.done == event.total
                if not ended and event.stage == stage and now - told < _SECONDS_BETWEEN:
                    return
                told, stage = now, event.stage
                share = event.done / event.total if event.total else None
                self._post(Told(safe_line(stage), progress_words(event, figures), share))
                if stage == "playback" and now - showed > 5 * _SECONDS_BETWEEN:
                    showed = now
                    self._show_instructions()

        return tell

    def _show_instructions(self) -> None:
        newest = self._service.newest_instructions()
        items = [(safe_line(s)[:_LONGEST], safe_line(t)[:_LONGEST]) for s, t in newest]
        self._post(Showed(items))

    def _start(self, start: Callable[[], None]) -> None:
        """Start work, and post how it stands then; also when it could not be started."""
        self._try(start)
        self.look()

    def _try(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:
            self._post(WentWrong(one_line(error)))


def _stopped_when_cancelled() -> Callable[[], bool]:
    worker = get_current_worker()
    return lambda: worker.is_cancelled
