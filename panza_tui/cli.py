"""The command line. Nothing heavy is imported at the top, so that `--help` is instant."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from engine.errors import INTERRUPTED
from engine.events import EVENTS_FILE, Failed, Finished, Warn
from engine.home.home import model_name
from engine.left_out import left_out_lines
from engine.subprocesses import protect_process
from panza_tui.commands.session import Session, with_locked_session, with_session
from panza_tui.terminal.ask_option import ASK, AskCommand, AskGroup
from panza_tui.terminal.failures import explain
from panza_tui.terminal.narration import record, say
from panza_tui.terminal.streams import drop_stdout, prepare_streams

MODEL = click.types.FuncParamType(model_name)
"""The type of a model's name, so that an empty or impossible one is refused before any work."""

_COMPLETION = "_PANZA_TUI_COMPLETE"


@click.group(
    cls=AskGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--ask", metavar="TEXT", help="Draft one mail on stdout; see 'panza-tui --ask --help'."
)
@with_locked_session
def cli(session: Session, ask: str | None) -> None:
    """Draft e-mail in your own voice, entirely on your machine. Without a command, open the app."""
    context = click.get_current_context()
    if context.invoked_subcommand is None:
        # Nothing allocated before the first paint is garbage, and collecting delays it by a tenth.
        gc.disable()
        try:
            from panza_tui.app import run_app

            home, tracebacks = session.home.prepare(), session.verbosity >= 2
            context.exit(run_app(home, session.settings, session.config, tracebacks=tracebacks))
        finally:
            gc.enable()


@cli.command(name=ASK, cls=AskCommand, hidden=True)
@click.option(
    "--ask", "instruction", required=True, metavar="TEXT", help="What the email should say."
)
@click.option("--to", metavar="ADDR", default="", help="Who the email is for.")
@click.option("--max-tokens", metavar="N", type=int, help="Maximum length of the draft.")
@click.option(
    "--temperature",
    metavar="X",
    type=float,
    help="0: the likeliest words; higher: more varied.",
)
@click.option("--seed", metavar="N", type=int, help="The same seed gives the same draft.")
@click.option("--backend", type=click.Choice(["auto", "llama-cpp", "transformers"]))
@click.option(
    "--model", metavar="NAME", type=MODEL, help="A trained model other than the default one."
)
@click.option("--no-retrieval", is_flag=True, help="Show the model no past mails.")
@click.option("--plain-base", is_flag=True, help="Use the base model instead of the personal one.")
@click.option("--fast", is_flag=True, help="Take the first draft, unchecked.")
@click.option("--eml", is_flag=True, help="Print headers and body, ready for a drafts folder.")
@click.option("--quote", is_flag=True, help="Quote the answered mail below the draft.")
@click.option(
    "-n",
    "count",
    metavar="N",
    type=click.IntRange(1, 100),
    help="Write N different drafts, separated by lines with a form feed; with --eml: an mbox.",
)
@click.option("--json", "as_json", is_flag=True, help="Print draft, sources and timings as JSON.")
@click.argument("stdin", required=False, type=click.Choice(["-"]), metavar="[-]")
@with_session
def ask_command(session: Session, **options: Any) -> None:
    """Draft a mail and print its body, nothing else, on stdout.

    TEXT may be @FILE, or @- for stdin, as other users can see a command's arguments; a text that
    begins with "@" is written "@@".

    The mail to answer is read from stdin (a pipe or a file; '-' requires one): a whole message, a
    mutt or notmuch reply template, an mbox, or plain text. Inside a shell's 'while read' loop, add
    </dev/null.
    """
    from panza_tui.commands.ask import ask

    ask(session, **options)


@cli.command(name="import")
@click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path)
)
@click.option(
    "--me", multiple=True, metavar="ADDR", help="Your address, or name; repeat for several."
)
@click.option("--dry-run", is_flag=True, help="Show what would be kept, and store nothing.")
@click.option("--forgotten", is_flag=True, help="Also import mails that were forgotten.")
@with_session
def import_command(session: Session, paths: tuple[Path, ...], **options: Any) -> None:
    """Import the mail you sent.

    PATH is an mbox, a Maildir, an .eml file, a folder of them, or a zip or tgz of them, such as
    Google Takeout's. Without --me you are asked which address is yours.
    """
    from panza_tui.commands.import_mail import import_mail

    import_mail(session, paths, **options)


@cli.command(name="search")
@click.argument("query")
@click.option(
    "-k", metavar="N", default=5, type=click.IntRange(1, 1000), help="Maximum number of mails."
)
@click.option("--json", "as_json", is_flag=True)
@with_session
def search_command(session: Session, query: str, k: int, as_json: bool) -> None:
    """Show which past mails a draft would be based on, and why."""
    from panza_tui.commands.search import search

    search(session, query, k, as_json)


