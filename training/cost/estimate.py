"""Estimate how long training a base model takes here, and whether it fits into memory.

Reads the headers of the base's files and measures this machine; no model is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import apsw

from engine.errors import PanzaError
from engine.home import Home
from engine.models import Method
from engine.settings import Settings
from training.bases.base_model import check_base, path_to_measure
from training.bases.base_shape import BaseShape, read_shape
from training.cost.machine import Machine, free_gib, measure_machine
from training.cost.memory_estimate import MEMORY_TOLERANCE, largest_fitting, memory_gib
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
    needed = memory_gib(shape, settings, method, machine.bytes_per_number)
    why = why_too_large(shape, settings, method, machine)
    minutes = seconds(shape, tokens, settings, method, machine) / 60
    return Estimate(minutes, needed, machine.free_gib, not why, why, machine)


def why_too_large(shape: BaseShape, settings: Settings, method: Method, machine: Machine) -> str:
    """A line that says that a base does not fit into a machine's memory, and what would; or ''."""
    free, size = machine.free_gib, machine.bytes_per_number
    needed = memory_gib(shape, settings, method, size)
    return what_fits(shape, settings, method, needed, free, size) if needed > free else ""


def check_memory(
    home: Home,
    settings: Settings,
    base: str,
    method: Method,
    device: torch.device,
    dtype: torch.dtype,
) -> str:
    """Before a base is loaded: '' when the run fits into memory, a warning when it may not.

    Raises PanzaError when the estimate says that it will not.
    """
    check_base(home, base, allow_download=settings.model.allow_download)
    shape = read_shape(path_to_measure(home, base, allow_download=settings.model.allow_download))
    free = free_gib(device.type)
    needed = memory_gib(shape, settings, method, dtype.itemsize)
    why = ""
    if needed > free:
        why = what_fits(shape, settings, method, needed, free, dtype.itemsize)
    if needed * (1 - MEMORY_TOLERANCE) > free:
        raise PanzaError(f"{why} Nothing was loaded; set model.base to another one.")
    return why


def what_fits(
    shape: BaseShape,
    settings: Settings,
    method: Method,
    needed: float,
    free: float,
    bytes_per_number: int,
) -> str:
    """A line that says by how much a base does not fit, and what would. needed, free: in GiB."""
    fitting = largest_fitting(shape, settings, method, free, bytes_per_number)
    largest = f"one of at most {_size(fitting.weights)} weights fits" if fitting else "none fits"
    return (
        f"Training this base of {_size(shape.weights)} weights takes about {needed:.1f} GiB, and "
        f"{free:.1f} GiB are free; {largest}. A smaller training.micro_batch_tokens takes less."
    )


def _size(weights: int) -> str:
    return f"{weights / 1e9:.1f}B" if weights >= 1e9 else f"{weights / 1e6:.0f}M"
