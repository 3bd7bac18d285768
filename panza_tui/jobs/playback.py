"""Play back mails: have the base model write an instruction for each kept mail."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace

import apsw

from engine.database import database
from engine.database.checksums import add_checksums
from engine.errors import Interrupted, NotReadyError, UsageError
from engine.events import Emit
from engine.home.home import Home
from engine.mail.stored.instructions import (
    MailInstruction,
    instructed_mails,
    read_instructions,
    written_instructions,
)
from engine.mail.stored.store import StoredMail, kept_mails
from engine.settings import Settings
from engine.sizes import counted
from panza_tui.jobs.embed import finish_embedding
from panza_tui.jobs.generators import open_model
from panza_tui.jobs.one_writer import one_writer
from panza_tui.jobs.steps import command_in


@dataclass(frozen=True)
class PlayedBack:
    """The instructions that were written. from_notes: how many of them are terse notes."""

    instructions: tuple[MailInstruction, ...] = ()
    from_notes: int = 0


def play_back(
    home: Home,
    settings: Settings,
    emit: Emit,
    *,
    redo: bool = False,
    mail_id: int | None = None,
) -> PlayedBack:
    """Write the missing instructions, and embed the mails that are not embedded yet.

    redo: rewrite all, except those written by hand. mail_id: rewrite only this mail's, even if it
    was written by hand. Raises Interrupted on Ctrl-C, NotReadyError if there are no mails,
    UsageError if there is no such mail.
    """
    from training.playback.playback import play_back_all

    with (
        closing(database.connect(home.database)) as connection,
        one_writer(home, "panza-tui playback", emit),
    ):
        mails = _choose_mails(connection, redo, mail_id)
        if mail_id is None:
            finish_embedding(connection, home, emit)
        if not mails:
            return PlayedBack()
        before = written_instructions(connection)
        loaded = open_model(home, connection, _for_playback(settings), plain_base=True)
        try:
            with closing(loaded):
                report = play_back_all(
                    mails,
                    connection,
                    loaded.generator,
                    settings,
                    model=loaded.base,
                    emit=emit,
                    reports=loaded.knows_playback,
                    overwrite_manual=mail_id is not None,
                )
        except KeyboardInterrupt as interrupt:
            command = command_in(home, "playback --redo" if redo else "playback")
            count = len(written_instructions(connection) - before)
            kept = (
                f"; the instructions written so far, of {counted(count, 'mail')}, are kept"
                if count
                else " before the first mail had its instructions; nothing was changed"
            )
            raise Interrupted(f"Interrupted{kept}. Continue with: {command}") from interrupt
        add_checksums(connection)
        written = read_instructions(connection, [mail.id for mail in mails])
    return PlayedBack(tuple(written), report.from_notes)


def _for_playback(settings: Settings) -> Settings:
    return replace(settings, model=replace(settings.model, base=settings.playback.model))


def _choose_mails(connection: apsw.Connection, redo: bool, mail_id: int | None) -> list[StoredMail]:
    kept = kept_mails(connection)
    if not kept:
        raise NotReadyError("There is no mail yet; run 'panza-tui import PATH' first.")
    if mail_id is None:
        done = instructed_mails(connection, by_hand=redo)
        return [mail for mail in kept if mail.id not in done]
    mails = [mail for mail in kept if mail.id == mail_id]
    if not mails:
        raise UsageError(f"There is no kept mail with the number {mail_id}.")
    return mails
