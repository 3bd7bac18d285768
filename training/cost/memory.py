"""The peak memory of this process. Imports nothing heavy."""

from __future__ import annotations

import resource
import sys


def peak_memory_gib() -> float:
    """The peak resident memory of this process, in GiB."""
    # Kilobytes on Linux, bytes on macOS (getrusage(2)).
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30
