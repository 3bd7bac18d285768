"""Errors -> one plain line for a person, and the exit code that tells a script the kind."""

from __future__ import annotations

import click

from engine import errors
from engine.errors import INTERRUPTED, PanzaError
from panza_tui.terminal.sanitise import safe_line


def explain(error: BaseException) -> tuple[str, int]:
    """The line and the exit code for whatever ended a command, errors of click included."""
    if isinstance(error, PanzaError):
        return str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return errors.explain(KeyboardInterrupt()), INTERRUPTED
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "panza-tui"
        return f"{error.format_message()} See '{path} --help'.", error.exit_code
    if isinstance(error, click.ClickException):
        return error.format_message(), error.exit_code
    return errors.explain(error), 1


def one_line(error: BaseException) -> str:
    """The line for whatever failed on a screen, as a terminal can show it."""
    return safe_line(explain(error)[0])
