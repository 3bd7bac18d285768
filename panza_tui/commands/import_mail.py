"""`panza-tui import`: asks whose mails they are, imports, and shows what became of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from engine import database
from engine.errors import PanzaError, UsageError
from engine.mail.importing.tally import ImportReport
from panza_tui.commands.session import Session
from panza_tui.jobs import import_mail as job
from panza_tui.jobs.steps import next_words
from panza_tui.terminal.import_preview import Spread, show_preview
from panza_tui.terminal.import_table import show_table
from panza_tui.terminal.narration import narrated, say
from panza_tui.terminal.sanitise import safe_line
from panza_tui.terminal.signals import stoppable

_CANDIDATES = 8
"""Addresses that are offered; the user's is nearly always among the first."""

_SHOWN_OF_EACH = 2
"""Mails of each kind that a dry run shows; with -v the second number."""

_SHOWN_OF_EACH_VERBOSE = 5


def import_mail(
    session: Session,
    paths: Sequence[Path],
    me: Sequence[str],
    *,
    dry_run: bool = False,
    forgotten: bool = False,
) -> None:
    """Import the sent mails of `paths`, from the addresses of --me, the settings, or a question.

    dry_run: show what would be done, and store nothing. forgotten: take back forgotten mails.
    """
    home = session.home.prepare()
    settings = session.settings()
    if not (me or job.user_addresses(home, settings)):
        me = _ask_who(paths)
    tell = _tell_why if session.verbosity else None
    if dry_run:
        spread = Spread(_SHOWN_OF_EACH_VERBOSE if session.verbosity else _SHOWN_OF_EACH)
        with stoppable(), narrated() as emit:
            report = job.preview_import(
                home, settings, paths, me, emit, show=spread.add, tell=tell, forgotten=forgotten
            )
        show_preview(spread, session.verbosity > 0)
        show_table(report)
        say("Nothing was stored: that was a dry run. The same without --dry-run imports.")
        return
    with stoppable(), narrated() as emit:

        def show(report: ImportReport) -> None:
            emit.end_bars()
            show_table(report)

        job.import_mails(
            home, settings, paths, me, emit, on_stored=show, tell=tell, forgotten=forgotten
        )
    with closing(database.connect(home.database)) as connection:
        say(f"Next: {next_words(home, connection)}")


def _tell_why(line: str) -> None:
    say(safe_line(line))


def _ask_who(paths: Sequence[Path]) -> list[str]:
    """The user's address, confirmed on the terminal; elsewhere UsageError with the candidates."""
    with narrated() as emit:
        found = job.find_owners(paths, emit)[:_CANDIDATES]
    if not found:
        raise PanzaError("The mails in there name no senders; say who you are with --me.")
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        table = ", ".join(f"{address} ({count})" for _, address, count in found)
        raise UsageError(
            f"Say which address is yours with --me; nothing was imported. Mails by sender: {table}."
        )
    say("Which of these is you?")
    for number, (name, address, count) in enumerate(found, 1):
        say(f"  {number}. {safe_line(f'{name} <{address}>: {count}')}")
    answer = click.prompt("Your number, or your address", default="1", err=True).strip()
    if answer.isdigit() and 1 <= int(answer) <= len(found):
        return [found[int(answer) - 1][1]]
    return [answer]
