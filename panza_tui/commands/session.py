"""The session that every command gets, from the options before or after the command's name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.errors import UsageError
from engine.home.home import Home, default_home
from panza_tui import __version__

if TYPE_CHECKING:
    from engine.settings import Settings


@dataclass(frozen=True)
class Session:
    """The home, the settings file, and how much to print."""

    home: Home
    config: Path | None
    verbosity: int

    def settings(self, **overrides: Any) -> Settings:
        """Load the settings. overrides: `drafting__seed=3` for the setting drafting.seed."""
        from engine.settings import load_settings

        named = {key.replace("__", "."): value for key, value in overrides.items()}
        return load_settings(self.config, named)

    def unlock(self) -> None:
        """Ask for the passphrase of an encrypted home, unless its key is known."""
        if (self.home.root / "key.toml").exists():
            from panza_tui.jobs.encryption import unlock_home
            from panza_tui.terminal.passphrase import ask_passphrase

            unlock_home(self.home, ask_passphrase)


class _HomePath(click.Path):
    """The path of a home; an empty one, as of an unset variable, would be the present folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not str(value):
            raise UsageError(
                "--home is empty; nothing was changed. Name the folder, or leave it out."
            )
        return super().convert(value, param, ctx)


def with_session(command: Callable[..., None]) -> Callable[..., None]:
    """Decorate a command with --home, --config and --verbose, and pass it the unlocked Session."""

    @functools.wraps(command)
    def unlocked(session: Session, **options: Any) -> None:
        session.unlock()
        command(session, **options)

    return with_locked_session(unlocked)


def with_locked_session(command: Callable[..., None]) -> Callable[..., None]:
    """Decorate a command as `with_session` does, but without asking for a passphrase."""

    @click.version_option(__version__, prog_name="panza-tui")
    @click.option("--home", type=_HomePath(path_type=Path), help="Folder for all files.")
    @click.option("--config", type=click.Path(path_type=Path), help="Settings file to use.")
    @click.option(
        "-v", "--verbose", count=True, help="Give reasons for each mail; -vv: tracebacks."
    )
    @functools.wraps(command)
    def with_options(home: Path | None, config: Path | None, verbose: int, **options: Any) -> None:
        command(_open_session(home, config, verbose), **options)

    return with_options


def _open_session(home: Path | None, config: Path | None, verbose: int) -> Session:
    """Merge the options given after the command's name with those given before it."""
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
