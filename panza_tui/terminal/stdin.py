"""Reading the mail to answer from stdin."""

from __future__ import annotations

import os
import select
import stat

from engine.errors import UsageError
from panza_tui.terminal.narration import say

_SECONDS_UNTIL_NOTE = 2.0
"""A pipe that is silent for longer may be one that nobody writes to, so the user is told."""


def read_stdin(*, insist: bool) -> bytes:
    """Read stdin if it is a file, pipe or socket; anything else, as a terminal, gives b''.

    insist: `-` was given, so a terminal is read, too, and UsageError is raised when nothing comes.
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
            say("Waiting for the mail to answer on stdin (give </dev/null when there is none).")
        data = _read_all()
    elif insist and os.isatty(0):
        say("Paste the mail to answer, then press ctrl-d on a line of its own.")
        data = _read_all()
    if insist and not data.strip():
        raise UsageError("'-' says that a mail to answer comes on stdin, but it was empty.")
    return data


def _read_all() -> bytes:
    with os.fdopen(0, "rb", closefd=False) as stdin:
        return stdin.read()
