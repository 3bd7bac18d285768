"""The protocol of what the training screen needs; the screen knows nothing behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from engine.events import Event

if TYPE_CHECKING:
    from panza_tui.jobs.runs import RunState
    from panza_tui.jobs.steps import Step

LIVE: tuple[RunState, ...] = ("starting", "running", "paused")
"""States in which the run has a process."""


@dataclass(frozen=True)
class RunView:
    """A run as its folder describes it now.

    epochs: at most. trouble: why it failed, or ''. is_resumable: whether it can be resumed.
    outcome: of a finished update, whether it got better, as a sentence; '' for other runs.
    """

    name: str
    state: RunState
    base: str
    method: str
    created: int
    epochs: int = 0
    mails: int = 0
    figures: Mapping[str, float] = field(default_factory=dict)
    trouble: str = ""
    is_resumable: bool = False
    outcome: str = ""


@dataclass(frozen=True)
class RunChoice:
    """What to train. name: '' to name the model after base and method."""

    base: str
    method: str = "rosa"
    epochs: int = 4
    name: str = ""


@dataclass(frozen=True)
class Cost:
    """What a run would take on this machine. why: why it does not fit, or ''."""

    minutes: float
    memory_gib: float
    free_gib: float
    why: str = ""


class TrainingService(Protocol):
    """The runs of a home. Methods may block, and are called from threads.

    They raise PanzaError with a line for the user.
    """

    def runs(self) -> list[RunView]:
        """Return all runs, newest first."""

    def follow(
        self, name: str, on_events: Callable[[list[Event]], None], stopped: Callable[[], bool]
    ) -> None:
        """Hand over a run's events in batches, from its first one on, until `stopped()`."""

    def own_mails(self, name: str) -> dict[str, str]:
        """Return instruction -> what the user wrote, for the mails a run makes drafts for."""

    def missing(self) -> tuple[Step, ...]:
        """Return the steps to a first run, with those done; none if one can be started."""

    def default_choice(self) -> RunChoice:
        """Return what the form for a new run starts with."""

    def cost(self, choice: RunChoice) -> Cost:
        """Measure this machine for some seconds and estimate what a run would take."""

    def begin(self, choice: RunChoice) -> str:
        """Start a new run in a separate process, and return its name."""

    def resume(self, name: str) -> None:
        """Resume a run that was stopped, failed or killed."""

    def pause(self, name: str) -> None:
        """Pause a run after its step."""

    def unpause(self, name: str) -> None:
        """Continue a paused run."""

    def stop(self, name: str) -> None:
        """Stop a run after its step; what it learnt is saved."""
