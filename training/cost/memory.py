"""The memory of this process: its peak, and what it needs no more. Imports nothing heavy."""

from __future__ import annotations

import ctypes
import resource
import sys


def peak_memory_gib() -> float:
    """The peak resident memory of this process, in GiB."""
    # Kilobytes on Linux, bytes on macOS (getrusage(2)).
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def release_freed_memory() -> None:
    """Give back to the system what was freed and the C library still holds (glibc).

    Rows of other lengths leave gaps that the next ones do not fit into, so that the heap would grow
    by a quarter in a run.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
