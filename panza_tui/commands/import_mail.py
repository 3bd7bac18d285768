"""`panza-tui import`: archives into the database, and the search index over them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import apsw
import click

from engine import database
from engine.errors import PanzaError, UsageError
from panza_tui.failures import Interrupted
from panza_tui.narration import narrated, say
from panza_tui.one_writer import one_writer
from panza_tui.sanitise import safe_line
from panza_tui.session import Session
from panza_tui.steps import next_words

if TYPE_CHECKING:
    from engine.mail.importing import ImportReport

_CANDIDATES = 8


def import_mail(session: Session, paths: Sequence[Path], me: Sequence[str]) -> None:
    """Import the sent mails of `paths`, from the addresses of --me, the settings, or a question."""
    home = session.home.prepare()
    settings = session.settings()
    for path in paths:
        if not path.exists():
            raise PanzaError(f"There is no file or folder {path}; nothing was imported.")
    connection = database.connect(home.database)
    addresses = [*me, *settings.user.addresses]
    if not addresses:
        addresses = _known_addresses(connection) or _ask_who(paths)
    with one_writer(home, "panza-tui import"):
        _store(session, connection, paths, addresses)
        _index(session, connection)
    say(f"Next: {next_words(home, connection)}")


def _store(
    session: Session, connection: apsw.Connection, paths: Sequence[Path], addresses: Sequence[str]
) -> None:
    from engine.mail.importing import import_archives

    tell = _tell_why if session.verbosity else None
    try:
        with narrated() as emit:
            report = import_archives(connection, paths, addresses, emit, tell)
    except KeyboardInterrupt as interrupt:
        raise Interrupted(
            "Interrupted; nothing of this import was stored, and what was there is kept. "
            "Import again to begin anew."
        ) from interrupt
    _report(report)


def _index(session: Session, connection: apsw.Connection) -> None:
    from engine.retrieval.index import index_missing

    try:
        with narrated() as emit:
            index_missing(connection, session.home, emit)
    except KeyboardInterrupt as interrupt:
        raise Interrupted(
            "Interrupted; the mails are stored, and part of them can be searched. "
            "Import the same again to finish the search index."
        ) from interrupt


def _report(report: ImportReport) -> None:
    """What was read and what became of it, in plain lines on stderr."""
    say(
        f"Messages read: {report.read} ({report.sent} sent by you, {report.received} received, "
        f"{report.broken} unreadable)."
    )
    say(f"Learnt from: {report.kept}, of which {report.new} are new.")
    left_out = dict(report.left_out)
    if report.duplicates:
        left_out["duplicates"] = report.duplicates
    if left_out:
        reasons = ", ".join(f"{count} {reason}" for reason, count in left_out.items())
        say(f"Left out: {reasons}.")


def _tell_why(line: str) -> None:
    say(safe_line(line))


def _known_addresses(connection: apsw.Connection) -> list[str]:
    return json.loads(database.read_fact(connection, "user.addresses") or "[]")


def _ask_who(paths: Sequence[Path]) -> list[str]:
    """The user's address as confirmed on the terminal. UsageError with the candidates elsewhere."""
    from engine.mail.importing import find_addresses

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
