"""The command line. It imports nothing heavy at the top: `--help` must be instant.

`panza-tui --ask TEXT …` is rewritten into a hidden command, because a click group can't have an
option that takes the place of a command and an argument `-` as well.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from engine.errors import PanzaError
from engine.home import Home, default_home
from panza_tui import __version__

if TYPE_CHECKING:
    from engine.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

INTERRUPTED = 130


@dataclass(frozen=True)
class Session:
    """What every command is given: where the files lie, and how much to tell."""

    home: Home
    config: Path | None
    verbosity: int

    def settings(self, **overrides: Any) -> Settings:
        """The settings; overrides: `drafting__seed=3` for the setting drafting.seed."""
        from engine.settings import load_settings

        named = {key.replace("__", "."): value for key, value in overrides.items()}
        return load_settings(self.config, named)


def common_options(command: F) -> F:
    """`--home`, `--config` and `-v`, before or after the command's name."""
    for decorate in (
        click.option("--home", type=click.Path(path_type=Path), help="Folder of all files."),
        click.option("--config", type=click.Path(path_type=Path), help="A panza.toml to use."),
        click.option(
            "-v", "--verbose", count=True, help="Say why, for each mail; -vv: with tracebacks."
        ),
    ):
        command = decorate(command)
    return command


def _session(home: Path | None, config: Path | None, verbose: int) -> Session:
    """Join what was given before the command's name with what was given after it."""
    given = click.get_current_context().find_root().params
    chosen = home or given.get("home")
    verbosity = verbose + (given.get("verbose") or 0)
    click.get_current_context().find_root().meta["verbosity"] = verbosity
    return Session(
        Home(chosen.expanduser().absolute()) if chosen else default_home(),
        config or given.get("config"),
        verbosity,
    )


