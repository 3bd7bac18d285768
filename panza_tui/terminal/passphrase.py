"""Ask for a passphrase: in a file, or on the terminal without showing it. Never an argument."""

from __future__ import annotations

import os
import sys

import click

from engine.encryption.unlocked import NobodyToAskError
from engine.errors import Interrupted, UsageError

FILE = "PANZA_PASSPHRASE_FILE"
"""The environment variable that names a file with the passphrase; /dev/fd/3 is a descriptor."""

NEW_FILE = "PANZA_NEW_PASSPHRASE_FILE"
"""The same for the new passphrase of `encrypt rekey`."""

_LONGEST = 4096


def given_passphrase(what: str) -> str:
    """Return the passphrase that is in a file. Raises NobodyToAskError if there is none."""
    given = _in_file(FILE)
    if given is None:
        raise NobodyToAskError(f"{what}: {FILE} names no file with it; nothing was changed.")
    return given


def ask_passphrase(what: str) -> str:
    """Return the passphrase of a home. Raises NobodyToAskError if nobody can be asked."""
    given = _in_file(FILE)
    return _typed(what) if given is None else given


def ask_new_passphrase(what: str, variable: str = FILE) -> str:
    """Return a passphrase to set, typed twice, or in the file that the variable names.

    Raises NobodyToAskError if nobody can be asked.
    """
    if (given := _in_file(variable)) is not None:
        return given
    typed = _typed(what)
    if _typed("The same again") != typed:
        raise UsageError("The two passphrases are not the same; nothing was changed.")
    return typed


def _in_file(variable: str) -> str | None:
    """Return the first line of the file that a variable names; None if it names none."""
    path = os.environ.get(variable)
    if not path:
        return None
    try:
        with open(path, encoding="utf-8-sig") as file:  # Some editors begin with a mark.
            line = file.readline(_LONGEST + 1).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise UsageError(f"{variable}: {path} can't be read ({why}).") from error
    if not line:
        raise UsageError(f"{variable}: {path} is empty.")
    if len(line) > _LONGEST:  # A device, or another file; the end must not be cut off unsaid.
        raise UsageError(f"{variable}: the first line of {path} is too long for a passphrase.")
    return line


def _typed(what: str) -> str:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise NobodyToAskError(
            "There is no terminal to ask for the passphrase of the home; nothing was changed. "
            f"Name a file with it in {FILE}, or keep the key in the system's keyring."
        )
    try:
        return click.prompt(what, hide_input=True, err=True)
    except click.Abort as error:
        raise Interrupted("Interrupted; nothing was changed.") from error
