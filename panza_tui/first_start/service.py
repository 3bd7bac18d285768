"""The protocol of what the first start needs; the screen knows nothing behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.events import Event
from panza_tui.first_start.places import Place
from panza_tui.jobs.bases import BaseChoice
from panza_tui.jobs.steps import Step, Work


@dataclass(frozen=True)
class StartState:
    """How far the user has come, as read from the home.

    Args:
        step: the one to take now.
        running: the work that is running.
        trouble: why the step's last attempt failed, or ''.
        kept: number of mails to learn from.
        left_out: (reason, number of mails, what the reason means).
        model: the one that is being trained, can be resumed, or is trained.
        stopped: whether the training of `model` was stopped.
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
    """A sender of mails in the export. known: whether the address is known to be the user's."""

    name: str
    address: str
    mails: int
    known: bool = False


class StartService(Protocol):
    """The work of the first start. Methods block, and may be called from several threads.

    They raise PanzaError with a line for the user. Work continues when the app is closed.
    """

    def state(self) -> StartState:
        """Read how far the user has come; quick."""

    def likely_places(self) -> list[Place]:
        """Return the exports of mail found in the usual places."""

    def places_in(self, folder: Path) -> list[Place]:
        """List a folder, with mail marked as such."""

    def find_addresses(
        self, path: Path, on_event: Callable[[Event], None], stopped: Callable[[], bool]
    ) -> list[Candidate]:
        """Find whose mailbox an export may be, most likely first."""

    def start_import(self, path: Path, addresses: Sequence[str]) -> None:
        """Start to import the mails of these addresses."""

    def start_playback(self) -> None:
        """Start to write the missing instructions."""

    def base_choices(
        self, on_choice: Callable[[BaseChoice], None], stopped: Callable[[], bool]
    ) -> None:
        """Hand over the base models on this disk one by one, as they are estimated."""

    def start_training(self, base: str) -> None:
        """Start to train on a base model; with '', resume the training that was stopped."""

    def start_export(self) -> None:
        """Start to export the model as a GGUF file."""

    def follow(
        self, work: Work, on_event: Callable[[Event], None], stopped: Callable[[], bool]
    ) -> None:
        """Hand over the events of running work until it ends."""

    def stop(self, work: Work) -> None:
        """Stop running work as Ctrl-C would; what is done is kept."""

    def newest_instructions(self) -> list[tuple[str, str]]:
        """Return (subject, instruction) of the few written last, newest first."""