@cli.command(name="playback")
@click.option("--redo", is_flag=True, help="Rewrite all of them, except those edited by hand.")
@click.option(
    "--mail",
    "mail_id",
    type=int,
    metavar="ID",
    help="Rewrite this mail's instruction only, even if edited by hand.",
)
@with_session
def playback_command(session: Session, redo: bool, mail_id: int | None) -> None:
    """Write instructions for the mails that have none."""
    from panza_tui.commands.playback import playback

    playback(session, redo, mail_id)


@cli.command(name="train")
@click.option("--method", type=click.Choice(["rosa", "lora", "full"]), help="Default: rosa.")
@click.option(
    "--name", metavar="NAME", type=MODEL, help="The model's name; default: base and method."
)
@click.option(
    "--base",
    metavar="MODEL",
    help="The base model: a GGUF file, ollama:NAME, a Hugging Face id or a folder.",
)
@click.option("--epochs", metavar="N", type=int, help="Maximum number of passes over the mails.")
@click.option("--max-steps", metavar="N", type=click.IntRange(1), help="Maximum number of steps.")
@click.option("--seed", metavar="N", type=int, help="Seed of shuffling and initial weights.")
@click.option("--resume", metavar="NAME", type=MODEL, help="Resume a run that was stopped.")
@click.option(
    "--update",
    metavar="NAME",
    type=MODEL,
    help="Go on from a trained model with new mails and the drafts you accepted.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the run's events as JSON lines.")
@with_session
def train_command(session: Session, **options: Any) -> None:
    """Train a personal model on your mails and their instructions."""
    from panza_tui.commands.train import train

    train(session, **options)


@cli.command(name="export")
@click.argument("name", required=False, type=MODEL)
@click.option("--quantize", type=click.Choice(["Q4_K_M", "Q5_K_M", "Q8_0", "F16"]))
@click.option("--ollama", is_flag=True, help="Also write a Modelfile, and print its path.")
@with_session
def export_command(session: Session, **options: Any) -> None:
    """Merge a trained model and write it as a GGUF for llama.cpp."""
    from panza_tui.commands.export import export

    export(session, **options)


@cli.command(name="evaluate")
@click.argument("name", required=False, type=MODEL)
@click.option(
    "--compare",
    is_flag=True,
    help="All models on the same base, with and without past mails and choosing the best draft.",
)
@click.option(
    "--pairs",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Evaluate on a file of JSON lines {instruction, mail, to?, thread?}.",
)
@click.option(
    "--others",
    metavar="MBOX",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Mail of other people, to tell your writing from; repeat for more.",
)
@click.option(
    "--probes",
    metavar="[FILE]",
    is_flag=False,
    flag_value="",
    help="Also draft for sense probes: the 200 bundled ones, or those of a file.",
)
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(1),
    help="Evaluate on N mails at most, and as many probes, requests and questions.",
)
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown, with all drafts.")
@click.option("--json", "as_json", is_flag=True)
@with_session
def evaluate_command(session: Session, **options: Any) -> None:
    """Compare the base and the personal model on held-out mails.

    Takes seconds for each mail. Interrupted, it goes on where it was when it is run again.
    """
    from panza_tui.commands.evaluate import evaluate

    evaluate(session, **options)


@cli.command(name="serve")
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    help="Port of 127.0.0.1; default: 8642, 0: any free one.",
)
@click.option(
    "--socket",
    "path",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Listen on a Unix socket instead.",
)
@click.option(
    "--origin",
    "origins",
    metavar="ORIGIN",
    multiple=True,
    help="A web page or 'moz-extension://*' (Thunderbird add-ons) that may ask; repeat for more.",
)
@click.option("--fast", is_flag=True, help="Take the first draft, unchecked, and stream it.")
@with_session
def serve_command(session: Session, **options: Any) -> None:
    """Draft for other programs on this machine, by OpenAI's API.

    They need the address printed on stdout, and the key in the file that is named on stderr. No
    other machine can connect.
    """
    from panza_tui.commands.serve import serve

    serve(session, **options)


@cli.command(name="models")
@click.option("--json", "as_json", is_flag=True)
@with_session
def models_command(session: Session, as_json: bool) -> None:
    """List your models, and the base models on this disk.

    Of each base model: what it is, whether it drafts, can be trained here and exported, and what
    training it takes. They are found in the folders of Ollama, LM Studio, GPT4All, llama.cpp and
    Jan, and in the Hugging Face cache.
    """
    from panza_tui.commands.models import models

    models(session, as_json)


