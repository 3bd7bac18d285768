"""`panza-tui playback`: instructions for the mails that have none."""

from __future__ import annotations

from engine import database
from engine.errors import NotReadyError, UsageError
from engine.locks import hold_write
from panza_tui.cli import Session
from panza_tui.narration import narrated, say
from panza_tui.sanitise import safe_line


def playback(session: Session, mail_id: int | None) -> None:
    """Write the missing instructions, or that of one mail again."""
    from engine.generators.loading import open_generator
    from engine.mail.store import kept_mails
    from panza_tui.backends import load_transformers
    from training.playback import play_back_all

    home = session.home.prepare()
    settings = session.settings()
    connection = database.connect(home.database)
    with hold_write(home, "panza-tui playback"):
        kept = kept_mails(connection)
        if not kept:
            raise NotReadyError("There is no mail yet; run 'panza-tui import PATH' first.")
        have = {row[0] for row in connection.execute("SELECT mail_id FROM instructions")}
        if mail_id is None:
            mails = [mail for mail in kept if mail.id not in have]
        else:
            mails = [mail for mail in kept if mail.id == mail_id]
            if not mails:
                raise UsageError(f"There is no kept mail with the number {mail_id}.")
        if not mails:
            say("All mails have an instruction. Next: panza-tui train")
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
        with narrated() as emit:
            report = play_back_all(
                mails,
                connection,
                loaded.generator,
                settings.playback,
                model=loaded.base,
                emit=emit,
            )
    if mail_id is not None or session.verbosity:
        wanted = {mail.id for mail in mails}
        for number, text, origin in connection.execute(
            "SELECT mail_id, text, origin FROM instructions ORDER BY mail_id"
        ):
            if number in wanted:
                say(f"{number} ({origin}): {safe_line(text)}")
    terse = f", {report.from_notes} of them as terse notes" if report.from_notes else ""
    say(f"{report.written} instructions written{terse}. Next: panza-tui train")
