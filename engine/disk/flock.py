"""A lock on an open file, which the kernel releases when the process ends, even if it is killed."""

from __future__ import annotations

import fcntl


def try_lock(handle: int) -> bool:
    """Lock an open file, unless another process has; return whether that could be done."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