@cli.command(name="status")
@click.option("--json", "as_json", is_flag=True)
@with_session
def status_command(session: Session, as_json: bool) -> None:
    """Show what exists, what is missing, and the next command to run."""
    from panza_tui.commands.status import status

    status(session, as_json)


@cli.command(name="backup")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--no-models", is_flag=True, help="Leave out the trained models.")
@with_session
def backup_command(session: Session, file: Path, no_models: bool) -> None:
    """Write everything to one file, and check it.

    The app and a training run may go on meanwhile. Do not copy panza.db instead: while the app is
    open, its newest content is not in that file yet.
    """
    from panza_tui.commands.backup import backup

    backup(session, file, no_models)


@cli.command(name="restore")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the backup, and restore nothing.")
@with_locked_session
def restore_command(session: Session, file: Path, dry_run: bool) -> None:
    """Replace everything by a backup.

    The backup is checked first. What was there before is kept in a folder of the home.
    """
    from panza_tui.commands.backup import restore

    restore(session, file, dry_run)


@cli.command(name="encrypt")
@click.argument("action", type=click.Choice(["on", "off", "rekey", "status"]))
@click.option(
    "--keyring", is_flag=True, help="With on and rekey: keep the key in the system's keyring, too."
)
@with_locked_session
def encrypt_command(session: Session, action: str, keyring: bool) -> None:
    """Encrypt everything in the home, with a passphrase.

    on, off: encrypt it, decrypt it. rekey: change the passphrase. status: say how it is. The
    passphrase is asked for, or read from the file that PANZA_PASSPHRASE_FILE names; a new one from
    that in PANZA_NEW_PASSPHRASE_FILE.
    """
    from panza_tui.commands.encrypt import encrypt

    encrypt(session, action, keyring)


@cli.command(name="doctor")
@click.option("--check", is_flag=True, help="Also compare all that is stored with its checksums.")
@click.option("--repair", is_flag=True, help="Repair what is damaged, then check it.")
@with_session
def doctor_command(session: Session, check: bool, repair: bool) -> None:
    """Check this machine, and say how to fix what is wrong.

    --repair makes damaged indexes again, and moves the rows of a damaged database to a new one; the
    damaged one is kept.
    """
    from panza_tui.commands.doctor import doctor

    click.get_current_context().exit(doctor(session, check, repair))


@cli.command(name="demo")
@with_locked_session
def demo_command(session: Session) -> None:
    """Run every step on a bundled mailbox, in a temporary home."""
    from panza_tui.commands.demo import demo

    demo()


@cli.command(name="forget")
@click.option("--mail", "mail_id", type=int, metavar="ID", help="Remove this mail.")
@click.option("--model", metavar="NAME", type=MODEL, help="Remove this model and all its files.")
@click.option("--all", "everything", is_flag=True, help="Remove all mails, drafts and models.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@with_locked_session
def forget_command(session: Session, **options: Any) -> None:
    """Remove a mail, a model, or everything, permanently.

    A forgotten mail does not come back when its archive is imported again.
    """
    from panza_tui.commands.forget import forget

    forget(session, **options)


def main() -> None:
    """Run the command line, and exit with a code that says how it ended."""
    prepare_streams()
    protect_process()
    if _COMPLETION in os.environ:
        from click.shell_completion import shell_complete

        sys.exit(shell_complete(cli, {}, "panza-tui", _COMPLETION, os.environ[_COMPLETION]))
    if EVENTS_FILE in os.environ:
        # A background job may inherit an ignored SIGINT, but must be stopped by it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; an error is printed as one plain line."""
    context: click.Context | None = None
    try:
        with cli.make_context("panza-tui", list(arguments)) as context:
            cli.invoke(context)
            sys.stdout.flush()
            for line in left_out_lines():
                record(Warn(line))
                say(f"Note: {line}")
            record(Finished())
            return 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except BrokenPipeError:
        drop_stdout()  # Nobody reads it any more.
        return 0
    except (Exception, KeyboardInterrupt) as error:
        from panza_tui.terminal.sanitise import safe_line

        if context is not None and context.meta.get("verbosity", 0) >= 2:
            import traceback

            traceback.print_exc()
        line, exit_code = explain(error)
        record(Failed(safe_line(line), resumable=exit_code == INTERRUPTED))
        print(f"panza-tui: {safe_line(line)}", file=sys.stderr)
        try:
            sys.stdout.flush()
        except OSError:  # On a full disk the rest can't be written either.
            drop_stdout()
        return exit_code
