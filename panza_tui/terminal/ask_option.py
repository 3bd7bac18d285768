"""`--ask TEXT` on the outside, a command on the inside.

A click group can't have an option that takes the place of a command and brings options of its own,
so a command line with `--ask` ahead of any command's name is read as that of a hidden command,
which nobody can type: its name is `--ask`.
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
    """A group whose option `--ask` is a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _as_command(args) if _asks(args) else args)


class AskCommand(click.Command):
    """Shows itself as the option it stands for."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage("panza-tui", "--ask TEXT [OPTIONS] [-]")


def _asks(arguments: Sequence[str]) -> bool:
    """Whether `--ask` stands ahead of any command's name."""
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
    """The same for click: everything belongs to the command behind the `--`."""
    if arguments[-1] in _HELP and arguments[-2:-1] == [ASK]:
        arguments = arguments[-1:]  # Not a mail that shall say "--help".
    return ["--", ASK, *arguments]