class _AskCommand(click.Command):
    """Shows itself as the option it stands for."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage("panza-tui", "--ask TEXT [OPTIONS] [-]")


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="panza-tui")
@click.option(
    "--ask", metavar="TEXT", help="Draft one mail on stdout; see 'panza-tui --ask --help'."
)
@common_options
@click.pass_context
def cli(
    context: click.Context, ask: str | None, home: Path | None, config: Path | None, verbose: int
) -> None:
    """Draft e-mail in your own voice, wholly on your machine. Without a command: the app."""
    if context.invoked_subcommand is None:
        from panza_tui.app import run_app

        session = _session(None, None, 0)
        context.exit(run_app(session.home.prepare(), session.settings()))


@cli.command(name="ask", cls=_AskCommand, hidden=True)
@click.option(
    "--ask", "instruction", required=True, metavar="TEXT", help="What the mail shall say."
)
@click.option("--to", metavar="ADDR", default="", help="Whom the mail is for.")
@click.option("--max-tokens", type=int, help="Longest draft.")
@click.option("--temperature", type=float, help="0: the likeliest words; more: more varied.")
@click.option("--seed", type=int, help="The same seed gives the same draft.")
@click.option("--backend", type=click.Choice(["auto", "llama-cpp", "transformers"]))
@click.option("--model", metavar="NAME", help="A trained model other than the default one.")
@click.option("--no-retrieval", is_flag=True, help="Show the model no past mails.")
@click.option("--plain-base", is_flag=True, help="The base model instead of the personal one.")
@click.option("--json", "as_json", is_flag=True, help="Draft, sources and timings as JSON.")
@click.argument("stdin", required=False, type=click.Choice(["-"]), metavar="[-]")
@common_options
def ask_command(home: Path | None, config: Path | None, verbose: int, **options: Any) -> None:
    """Draft one mail: its body on stdout, nothing else.

    The mail to answer comes on stdin (a pipe or a file; '-' insists on it): a whole message, a
    mutt or notmuch reply template, an mbox, or plain text. Inside a shell's 'while read' loop
    give it </dev/null.
    """
    from panza_tui.ask import ask

    ask(_session(home, config, verbose), **options)


@cli.command(name="import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--me", multiple=True, metavar="ADDR", help="Your address; repeat for several.")
@common_options
def import_command(
    paths: tuple[Path, ...],
    me: tuple[str, ...],
    home: Path | None,
    config: Path | None,
    verbose: int,
) -> None:
    """Read sent mail from mbox, Maildir, .eml, folders, and zip or tgz of them."""
    from panza_tui.commands.import_mail import import_mail

    import_mail(_session(home, config, verbose), paths, me)


@cli.command(name="search")
@click.argument("query")
@click.option("-k", default=5, type=click.IntRange(1, 1000), help="How many mails at most.")
@click.option("--json", "as_json", is_flag=True)
@common_options
def search_command(
    query: str, k: int, as_json: bool, home: Path | None, config: Path | None, verbose: int
) -> None:
    """Show which past mails a draft would be shown, and why."""
    from panza_tui.commands.search import search

    search(_session(home, config, verbose), query, k, as_json)


@cli.command(name="playback")
@click.option("--mail", "mail_id", type=int, metavar="ID", help="Only this mail, again.")
@common_options
def playback_command(
    mail_id: int | None, home: Path | None, config: Path | None, verbose: int
) -> None:
    """Write instructions for the mails that have none."""
    from panza_tui.commands.playback import playback

    playback(_session(home, config, verbose), mail_id)


@cli.command(name="train")
@click.option("--method", type=click.Choice(["rosa", "lora", "full"]), default="rosa")
@click.option("--name", help="The model's name; default: after its base and method.")
@click.option("--base", metavar="MODEL", help="The base model: a Hugging Face id or a folder.")
@click.option("--epochs", type=int, help="Passes over the mails at most.")
@click.option("--max-steps", type=click.IntRange(1), help="Optimizer steps at most.")
@click.option("--seed", type=int)
@click.option("--resume", metavar="NAME", help="Go on with a run that was stopped.")
@click.option("--json", "as_json", is_flag=True, help="The run's events, one a line.")
@common_options
def train_command(home: Path | None, config: Path | None, verbose: int, **options: Any) -> None:
    """Train a personal model on your mails and their instructions."""
    from panza_tui.commands.train import train

    train(_session(home, config, verbose), **options)


@cli.command(name="export")
@click.argument("name", required=False)
@click.option("--quantize", type=click.Choice(["Q4_K_M", "Q5_K_M", "Q8_0", "F16"]))
@common_options
def export_command(
    name: str | None, quantize: str | None, home: Path | None, config: Path | None, verbose: int
) -> None:
    """Merge a trained model and write it as a GGUF for llama.cpp."""
    from panza_tui.commands.export import export

    export(_session(home, config, verbose), name, quantize)


@cli.command(name="evaluate")
@click.argument("name", required=False)
@click.option("--pairs", type=click.Path(path_type=Path), help="JSON lines {instruction, mail}.")
@click.option("--limit", type=click.IntRange(1), help="Judge on so many mails only.")
@click.option("--json", "as_json", is_flag=True)
@common_options
def evaluate_command(home: Path | None, config: Path | None, verbose: int, **options: Any) -> None:
    """Compare the base and the personal model on held-out mails."""
    from panza_tui.commands.evaluate import evaluate

    evaluate(_session(home, config, verbose), **options)


@cli.command(name="status")
@click.option("--json", "as_json", is_flag=True)
@common_options
def status_command(as_json: bool, home: Path | None, config: Path | None, verbose: int) -> None:
    """Show what is there, what is missing, and the next command."""
    from panza_tui.commands.status import status

    status(_session(home, config, verbose), as_json)


@cli.command(name="doctor")
@common_options
def doctor_command(home: Path | None, config: Path | None, verbose: int) -> None:
    """Check this machine, and say how to mend what is amiss."""
    from panza_tui.commands.doctor import doctor

    click.get_current_context().exit(doctor(_session(home, config, verbose)))


@cli.command(name="demo")
@common_options
def demo_command(home: Path | None, config: Path | None, verbose: int) -> None:
    """Do the whole job on a bundled mailbox, in a throw-away home."""
    from panza_tui.demo.run import demo

    demo(_session(home, config, verbose))


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
    ]
)


def rewrite_ask(arguments: Sequence[str]) -> list[str]:
    """Put the hidden command's name first when `--ask` stands ahead of any command's name."""
    skip = False
    if "--ask" in arguments and arguments[-1] in ("-h", "--help"):
        return ["ask", "--help"]
    for argument in arguments:
        if skip:
            skip = False
        elif argument == "--ask" or argument.startswith("--ask="):
            return ["ask", *arguments]
        elif argument in _TAKES_VALUE:
            skip = True
        elif not argument.startswith("-"):
            break
    return list(arguments)


def main() -> None:
    """Run the command line; every error is one plain line, and the exit code tells its kind."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    context: click.Context | None = None
    try:
        with cli.make_context("panza-tui", rewrite_ask(arguments)) as context:
            result = cli.invoke(context)
            sys.stdout.flush()
            return result if isinstance(result, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except (KeyboardInterrupt, click.Abort):
        return _complain("Interrupted.", INTERRUPTED, context)
    except click.UsageError as error:
        return _complain(f"{error.format_message()} See 'panza-tui --help'.", 2, context)
    except click.ClickException as error:
        return _complain(error.format_message(), error.exit_code, context)
    except PanzaError as error:
        return _complain(str(error), error.exit_code, context)
    except BrokenPipeError:
        # The reader of our stdout has gone; Python must not try to flush it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        kind = type(error).__name__
        line = " ".join(str(error).split())[:300]
        return _complain(
            f"Something went wrong that should not ({kind}: {line}). What was stored is kept; "
            "run it again with -vv and tell us.",
            1,
            context,
        )


def _complain(line: str, exit_code: int, context: click.Context | None) -> int:
    from panza_tui.sanitise import safe_line

    if context is not None and context.meta.get("verbosity", 0) >= 2:
        import traceback

        traceback.print_exc()
    print(f"panza-tui: {safe_line(line)}", file=sys.stderr)
    return exit_code
