"""Convert an error to one plain line for the user and an exit code for scripts."""

from __future__ import annotations

import click

from engine import errors
from engine.errors import INTERRUPTED, PanzaError
from panza_tui.terminal.sanitise import safe_line


def explain(error: BaseException) -> tuple[str, int]:
    """Return the line and the exit code for an error that ended a command."""
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
    """Return the line for an error on a screen, safe to show on a terminal."""
    return safe_line(explain(error)[0])
