"""Errors with a message for the user, and a plain one-line message for any other error."""

from __future__ import annotations

import errno
from json import JSONDecodeError

INTERRUPTED = 130
"""The exit code after Ctrl-C or a signal."""

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_DATABASE_ERRORS = {
    "FullError": "The disk is full; what was stored is unharmed. Make room, then retry.",
    "IOError": "The database can't be read or written; is the disk full or failing? What was "
    "stored is kept. Make room, then retry.",
    "BusyError": "Another program is using the database; nothing was changed. Retry when it is "
    "done.",
    "ReadOnlyError": "The database can't be written; nothing was changed. Check its permissions "
    "with panza-tui doctor.",
    "CorruptError": "The database is damaged; it was left alone. Run 'panza-tui "
    "doctor --repair', or restore a backup with 'panza-tui restore FILE'.",
    "SQLError": "panza.db does not have the expected tables; it was left alone. Restore a "
    "backup with 'panza-tui restore FILE', or import into another --home.",
}
"""Name of apsw's exception -> message, so that apsw need not be imported."""

_DATABASE_CAUSES = {"FullError": "the disk is full", "IOError": "the disk is full or failing"}


class PanzaError(Exception):
    """The work failed. The message says what happened, what was kept and what to do next."""

    exit_code = 1


class UsageError(PanzaError):
    """The command line or a setting is wrong."""

    exit_code = 2


class NotReadyError(PanzaError):
    """The mail or model that is needed does not exist yet."""

    exit_code = 3


class Interrupted(PanzaError):
    """The user stopped the work. The message says what was kept and how to continue."""

    exit_code = INTERRUPTED


def cause(error: Exception) -> str:
    """Return in a few words why something could not be read or written."""
    if type(error).__module__.startswith("apsw"):  # Its own words may be "not an error".
        return _DATABASE_CAUSES.get(type(error).__name__, str(error))
    return getattr(error, "strerror", None) or str(error)


def one_line(error: BaseException | str, most: int = 200) -> str:
    """Return what a library says of an error in one line, to stand within one of our own.

    Cut after `most` characters, and without a full stop; the error's type if it says nothing.
    """
    return " ".join(str(error).split())[:most].rstrip(" .") or type(error).__name__


def explain(error: BaseException) -> str:
    """Return one plain line about any error, expected or not."""
    if isinstance(error, PanzaError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted; what was stored is kept."
    return _explain_machine_error(error) or _explain_unexpected(error)


def _explain_machine_error(error: BaseException) -> str | None:
    """Return the line for a problem with the disk, database or memory; None for other errors."""
    if type(error).__module__.startswith("apsw"):
        return _DATABASE_ERRORS.get(type(error).__name__)
    if isinstance(error, UnicodeDecodeError | JSONDecodeError):
        return (
            "Something that is stored can't be read, so it is damaged; it was left alone. Run "
            "'panza-tui doctor --check', which finds it, then 'panza-tui doctor --repair'."
        )
    if isinstance(error, MemoryError):
        return "There is not enough memory for this; what was stored is kept."
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return "The disk is full; what was stored is kept. Make room, then retry."
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}. What was stored is kept."
    return None


def _explain_unexpected(error: BaseException) -> str:
    line = one_line(error, most=300)
    return (
        f"Unexpected error ({type(error).__name__}: {line}). What was stored is kept. Run it again "
        "with -vv for the traceback, and please report it."
    )
