"""What the first start needs of the engine. It knows this protocol and nothing behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.events import Event
from panza_tui.first_start.places import Place
from panza_tui.jobs.steps import Step, Work


@dataclass(frozen=True)
class Standing:
    """How far the way was gone, as the home tells it.

    step: the one to take now. running: the work that goes on, '' for none. trouble: why the step's
    last try ended early, ''. left_out: reason -> number of mails, with `meanings`. model: the one
    being trained, to be gone on with, or trained. stopped: whether its training was stopped.
    """

    steps: tuple[Step, ...]
    step: Step
    running: Work | None = None
    trouble: str = ""
    kept: int = 0
    left_out: tuple[tuple[str, int, str], ...] = ()
    model: str = ""
    stopped: bool = False


@dataclass(frozen=True)
class Candidate:
    """An address that mails in the export come from. known: it is the user's already."""

    name: str
    address: str
    mails: int
    known: bool = False


@dataclass(frozen=True)
class BaseChoice:
    """A base model on this disk and what training it would take; trouble: why it can't be, ''."""

    base: str
    minutes: float = 0.0
    memory_gib: float = 0.0
    free_gib: float = 0.0
    trouble: str = ""


class StartService(Protocol):
    """The work of the first start. Every method blocks, and may be called in several threads.

    All raise PanzaError, a line for the reader, when they can't do their work. Work that is
    started goes on when the app is left.
    """

    def standing(self) -> Standing:
        """How far the way was gone; quick."""

    def likely_places(self) -> list[Place]:
        """Where exports of mail often lie, as far as they are there."""

    def places_in(self, folder: Path) -> list[Place]:
        """What a folder holds, mail marked as such."""

    def find_addresses(
        self, path: Path, on_event: Callable[[Event], None], stopped: Callable[[], bool]
    ) -> list[Candidate]:
        """Whose mailbox an export may be, the likeliest first."""

    def start_import(self, path: Path, addresses: Sequence[str]) -> None:
        """Begin to import the mails of these addresses."""

    def start_playback(self) -> None:
        """Begin to write the missing instructions."""

    def base_choices(
        self, on_choice: Callable[[BaseChoice], None], stopped: Callable[[], bool]
    ) -> None:
        """Hand over the base models on this disk one by one, as they are estimated."""

    def start_training(self, base: str) -> None:
        """Begin to train on a base; with '', go on with the training that was stopped."""

    def start_export(self) -> None:
        """Begin to write the file of the model that drafts quickly."""

    def follow(
        self, work: Work, on_event: Callable[[Event], None], stopped: Callable[[], bool]
    ) -> None:
        """Hand over the events of running work until it ends."""

    def stop(self, work: Work) -> None:
        """End running work as Ctrl-C would; what is done is kept."""

    def newest_instructions(self) -> list[tuple[str, str]]:
        """(subject, instruction) of the few written last, the newest first."""
