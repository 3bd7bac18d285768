"""`panza-tui import`: archives into the database, and the search index over them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import apsw
import click

from engine import database
from engine.errors import PanzaError, UsageError
from engine.mail.importing.tally import ImportReport
from panza_tui.commands.session import Session
from panza_tui.jobs.embed import finish_embedding
from panza_tui.jobs.one_writer import one_writer
from panza_tui.jobs.steps import next_words
from panza_tui.terminal.failures import Interrupted
from panza_tui.terminal.narration import narrated, say
from panza_tui.terminal.sanitise import safe_line
from panza_tui.terminal.signals import stoppable

_CANDIDATES = 8
_SHOWN_OF_EACH = 2  # mails of each kind in a dry run; with -v
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
    settled = session.settings().user.addresses
    for path in paths:
        if not path.exists():
            raise PanzaError(f"There is no file or folder {path}; nothing was imported.")
    connection = database.connect(home.database)
    if not (me or settled or _known_addresses(connection)):
        me = _ask_who(paths)
    from engine.mail.importing.importing import import_archives

    read = partial(
        import_archives,
        connection,
        paths,
        me,
        tell=_tell_why if session.verbosity else None,
        settled=settled,
        forgotten=forgotten,
    )
    with one_writer(home, "panza-tui import"), stoppable():
        if dry_run:
            _preview(read, session.verbosity > 0)
            return
        _store(read)
        finish_embedding(connection, session.home)
    say(f"Next: {next_words(home, connection)}")


def _store(read: Callable[..., ImportReport]) -> None:
    from panza_tui.terminal.import_table import show_table

    try:
        with narrated() as emit:
            report = read(emit=emit)
    except KeyboardInterrupt as interrupt:
        raise Interrupted(
            "Interrupted; nothing of this import was stored, and what was there is kept. "
            "Import again to begin anew."
        ) from interrupt
    show_table(report)


def _preview(read: Callable[..., ImportReport], verbose: bool) -> None:
    """The same reading, undone at its end: own words beside the original, and the table."""
    from panza_tui.terminal.import_preview import Spread, show_preview
    from panza_tui.terminal.import_table import show_table

    spread = Spread(_SHOWN_OF_EACH_VERBOSE if verbose else _SHOWN_OF_EACH)
    try:
        with narrated() as emit:
            report = read(emit=emit, show=spread.look_at, dry_run=True)
    except KeyboardInterrupt as interrupt:
        raise Interrupted("Interrupted; nothing was stored.") from interrupt
    show_preview(spread, verbose)
    show_table(report)
    say("Nothing was stored: that was a dry run. The same without --dry-run imports.")


def _tell_why(line: str) -> None:
    say(safe_line(line))


def _known_addresses(connection: apsw.Connection) -> list[str]:
    return json.loads(database.read_fact(connection, "user.addresses") or "[]")


def _ask_who(paths: Sequence[Path]) -> list[str]:
    """The user's address as confirmed on the terminal. UsageError with the candidates elsewhere."""
    from engine.mail.importing.importing import find_addresses

    with narrated() as emit:
        found = find_addresses(paths, emit)[:_CANDIDATES]
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
