"""The session that every command is given, and the options that come before or after its name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.home import Home, default_home
from panza_tui import __version__

if TYPE_CHECKING:
    from engine.settings import Settings


@dataclass(frozen=True)
class Session:
    """Where the files are, and how much to print."""

    home: Home
    config: Path | None
    verbosity: int

    def settings(self, **overrides: Any) -> Settings:
        """The settings; overrides: `drafting__seed=3` for the setting drafting.seed."""
        from engine.settings import load_settings

        named = {key.replace("__", "."): value for key, value in overrides.items()}
        return load_settings(self.config, named)


def with_session(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command its Session, and the options that make it."""

    @click.version_option(__version__, prog_name="panza-tui")
    @click.option("--home", type=click.Path(path_type=Path), help="Folder of all files.")
    @click.option("--config", type=click.Path(path_type=Path), help="A panza.toml to use.")
    @click.option(
        "-v", "--verbose", count=True, help="Say why, for each mail; -vv: with tracebacks."
    )
    @functools.wraps(command)
    def opened(home: Path | None, config: Path | None, verbose: int, **options: Any) -> None:
        command(_open_session(home, config, verbose), **options)

    return opened


def _open_session(home: Path | None, config: Path | None, verbose: int) -> Session:
    """Join the options given after the command's name with those given before it."""
    context = click.get_current_context()
    root = context.find_root()
    given = root.params
    chosen = home or given.get("home")
    if context is not root:
        verbose += given.get("verbose") or 0
    root.meta["verbosity"] = verbose
    return Session(
        Home(chosen.expanduser().absolute()) if chosen else default_home(),
        config or given.get("config"),
        verbose,
    )
