"""The text of `--ask`: the argument itself, or what a file or stdin says.

Other users of the machine can see a process's arguments (`ps`), but not its files.
"""

from __future__ import annotations

import os
from pathlib import Path

from engine.errors import UsageError
from panza_tui.terminal.stdin import read_stdin, wait_for_input

_FROM_FILE = "@"
_STDIN = "-"
_MAX_BYTES = 1 << 20


def is_from_stdin(argument: str) -> bool:
    """Return whether the text is read from stdin, so that no mail to answer can be."""
    return argument == _FROM_FILE + _STDIN


def read_ask_text(argument: str) -> str:
    """Return the text for TEXT, @FILE, @- (stdin), or @@TEXT for a text that begins with "@".

    Raises UsageError for a file that can't be read, or that is too large.
    """
    if not argument.startswith(_FROM_FILE):
        return as_text(argument)
    if argument.startswith(2 * _FROM_FILE):
        return as_text(argument[1:])
    if is_from_stdin(argument):
        data = read_stdin(required=True, what="the text of --ask")
    else:
        data = _read_file(Path(argument[1:]).expanduser())
    if len(data) > _MAX_BYTES:
        raise UsageError(
            "The text of --ask is larger than 1 MB; give only what the mail should say."
        )
    return data.decode("utf-8-sig", "replace").strip()


def _read_file(path: Path) -> bytes:
    try:
        # A FIFO would be waited for when it is opened, without a word.
        with open(
            path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)
        ) as file:
            wait_for_input(file.fileno(), f"the text of --ask in {path}")
            os.set_blocking(file.fileno(), True)
            return file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(
            f"--ask @FILE: {path} can't be read ({why}). Write @@ for a text that begins with @."
        ) from error


def as_text(argument: str) -> str:
    """Return an argument, with bytes that the locale could not decode read as UTF-8."""
    if any("\ud800" <= letter <= "\udfff" for letter in argument):
        return os.fsencode(argument).decode("utf-8", "replace")
    return argument
