"""How much memory this process has held. Imports nothing heavy."""

from __future__ import annotations

import resource
import sys


def peak_memory_gib() -> float:
    """The most memory this process has held, in GiB (on macOS the kernel counts bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30
