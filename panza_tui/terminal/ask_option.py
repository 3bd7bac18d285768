"""The option `--ask TEXT`, implemented as a hidden click command named `--ask`.

A click group can't have an option that replaces a command and has further options, so a command
line with `--ask` before any command's name is parsed by that hidden command.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

ASK = "--ask"

_HELP = ("-h", "--help")
_TAKES_VALUE = frozenset(
    [
        "--home",
        "--config",
        "--to",
        "--max-tokens",
        "--temperature",
        "--seed",
        "--backend",
        "--model",
        "-n",
    ]
)


class AskGroup(click.Group):
    """A group that runs the command `--ask` for that option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _as_command(args) if _asks(args) else args)


class AskCommand(click.Command):
    """The command `--ask`, whose help shows it as an option."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage("panza-tui", "--ask TEXT [OPTIONS] [-]")


def _asks(arguments: Sequence[str]) -> bool:
    """Return whether `--ask` comes before any command's name."""
    is_value = False
    for argument in arguments:
        if is_value:
            is_value = False
        elif argument == ASK or argument.startswith(f"{ASK}="):
            return True
        elif argument in _TAKES_VALUE:
            is_value = True
        elif not argument.startswith("-"):
            return False
    return False


def _as_command(arguments: Sequence[str]) -> list[str]:
    """Return arguments with which click runs the command: everything after `--` is parsed by it."""
    if arguments[-1] in _HELP and arguments[-2:-1] == [ASK]:
        arguments = arguments[-1:]  # Show the help, and do not take "--help" as the instruction.
    return ["--", ASK, *arguments]
