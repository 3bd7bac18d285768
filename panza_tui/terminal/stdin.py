"""Read the mail to answer, or the text of --ask, from stdin."""

from __future__ import annotations

import os
import select
import stat

from engine.errors import UsageError
from panza_tui.terminal.narration import say

_MAX_BYTES = 64 << 20
"""More than a conversation of mails with attachments has."""

_SECONDS_UNTIL_NOTE = 2.0
"""After this time without input from a pipe, say that it is waited for."""


def read_stdin(*, required: bool, what: str = "the mail to answer") -> bytes:
    """Read stdin if it is a file, pipe or socket; return b'' for anything else, like a terminal.

    required: whether it was asked for; then a terminal is read, too, and UsageError is raised for
    empty input. what: the name of what is read. Raises UsageError for more than any mail has.
    """
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        mode = 0
    data = b""
    if stat.S_ISREG(mode):
        data = _read_all()
    elif stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        wait_for_input(0, f"{what} on stdin (use </dev/null if there is none)")
        data = _read_all()
    elif required and os.isatty(0):
        say(f"Paste {what}, then press Ctrl-D on an empty line.")
        data = _read_all()
    if required and not data.strip():
        raise UsageError(f"'-' needs {what} on stdin, but stdin was empty.")
    return data


def wait_for_input(handle: int, what: str) -> None:
    """Wait until there is something to read, or the end, and say so if it takes long."""
    if not select.select([handle], [], [], _SECONDS_UNTIL_NOTE)[0]:
        say(f"Waiting for {what}.")
        select.select([handle], [], [])


def _read_all() -> bytes:
    with os.fdopen(0, "rb", closefd=False) as stdin:
        data = stdin.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise UsageError(
            f"There is more than {_MAX_BYTES >> 20} MB on stdin; give only the mail to answer."
        )
    return data
