"""The service of the first start on a real home."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING

from engine.database import database
from engine.errors import PanzaError
from engine.events import Event, follow
from engine.home.home import Home
from engine.mail.importing.reasons import REASONS
from engine.mail.stored import store
from engine.mail.stored.mailbox import newest_instructions
from engine.models.models import default_model
from engine.settings import Settings
from panza_tui.first_start import places
from panza_tui.first_start.places import Place
from panza_tui.first_start.service import Candidate, StartState
from panza_tui.jobs.background import last_job, running_job, start_job
from panza_tui.jobs.bases import BaseChoice, base_choices_from_child
from panza_tui.jobs.import_mail import find_owners_in_child, user_addresses
from panza_tui.jobs.runs import running_model
from panza_tui.jobs.steps import (
    Work,
    next_step,
    resumable_model,
    steps_to_a_model,
)

if TYPE_CHECKING:
    import apsw

_WORKS: tuple[Work, ...] = ("import", "playback", "train", "export")
_SHOWN_INSTRUCTIONS = 3
"""The number of newest instructions shown while playback runs."""


class HomeStartService:
    """A `StartService` on a home; each call opens its own connection."""

    def __init__(
        self, home: Home, read_settings: Callable[[], Settings], config: Path | None
    ) -> None:
        self._home = home
        self._read_settings = read_settings
        self._config = config

    def state(self) -> StartState:
        with self._connection() as connection:
            step = next_step(self._home, connection)
            counts = store.counts(connection)
            model = default_model(self._home, connection) or running_model(self._home)
            resumable = None if model else resumable_model(self._home, connection)
            steps = steps_to_a_model(self._home, connection)
        card = model or resumable
        return StartState(
            steps=steps,
            step=step,
            running=self._running(),
            trouble=self._trouble(step.work),
            kept=counts.kept,
            left_out=tuple((r, n, REASONS.get(r, "")) for r, n in counts.left_out.items()),
            model=card.name if card else "",
            stopped=resumable is not None,
        )

    def likely_places(self) -> list[Place]:
        return places.likely_places(Path.home())

    def places_in(self, folder: Path) -> list[Place]:
        return places.places_in(folder)

    def find_addresses(
        self, path: Path, on_event: Callable[[Event], None], stopped: Callable[[], bool]
    ) -> list[Candidate]:
        found = find_owners_in_child(self._home, path, on_event, stopped)
        known = set(user_addresses(self._home, self._read_settings()))
        return [Candidate(name, address, mails, address in known) for name, address, mails in found]

    def start_import(self, path: Path, addresses: Sequence[str]) -> None:
        mine = [word for address in addresses for word in ("--me", address)]
        start_job(self._home, self._config, "import", ["import", *mine, "--", str(path)])

    def start_playback(self) -> None:
        start_job(self._home, self._config, "playback", ["playback"])

    def base_choices(
        self, on_choice: Callable[[BaseChoice], None], stopped: Callable[[], bool]
    ) -> None:
        base_choices_from_child(self._home, self._config, on_choice, stopped)

    def start_training(self, base: str) -> None:
        if base:
            start_job(self._home, self._config, "train", ["train", "--base", base])
            return
        with self._connection() as connection:
            card = resumable_model(self._home, connection)
        if card is None:
            raise PanzaError("There is no stopped training to resume; choose a base model.")
        start_job(self._home, self._config, "train", ["train", "--resume", card.name])

    def start_export(self) -> None:
        start_job(self._home, self._config, "export", ["export"])

    def follow(
        self, work: Work, on_event: Callable[[Event], None], stopped: Callable[[], bool]
    ) -> None:
        job = running_job(self._home, work)
        if job is not None:
            for event in job.events(stopped):
                on_event(event)
        elif work == "train" and (card := running_model(self._home)) is not None:
            log = self._home.model(card.name) / "events.jsonl"
            for event in follow(log, lambda: stopped() or running_model(self._home) is None):
                on_event(event)

    def stop(self, work: Work) -> None:
        from training.runs.process import stop_run

        job = running_job(self._home, work)
        if job is not None:
            job.stop()
        elif work == "train" and (card := running_model(self._home)) is not None:
            stop_run(self._home, card.name)

    def newest_instructions(self) -> list[tuple[str, str]]:
        with self._connection() as connection:
            return newest_instructions(connection, _SHOWN_INSTRUCTIONS)

    def _running(self) -> Work | None:
        for work in _WORKS:
            if running_job(self._home, work) is not None:
                return work
        return "train" if running_model(self._home) is not None else None

    def _trouble(self, work: Work) -> str:
        job = last_job(self._home, work)
        return job.error() if job is not None else ""

    def _connection(self) -> AbstractContextManager[apsw.Connection]:
        return closing(database.connect(self._home.database))
