"""How much faster this processor multiplies matrices in bfloat16 than in float32, measured once.

torch does not say whether bfloat16 is native on a CPU: where it is, products take a quarter of the
time, and where it is not, up to 500 times as long.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING

from engine.disk import durable
from engine.disk.files import read_small
from engine.home.home import Home

if TYPE_CHECKING:
    import torch

_ROWS, _WIDTH = 128, 512
"""Of the products: large enough for full speed, and small enough for the slowest processor seen."""

_SECONDS = 0.05
"""For each number format."""


@functools.lru_cache(maxsize=8)
def bfloat16_gain(home: Home) -> float:
    """How many times as fast as in float32 products are in bfloat16 on this CPU.

    Measured once for a processor and torch release, and kept in the home's cache.
    """
    try:
        known = json.loads(read_small(_kept_in(home)))
        if known["processor"] == _processor():
            return float(known["bfloat16_gain"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass  # Not measured yet, or damaged.
    gain = round(measure_gain(), 3)
    keep_gain(home, gain)
    return gain


def keep_gain(home: Home, gain: float) -> None:
    """Write it to the home's cache; where that fails, the next process measures again."""
    text = json.dumps({"processor": _processor(), "bfloat16_gain": gain})
    with contextlib.suppress(OSError):
        durable.write_file(_kept_in(home), text.encode())


def _kept_in(home: Home) -> Path:
    return home.cache / "processor.json"


def measure_gain() -> float:
    """Time the same products in both formats; takes some 0.1 seconds."""
    import torch

    return _seconds_of_products(torch.float32) / _seconds_of_products(torch.bfloat16)


def _seconds_of_products(dtype: torch.dtype) -> float:
    """The shortest time of a product as in a forward pass and one as in a backward pass."""
    import torch

    rows = torch.ones(_ROWS, _WIDTH, dtype=dtype)
    weight = torch.ones(_WIDTH, _WIDTH, dtype=dtype)
    times: list[float] = []
    ends = time.perf_counter() + _SECONDS
    # The first one also prepares the kernels, but counts where it takes all the time.
    while len(times) < 2 or time.perf_counter() < ends:
        began = time.perf_counter()
        (rows @ weight.t()) @ weight
        times.append(time.perf_counter() - began)
    return min(times)


def _processor() -> str:
    """Identifies this kind of processor, its instructions as torch may use them, and torch."""
    import torch

    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").split("\n\n")[0].splitlines()
        kept = ("model name", "flags", "Features", "CPU part")
        about = "\n".join(line for line in lines if line.startswith(kept))
    except OSError:  # Only Linux has it.
        about = platform.processor() or platform.machine()
    return hashlib.sha256(f"{about}\n{torch.__version__}".encode()).hexdigest()[:16]
