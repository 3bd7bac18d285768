"""The dashboard's side of training: works in threads, touches no widget, speaks in messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.message import Message
from textual.worker import get_current_worker

from engine.events import Event
from panza_tui.dashboard.service import Cost, RunChoice, RunView, TrainingService
from panza_tui.jobs.steps import Step
from panza_tui.terminal.failures import one_line


@dataclass
class RunsSeen(Message):
    """The runs there are; `missing`: the steps to a first one, where there are none."""

    runs: list[RunView]
    missing: tuple[Step, ...]


@dataclass
class EventsCame(Message):
    """A bunch of a run's events, in order; `first`: those before do not count any more."""

    name: str
    events: list[Event]
    first: bool


@dataclass
class OwnMails(Message):
    """What the user wrote to a run's instructions."""

    name: str
    texts: dict[str, str]


@dataclass
class CostKnown(Message):
    """What a choice would take; `error` is a plain line, or ''."""

    choice: RunChoice
    cost: Cost | None
    error: str


@dataclass
class Done(Message):
    """Something asked of a run was done; `name`: the run to show now, '' for the same one."""

    name: str


@dataclass
class Refused(Message):
    """Something asked for can't be done; `error` is one plain line."""

    error: str


class TrainingDesk:
    """Asks the service in whatever thread it is called from, and posts what it says."""

    def __init__(self, service: TrainingService, post: Callable[[Message], object]) -> None:
        self._service = service
        self._post = post

    def look(self) -> None:
        """Post the runs there are."""
        try:
            runs = self._service.runs()
            self._post(RunsSeen(runs, () if runs else self._service.missing()))
        except Exception as error:
            self._post(Refused(one_line(error)))

    def follow(self, name: str) -> None:
        """Post a run's events until the worker is cancelled. Run it as one."""
        worker = get_current_worker()
        first = True

        def hand_over(events: list[Event]) -> None:
            nonlocal first
            if not worker.is_cancelled:
                self._post(EventsCame(name, events, first))
                first = False

        try:
            self._service.follow(name, hand_over, lambda: worker.is_cancelled)
        except Exception as error:
            self._post(Refused(one_line(error)))

    def read_own_mails(self, name: str) -> None:
        """Post what the user wrote; without it there is one column less."""
        try:
            self._post(OwnMails(name, self._service.own_mails(name)))
        except Exception:
            self._post(OwnMails(name, {}))

    def reckon(self, choice: RunChoice) -> None:
        """Post what a choice would take."""
        try:
            self._post(CostKnown(choice, self._service.cost(choice), ""))
        except Exception as error:
            self._post(CostKnown(choice, None, one_line(error)))

    def do(self, action: Callable[[], str | None]) -> None:
        """Do something to a run; what it returns is the run to show."""
        try:
            self._post(Done(action() or ""))
        except Exception as error:
            self._post(Refused(one_line(error)))
