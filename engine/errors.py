"""Errors whose message a person reads, and the one plain line for any other error."""

from __future__ import annotations

import errno

INTERRUPTED = 130
"""The exit code of work that Ctrl-C or a signal stopped."""

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_DATABASE_ERRORS = {
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
"""By the name of apsw's exception, so that apsw is not imported for it."""


class PanzaError(Exception):
    """The work failed. The message says what happened, what was kept and what to do."""

    exit_code = 1


class UsageError(PanzaError):
    """The command line or a setting is wrong."""

    exit_code = 2


class NotReadyError(PanzaError):
    """There is no mail or no model yet for what was asked."""

    exit_code = 3


class Interrupted(PanzaError):
    """The user stopped the work. The message says what was kept and how to go on."""

    exit_code = INTERRUPTED


def explain(error: BaseException) -> str:
    """One plain line on any error, expected or not."""
    if isinstance(error, PanzaError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted; what was stored is kept."
    return _explain_machine_error(error) or _explain_unexpected(error)


def _explain_machine_error(error: BaseException) -> str | None:
    """The line for what the disk or the memory did; None when it was neither."""
    if type(error).__module__.startswith("apsw"):
        return _DATABASE_ERRORS.get(type(error).__name__)
    if isinstance(error, MemoryError):
        return "There is not enough memory for this; what was stored is kept."
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return "The disk is full; what was stored is kept. Make room, then retry."
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}. What was stored is kept."
    return None


def _explain_unexpected(error: BaseException) -> str:
    line = " ".join(str(error).split())[:300]
    return (
        f"Unexpected error ({type(error).__name__}: {line}). What was stored is kept. Run it again "
        "with -vv for the traceback, and please report it."
    )
