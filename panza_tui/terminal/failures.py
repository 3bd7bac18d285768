"""Errors -> one plain line for a person, and the exit code that tells a script the kind."""

from __future__ import annotations

import errno

import click

from engine.errors import PanzaError
from panza_tui.terminal.sanitise import safe_line

INTERRUPTED = 130

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_DATABASE = {
    "FullError": "The disk is full; what was stored is unharmed. Make room, then retry.",
    "IOError": "The database can't be read or written; is the disk full or failing? What was "
    "stored is kept. Make room, then retry.",
    "BusyError": "Another program holds the database; nothing was changed. Retry when it is done.",
    "ReadOnlyError": "The database may not be written; nothing was changed. Is it yours? "
    "panza-tui doctor looks.",
    "CorruptError": "The database is damaged; it was left alone. Restore panza.db from a backup, "
    "or import into another --home.",
    "SQLError": "panza.db is not as panza-tui makes it; it was left alone. Restore it from a "
    "backup, or import into another --home.",
}


class Interrupted(PanzaError):
    """Ctrl-C; the message says what was kept and how to go on."""

    exit_code = INTERRUPTED


def explain(error: BaseException) -> tuple[str, int]:
    """The line and the exit code for whatever ended a command."""
    if isinstance(error, PanzaError):
        return str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return "Interrupted; what was stored is kept.", INTERRUPTED
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "panza-tui"
        return f"{error.format_message()} See '{path} --help'.", error.exit_code
    if isinstance(error, click.ClickException):
        return error.format_message(), error.exit_code
    return _of_the_machine(error) or _unexpected(error), 1


def one_line(error: BaseException) -> str:
    """The line for whatever failed on a screen, as a terminal can show it."""
    return safe_line(explain(error)[0])


def _of_the_machine(error: BaseException) -> str | None:
    """What the disk or the memory did; None when it was neither."""
    if type(error).__module__.startswith("apsw"):
        return _DATABASE.get(type(error).__name__)
    if isinstance(error, MemoryError):
        return "There is not enough memory for this; what was stored is kept."
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return "The disk is full; what was stored is kept. Make room, then retry."
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}. What was stored is kept."
    return None


def _unexpected(error: BaseException) -> str:
    line = " ".join(str(error).split())[:300]
    return (
        f"Something went wrong that should not ({type(error).__name__}: {line}). What was stored "
        "is kept; run it again with -vv and tell us."
    )
