"""Read the mail to answer from stdin."""

from __future__ import annotations

import os
import select
import stat

from engine.errors import UsageError
from panza_tui.terminal.narration import say

_SECONDS_UNTIL_NOTE = 2.0
"""After this time without input from a pipe, say that it is waited for."""


def read_stdin(*, required: bool) -> bytes:
    """Read stdin if it is a file, pipe or socket; return b'' for anything else, like a terminal.

    required: whether `-` was given; then a terminal is read, too, and UsageError is raised for
    empty input.
    """
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        mode = 0
    data = b""
    if stat.S_ISREG(mode):
        data = _read_all()
    elif stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        if not select.select([0], [], [], _SECONDS_UNTIL_NOTE)[0]:
            say("Waiting for the mail to answer on stdin (use </dev/null if there is none).")
        data = _read_all()
    elif required and os.isatty(0):
        say("Paste the mail to answer, then press Ctrl-D on an empty line.")
        data = _read_all()
    if required and not data.strip():
        raise UsageError("'-' needs a mail to answer on stdin, but stdin was empty.")
    return data


def _read_all() -> bytes:
    with os.fdopen(0, "rb", closefd=False) as stdin:
        return stdin.read()
