"""List the base models on this disk, with an estimate of what training each would take."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from engine.database import database
from engine.errors import PanzaError
from engine.events import silent
from engine.home.home import Home
from engine.mail.stored.store import counts
from engine.settings import Settings, load_settings
from panza_tui.jobs.child_process import ask_child
from training.bases.found import FoundBase, found_bases

if TYPE_CHECKING:
    from training.cost.machine import Machine

_OVERNIGHT_MINUTES = 180
"""From here on, a training is one for the night."""


@dataclass(frozen=True)
class BaseChoice(FoundBase):
    """A base model and what training it would take on this machine.

    minutes: None if this machine's speed can't be measured; `note` then says so, and the model can
    still be trained. trouble: why it can't be trained here, or ''. cant_export: why a model that is
    trained on it can't be exported, or ''.
    """

    minutes: float | None = None
    memory_gib: float = 0.0
    free_gib: float = 0.0
    trouble: str = ""
    note: str = ""
    cant_export: str = ""

    @property
    def why(self) -> str:
        """What is to be said of its training instead of a cost, or ''."""
        return self.cant_train or self.trouble or self.note

    @property
    def training(self) -> str:
        """Whether it can be trained here: no, won't fit, overnight, fits, or yes if unknown."""
        if self.cant_train:
            return "no"
        if self.trouble:
            return "won't fit"
        if (self.minutes or 0) > _OVERNIGHT_MINUTES:
            return "overnight"
        return "fits" if self.memory_gib else "yes"


def base_choices(home: Home, config: Path | None) -> Iterator[BaseChoice]:
    """Yield each base model on this disk with its estimate, the one in the settings first."""
    settings = load_settings(config)
    with closing(database.connect_to_read(home.database)) as connection:
        machine: Machine | None = None
        for found in found_bases(home, settings.model.base):
            choice = BaseChoice(
                **dataclasses.asdict(found),
                trouble=found.cant_train,
                cant_export=_cant_export(found),
            )
            if not choice.trouble:
                choice, machine = _with_cost(choice, home, connection, settings, machine)
            yield choice


def _with_cost(
    choice: BaseChoice,
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    machine: Machine | None,
) -> tuple[BaseChoice, Machine | None]:
    """Add what training takes. machine: as measured for another base, or None; returned, too.

    Once the machine is known, a base that does not fit into its memory is not measured: that takes
    seconds.
    """
    from training.bases.base_shape import read_shape
    from training.cost.estimate import estimate, plan_memory
    from training.cost.machine import NotMeasuredError

    try:
        shape = read_shape(Path(choice.path))
        if machine:
            free, size = machine.free_gib, machine.bytes_per_number
            plan = plan_memory(shape, settings, "rosa", machine.device, free, size)
            if plan.warning:
                return dataclasses.replace(choice, trouble=plan.warning), machine
        cost = estimate(home, connection, settings, choice.base)
    except NotMeasuredError as error:
        return dataclasses.replace(choice, note=str(error)), machine
    except PanzaError as error:
        return dataclasses.replace(choice, trouble=str(error)), machine
    known = counts(connection).kept > 0
    with_cost = dataclasses.replace(
        choice,
        minutes=cost.minutes if known else None,
        memory_gib=cost.memory_gib,
        free_gib=cost.free_gib,
        trouble=cost.why,
        note="" if known else "how long it takes is known once there is mail",
    )
    return with_cost, cost.machine


def _cant_export(found: FoundBase) -> str:
    """A GGUF is exported by changing a copy of it; a folder must be of a kind that converts."""
    if found.cant_train or found.kind != "Hugging Face":
        return found.cant_train
    from training.export.architectures import why_not_exported

    return why_not_exported(found.architecture)


def base_choices_from_child(
    home: Home,
    config: Path | None,
    on_choice: Callable[[BaseChoice], None],
    stopped: Callable[[], bool],
) -> None:
    """Hand over `base_choices` from a child process, as reading tokenizers would block the app."""
    config_path = [config.absolute()] if config else []
    ask_child(
        home,
        "bases",
        [home.root, *config_path],
        lambda answer: on_choice(BaseChoice(**answer)),
        silent,
        stopped,
    )
