"""What this machine can do, measured in a process of its own: `python -m training.cost.machine`.

A child, because torch takes seconds to import and holds on to its memory, and whoever asks may be
drawing a screen.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import subprocess
import sys
import time
from pathlib import Path

from engine.errors import PanzaError
from training.runs.process import considerate_environment

_ROWS = 512
_PRODUCTS = 10
_SECONDS = 1.5
_PATIENCE_SECONDS = 120.0


@dataclasses.dataclass(frozen=True)
class Machine:
    """device: as torch names its kind. gflops: of matrix products in a model's shapes.

    free_gib: memory that a new process could have on that device, now.
    """

    device: str
    gflops: float
    free_gib: float


@functools.lru_cache(maxsize=8)
def measure_machine(hidden: int, inner: int) -> Machine:
    """Measure products [512, hidden] x [hidden, inner], as training makes them; some 5 seconds.

    Kept for as long as this process lives. Raises PanzaError when the measurement fails.
    """
    done = subprocess.run(
        [sys.executable, "-m", "training.cost.machine", str(hidden), str(inner)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        cwd=Path(__file__).parents[2],  # python -m looks into the working folder first
        env=considerate_environment(),
        check=False,
    )
    try:
        return Machine(**json.loads(done.stdout))
    except (ValueError, TypeError) as error:
        last = (done.stderr.strip().splitlines() or [f"code {done.returncode}"])[-1]
        raise PanzaError(f"This machine's speed can't be measured ({last[:200]}).") from error


def _measure(hidden: int, inner: int) -> Machine:
    import torch

    from training.bases.base_model import choose_device, choose_dtype

    device = choose_device()
    dtype = choose_dtype(device)
    x = torch.randn(_ROWS, hidden, device=device, dtype=dtype)
    weight = torch.randn(hidden, inner, device=device, dtype=dtype)

    def settled() -> None:
        if device.type != "cpu":
            torch.accelerator.synchronize()

    # The best stretch counts: what else runs here for a moment shall not be taken for the machine.
    best, ends = float("inf"), time.perf_counter() + _SECONDS
    while time.perf_counter() < ends:
        began = time.perf_counter()
        for _ in range(_PRODUCTS):
            x @ weight
        settled()
        best = min(best, time.perf_counter() - began)
    gflops = 2 * _ROWS * hidden * inner * _PRODUCTS / best / 1e9
    return Machine(device.type, gflops, free_gib(device.type))


def free_gib(device: str) -> float:
    """Memory that a new process could have on that kind of device now, in GiB."""
    import torch

    if device == "cuda":
        return torch.cuda.mem_get_info()[0] / 2**30
    import psutil

    return min(psutil.virtual_memory().available, _left_in_container()) / 2**30


def _left_in_container() -> float:
    """Bytes that this process's control group may still take (cgroup v2); infinity without one."""
    try:
        group = Path("/sys/fs/cgroup")
        most = (group / "memory.max").read_text().strip()
        now = (group / "memory.current").read_text().strip()
        return float("inf") if most == "max" else int(most) - int(now)
    except (OSError, ValueError):
        return float("inf")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.cost.machine", description=__doc__)
    parser.add_argument("hidden", type=int)
    parser.add_argument("inner", type=int)
    arguments = parser.parse_args()
    print(json.dumps(dataclasses.asdict(_measure(arguments.hidden, arguments.inner))))


if __name__ == "__main__":
    main()
