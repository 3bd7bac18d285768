"""Follow training runs, and collect their events into records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from textual.screen import Screen
from textual.worker import Worker

from engine.events import Event
from panza_tui.dashboard.record import RunRecord
from panza_tui.dashboard.service import TrainingService
from panza_tui.shell.workers import follow_in_thread


class FollowedRuns:
    """Follows runs in threads, and calls `changed` whenever a record has grown.

    records: run -> its record, which is kept while the run is not followed.
    """

    def __init__(
        self, screen: Screen[None], service: TrainingService, changed: Callable[[], None]
    ) -> None:
        self.records: dict[str, RunRecord] = {}
        self._screen = screen
        self._service = service
        self._changed = changed
        self._workers: dict[str, Worker[None]] = {}

    def follow(self, names: Iterable[str]) -> None:
        """Follow these runs and no others; keep following those that are followed already."""
        wanted = list(dict.fromkeys(names))
        for name in self._workers.keys() - wanted:
            self._workers.pop(name).cancel()
        for name in wanted:
            self.records.setdefault(name, RunRecord())
            if name not in self._workers or self._workers[name].is_finished:
                self._workers[name] = self._start(name)

    def _start(self, name: str) -> Worker[None]:
        is_first = True

        def take(batches: list[list[Event]]) -> None:
            nonlocal is_first
            if is_first:  # Its log is read from the start again, so the old record is replaced.
                self.records[name] = RunRecord()
                is_first = False
            for events in batches:
                self.records[name].take(events)
            self._changed()

        return follow_in_thread(
            self._screen,
            partial(self._service.follow, name),
            take,
            lambda _: None,
            group=f"follow {name}",
            exclusive=True,
        )
