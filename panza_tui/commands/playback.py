"""`panza-tui playback`: instructions for the mails that have none."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing

import apsw

from engine import database
from engine.errors import NotReadyError, UsageError
from engine.mail.stored.store import StoredMail, kept_mails
from panza_tui.commands.session import Session
from panza_tui.jobs.embed import finish_embedding
from panza_tui.jobs.generators import load_transformers
from panza_tui.jobs.one_writer import one_writer
from panza_tui.jobs.steps import command_in, next_words
from panza_tui.terminal.failures import Interrupted
from panza_tui.terminal.narration import narrated, say
from panza_tui.terminal.sanitise import safe_line


def playback(session: Session, redo: bool, mail_id: int | None) -> None:
    """Write the missing instructions, that of one mail again, or all anew but those by hand."""
    from engine.generators.loading import open_generator
    from training.playback.playback import play_back_all

    home = session.home.prepare()
    settings = session.settings()
    connection = database.connect(home.database)
    with one_writer(home, "panza-tui playback"):
        mails = _chosen(connection, redo, mail_id)
        if mail_id is None:
            finish_embedding(connection, home)
        if not mails:
            say(f"All mails have an instruction. Next: {next_words(home, connection)}")
            return
        loaded = open_generator(
            home,
            connection,
            settings,
            model=None,
            plain_base=True,
            backend=settings.drafting.backend,
            load_transformers=load_transformers(home, settings),
        )
        try:
            with closing(loaded), narrated() as emit:
                report = play_back_all(
                    mails,
                    connection,
                    loaded.generator,
                    settings.playback,
                    model=loaded.base,
                    emit=emit,
                    over_hand=mail_id is not None,
                )
        except KeyboardInterrupt as interrupt:
            raise Interrupted(
                "Interrupted; the instructions written so far are kept. "
                f"Go on with: {command_in(home, 'playback --redo' if redo else 'playback')}"
            ) from interrupt
    if mail_id is not None or session.verbosity:
        _show(connection, {mail.id for mail in mails})
    terse = f", {report.from_notes} of them as terse notes" if report.from_notes else ""
    say(f"Instructions written: {report.written}{terse}. Next: {next_words(home, connection)}")


def _chosen(connection: apsw.Connection, redo: bool, mail_id: int | None) -> list[StoredMail]:
    """The mails without an instruction; with `redo` all but those with one by hand; or the one."""
    kept = kept_mails(connection)
    if not kept:
        raise NotReadyError("There is no mail yet; run 'panza-tui import PATH' first.")
    if mail_id is None:
        settled = "SELECT mail_id FROM instructions WHERE origin = 'hand' OR NOT ?"
        have = {row[0] for row in connection.execute(settled, (redo,))}
        return [mail for mail in kept if mail.id not in have]
    mails = [mail for mail in kept if mail.id == mail_id]
    if not mails:
        raise UsageError(f"There is no kept mail with the number {mail_id}.")
    return mails


def _show(connection: apsw.Connection, wanted: Collection[int]) -> None:
    for number, text, origin in connection.execute(
        "SELECT mail_id, text, origin FROM instructions ORDER BY mail_id"
    ):
        if number in wanted:
            say(f"{number} ({origin}): {safe_line(text)}")
