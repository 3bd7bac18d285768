"""What the dashboard needs of training. It knows this protocol and nothing behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from engine.events import Event

if TYPE_CHECKING:
    from panza_tui.jobs.steps import Step

RunState = Literal["starting", "running", "paused", "finished", "stopped", "failed", "killed"]

LIVE: tuple[RunState, ...] = ("starting", "running", "paused")
"""States in which a process is at the run."""


@dataclass(frozen=True)
class RunView:
    """A run as its folder has it now. epochs: at most; trouble: why it failed, '' where it did not.

    can_go_on: whether it was left with something to go on from, or can begin again.
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
    can_go_on: bool = False


@dataclass(frozen=True)
class RunChoice:
    """What a new run shall be. name '': after base and method."""

    base: str
    method: str = "rosa"
    epochs: int = 4
    name: str = ""


@dataclass(frozen=True)
class Cost:
    """What a run would take here. why: what would fit; '' when it fits."""

    minutes: float
    memory_gib: float
    free_gib: float
    why: str = ""


class TrainingService(Protocol):
    """The runs of a home. Every method may block, and is called from threads.

    All raise PanzaError, a line for the reader, when they can't do their work.
    """

    def runs(self) -> list[RunView]:
        """All runs, the newest first; quick."""

    def follow(
        self, name: str, on_events: Callable[[list[Event]], None], stopped: Callable[[], bool]
    ) -> None:
        """Give a run's events, from its first one on, in bunches, until `stopped()`."""

    def own_mails(self, name: str) -> dict[str, str]:
        """Instruction -> what the user wrote, of the mails that a run makes drafts for."""

    def missing(self) -> tuple[Step, ...]:
        """The steps to a first run, done ones too; empty when one can be begun."""

    def usual(self) -> RunChoice:
        """What a new run is when nothing is changed."""

    def cost(self, choice: RunChoice) -> Cost:
        """Measure and reckon what a run would take; some seconds."""

    def begin(self, choice: RunChoice) -> str:
        """Start a new run in a process of its own; its name."""

    def resume(self, name: str) -> None:
        """Go on with a run that was stopped, failed or killed."""

    def pause(self, name: str) -> None:
        """Have it sleep after its step."""

    def go_on(self, name: str) -> None:
        """Wake it."""

    def stop(self, name: str) -> None:
        """Have it stop after its step and keep what it learnt."""
