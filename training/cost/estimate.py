"""Estimate how long training a base model takes here, and whether it fits into memory.

Reads the headers of the base's files and measures this machine; no model is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import apsw

from engine.errors import PanzaError
from engine.home.home import Home
from engine.models.models import Method
from engine.settings import Settings
from training.bases.base_model import check_base, may_download, path_to_measure
from training.bases.base_shape import BaseShape, read_shape
from training.cost.machine import Machine, free_gib, measure_machine
from training.cost.memory_estimate import (
    MEMORY_TOLERANCE,
    NO_SAVING,
    Saving,
    choose_saving,
    largest_fitting,
    memory_gib,
)
from training.cost.time_estimate import seconds
from training.cost.token_counts import count_tokens

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Estimate:
    """minutes: of all epochs, though a run often ends earlier. memory_gib: its peak.

    free_gib: the memory that is free for it. why: if it does not fit, a line that says what would.
    machine: what was measured.
    """

    minutes: float
    memory_gib: float
    free_gib: float
    fits: bool
    why: str
    machine: Machine | None = None
    saving: Saving = NO_SAVING


@dataclass(frozen=True)
class MemoryPlan:
    """How a run uses memory. gib: its peak.

    warning: '' when it fits, or a line that says that it may not, and what would.
    """

    gib: float
    saving: Saving
    warning: str


def estimate(
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    base: str,
    method: Method = "rosa",
) -> Estimate:
    """Estimate a run of `base` on the home's mails, with or without instructions.

    Takes some seconds, most of them for measuring the machine. Downloads nothing: raises PanzaError
    for a base that is not on this disk.
    """
    check_base(home, base, allow_download=False)
    path = path_to_measure(home, base, allow_download=False)
    shape = read_shape(path)
    machine = measure_machine(home, shape.hidden, shape.inner)
    tokens = count_tokens(path, connection, settings)
    free, size = machine.free_gib, machine.bytes_per_number
    plan = plan_memory(shape, settings, method, machine.device, free, size)
    minutes = seconds(shape, tokens, settings, method, machine, plan.saving) / 60
    fits = not plan.warning
    return Estimate(minutes, plan.gib, free, fits, plan.warning, machine, plan.saving)


def plan_memory(
    shape: BaseShape,
    settings: Settings,
    method: Method,
    device: str,
    free: float,
    bytes_per_number: int,
) -> MemoryPlan:
    """Decide how a run uses the `free` GiB of a device."""
    saving = NO_SAVING
    if device == "cpu":
        saving = choose_saving(shape, settings, method, free, bytes_per_number)
    needed = memory_gib(shape, settings, method, bytes_per_number, saving)
    warning = ""
    if needed > free:
        fitting = largest_fitting(shape, settings, method, free, bytes_per_number, saving)
        warning = _what_fits(shape, needed, free, fitting)
    return MemoryPlan(needed, saving, warning)


def check_memory(
    home: Home,
    settings: Settings,
    base: str,
    method: Method,
    device: torch.device,
    dtype: torch.dtype,
) -> MemoryPlan:
    """Decide how a run uses memory, before its base is loaded.

    Raises PanzaError when the estimate says that it will not fit.
    """
    allow_download = may_download(settings, base)
    check_base(home, base, allow_download=allow_download)
    shape = read_shape(path_to_measure(home, base, allow_download=allow_download))
    free = free_gib(device.type)
    plan = plan_memory(shape, settings, method, device.type, free, dtype.itemsize)
    if plan.gib * (1 - MEMORY_TOLERANCE) > free:
        raise PanzaError(f"{plan.warning} Nothing was loaded; set model.base to another one.")
    return plan


def _what_fits(shape: BaseShape, needed: float, free: float, fitting: BaseShape | None) -> str:
    """A line that says by how much a base does not fit, and what would. needed, free: in GiB."""
    largest = f"one of at most {_size(fitting.weights)} weights fits" if fitting else "none fits"
    return (
        f"Training this base of {_size(shape.weights)} weights takes about {needed:.1f} GiB, and "
        f"{free:.1f} GiB are free; {largest}. A smaller training.micro_batch_tokens takes less."
    )


def _size(weights: int) -> str:
    return f"{weights / 1e9:.1f}B" if weights >= 1e9 else f"{weights / 1e6:.0f}M"
