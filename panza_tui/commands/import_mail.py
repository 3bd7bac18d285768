"""`panza-tui import`: ask which address is the user's, import, and print what was kept."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from engine.database import database
from engine.errors import PanzaError, UsageError
from engine.mail.importing.tally import ImportReport
from panza_tui.commands.session import Session
from panza_tui.jobs import import_mail as job
from panza_tui.jobs.steps import next_hint
from panza_tui.terminal.import_preview import MailSample, show_preview
from panza_tui.terminal.import_table import show_table
from panza_tui.terminal.narration import narrated, say
from panza_tui.terminal.sanitise import safe_line
from panza_tui.terminal.signals import stoppable

_CANDIDATES = 8
"""The number of addresses offered; the user's is nearly always among the first."""

_SHOWN_PER_KIND = 2
"""The number of mails of each kind that a dry run shows."""

_SHOWN_PER_KIND_VERBOSE = 5
"""The same with -v."""


def import_mail(
    session: Session,
    paths: Sequence[Path],
    me: Sequence[str],
    *,
    dry_run: bool = False,
    forgotten: bool = False,
) -> None:
    """Import the mails in `paths` that were sent from the user's addresses.

    me: the addresses given with --me; without them, those in the settings or of earlier imports are
    used, else the user is asked. dry_run: show what would be imported, but store nothing.
    forgotten: also import mails that were forgotten.
    """
    home = session.home.prepare()
    settings = session.settings()
    if not (me or job.user_addresses(home, settings)):
        me = _ask_for_address(paths)
    on_skipped = _say_skipped if session.verbosity else None
    if dry_run:
        sample = MailSample(_SHOWN_PER_KIND_VERBOSE if session.verbosity else _SHOWN_PER_KIND)
        with stoppable(), narrated() as emit:
            report = job.preview_import(
                home,
                settings,
                paths,
                me,
                emit,
                on_mail=sample.add,
                on_skipped=on_skipped,
                forgotten=forgotten,
            )
        show_preview(sample, session.verbosity > 0)
        show_table(report)
        say("This was a dry run; nothing was stored. Run it without --dry-run to import.")
        return
    with stoppable(), narrated() as emit:

        def show(report: ImportReport) -> None:
            emit.end_bars()
            show_table(report)

        job.import_mails(
            home,
            settings,
            paths,
            me,
            emit,
            on_stored=show,
            on_skipped=on_skipped,
            forgotten=forgotten,
        )
    with closing(database.connect(home.database)) as connection:
        say(f"Next: {next_hint(home, connection)}")


def _say_skipped(line: str) -> None:
    say(safe_line(line))


def _ask_for_address(paths: Sequence[Path]) -> list[str]:
    """Ask which address is the user's. Raises UsageError with the candidates without a terminal."""
    with narrated() as emit:
        found = job.find_owners(paths, emit)[:_CANDIDATES]
    if not found:
        raise PanzaError("These mails have no senders; name your address or name with --me.")
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        table = ", ".join(f"{address} ({count})" for _, address, count in found)
        raise UsageError(
            f"Name your address or name with --me; nothing was imported. Mails by sender: {table}."
        )
    say("Which of these is you?")
    for number, (name, address, count) in enumerate(found, 1):
        who = f"{name} <{address}>" if address != name else name
        say(f"  {number}. {safe_line(f'{who}: {count}')}")
    answer = click.prompt("Your number, or your address", default="1", err=True).strip()
    if answer.isdigit() and 1 <= int(answer) <= len(found):
        return [found[int(answer) - 1][1]]
    return [answer]
