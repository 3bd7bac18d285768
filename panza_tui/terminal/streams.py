"""The standard streams of a process: what is done with closed, broken and full ones."""

from __future__ import annotations

import os
import sys


def prepare_streams() -> None:
    """Reopen closed standard streams on /dev/null, and let stdout print any text.

    Otherwise the next file opened would get the descriptor of the closed stream, and output would
    be written to that file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # Returns the lowest free descriptor: the closed one.
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8")
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")


def drop_stdout() -> None:
    """Discard what stdout still holds, which Python would fail to write at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
