"""Measure this machine's speed and free memory, in a child: `python -m training.cost.machine`.

In a child process because torch takes seconds to import and keeps its memory, and the caller may be
drawing a screen.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import subprocess
import time
from pathlib import Path

from engine.errors import PanzaError
from engine.home.home import Home
from engine.subprocesses import start_module
from training.runs.process import considerate_environment

_ROWS = 512
"""Tokens of a micro-batch by default."""

_PRODUCTS = 10
_SECONDS = 1.5
"""Chosen by hand: some sixty timings of the embedded base's products."""

_PATIENCE_SECONDS = 120.0
"""Importing torch takes minutes on the slowest machines seen."""


class NotMeasuredError(PanzaError):
    """The speed is unknown; a run may still be started without an estimate."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"This machine's speed can't be measured ({reason}).")


@dataclasses.dataclass(frozen=True)
class Machine:
    """device: torch's name of its kind. gflops: of matrix products in a model's shapes.

    bytes_per_number: of the format that it computes in. free_gib: the memory that a new process
    could have on that device now.
    """

    device: str
    gflops: float
    bytes_per_number: int
    free_gib: float


@functools.lru_cache(maxsize=8)
def measure_machine(home: Home, hidden: int, inner: int) -> Machine:
    """Time products [512, hidden] x [hidden, inner], as in training; takes some 5 seconds.

    Cached for the life of this process. Raises NotMeasuredError when it fails or takes too long.
    """
    with start_module(
        "training.cost.machine",
        [home.root.absolute(), hidden, inner],
        environment=considerate_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        try:
            out, err = child.communicate(timeout=_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise NotMeasuredError(
                f"it took longer than {_PATIENCE_SECONDS:.0f} seconds"
            ) from error
        finally:
            child.kill()
    try:
        return Machine(**json.loads(out))
    except (ValueError, TypeError) as error:
        lines = err.decode("utf-8", "replace").strip().splitlines()
        raise NotMeasuredError((lines or [f"code {child.returncode}"])[-1][:200]) from error


def _measure(home: Home, hidden: int, inner: int) -> Machine:
    import torch

    from training.bases.base_model import choose_device, choose_dtype

    device = choose_device()
    dtype = choose_dtype(home, device)
    x = torch.randn(_ROWS, hidden, device=device, dtype=dtype)
    weight = torch.randn(hidden, inner, device=device, dtype=dtype)

    def synchronize() -> None:
        if device.type != "cpu":
            torch.accelerator.synchronize()

    # The best time counts: others are slowed down by what else runs for a moment.
    best, ends = float("inf"), time.perf_counter() + _SECONDS
    while time.perf_counter() < ends:
        began = time.perf_counter()
        for _ in range(_PRODUCTS):
            x @ weight
        synchronize()
        best = min(best, time.perf_counter() - began)
    gflops = 2 * _ROWS * hidden * inner * _PRODUCTS / best / 1e9
    return Machine(device.type, gflops, dtype.itemsize, free_gib(device.type))


def free_gib(device: str) -> float:
    """The memory that a new process could have on a kind of device now, in GiB."""
    import torch

    if device == "cuda":
        return torch.cuda.mem_get_info()[0] / 2**30
    import psutil

    available = psutil.virtual_memory().available
    return min(available, _left_in_cgroup(), _left_of_limit()) / 2**30


def _left_in_cgroup() -> float:
    """Bytes that this process's cgroup (v2) may still allocate; infinity without a limit."""
    try:
        group = Path("/sys/fs/cgroup")
        limit = (group / "memory.max").read_text().strip()
        used = (group / "memory.current").read_text().strip()
        return float("inf") if limit == "max" else int(limit) - int(used)
    except (OSError, ValueError):
        return float("inf")


def _left_of_limit() -> float:
    """Bytes that this process may still map (`ulimit -v`); infinity without a limit."""
    import resource

    import psutil

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return float("inf")
    return limit - psutil.Process().memory_info().vms


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.cost.machine", description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("hidden", type=int)
    parser.add_argument("inner", type=int)
    arguments = parser.parse_args()
    measured = _measure(Home(arguments.home), arguments.hidden, arguments.inner)
    print(json.dumps(dataclasses.asdict(measured)))


if __name__ == "__main__":
    main()
