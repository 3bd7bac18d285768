"""`panza-tui import`: archives into the database, and the search index over them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine import database
from engine.errors import PanzaError, UsageError
from engine.locks import hold_write
from panza_tui.cli import Session
from panza_tui.narration import narrated, say
from panza_tui.sanitise import safe_line

if TYPE_CHECKING:
    from engine.mail.importing import ImportReport

_CANDIDATES = 8


def import_mail(session: Session, paths: Sequence[Path], me: Sequence[str]) -> None:
    """Import the sent mails of `paths`; the addresses come from --me, the settings, or a question."""
    from engine.mail.importing import import_archives

    home = session.home.prepare()
    settings = session.settings()
    for path in paths:
        if not path.exists():
            raise PanzaError(f"There is no file or folder {path}; nothing was imported.")
    connection = database.connect(home.database)
    addresses = [*me, *settings.user.addresses]
    if not addresses:
        addresses = _known_addresses(connection) or _ask_who(paths)
    with hold_write(home, "panza-tui import"):
        with narrated() as emit:
            report = import_archives(
                connection, paths, addresses, emit, _tell_why if session.verbosity else None
            )
        _report(report)
        from engine.retrieval.index import index_missing

        with narrated() as emit:
            index_missing(connection, home, emit)
    say("Next: panza-tui playback")


def _report(report: ImportReport) -> None:
    """What was read and what became of it, in plain lines on stderr."""
    say(
        f"{report.read} messages read: {report.sent} sent by you, {report.received} received, "
        f"{report.broken} unreadable."
    )
    say(f"{report.kept} are learnt from; {report.new} of them are new.")
    left_out = dict(report.left_out)
    if report.duplicates:
        left_out["duplicates"] = report.duplicates
    if left_out:
        reasons = ", ".join(f"{count} {reason}" for reason, count in left_out.items())
        say(f"Left out: {reasons}.")


def _tell_why(line: str) -> None:
    say(safe_line(line))


def _known_addresses(connection: object) -> list[str]:
    import json

    stored = database.read_fact(connection, "user.addresses")  # type: ignore[arg-type]
    return json.loads(stored) if stored else []


def _ask_who(paths: Sequence[Path]) -> list[str]:
    """The user's address as confirmed on the terminal. UsageError with the candidates elsewhere."""
    from engine.mail.importing import find_addresses

    with narrated() as emit:
        found = find_addresses(paths, emit)[:_CANDIDATES]
    if not found:
        raise PanzaError("No mail was found in there; nothing was imported.")
    table = "; ".join(f"{address} ({count} mails)" for _, address, count in found)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"Say which address is yours with --me. Found: {table}")
    say("Who are you? Senders found:")
    for number, (name, address, count) in enumerate(found, 1):
        say(safe_line(f"  {number}. {name} <{address}>, {count} mails"))
    answer = click.prompt("Your number, or your address", default="1", err=True)
    if answer.isdigit() and 1 <= int(answer) <= len(found):
        return [found[int(answer) - 1][1]]
    return [answer.strip()]
