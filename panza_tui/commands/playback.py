"""`panza-tui playback`: write instructions for the mails that have none."""

from __future__ import annotations

from contextlib import closing

from engine.database import database
from panza_tui.commands.session import Session
from panza_tui.jobs.playback import play_back
from panza_tui.jobs.steps import next_hint
from panza_tui.terminal.narration import narrated, say
from panza_tui.terminal.sanitise import safe_line


def playback(session: Session, redo: bool, mail_id: int | None) -> None:
    """Write the missing instructions, or rewrite one, or rewrite all except those by hand."""
    settings = session.settings()
    home = session.home.require()
    with narrated() as emit:
        written = play_back(home, settings, emit, redo=redo, mail_id=mail_id)
    with closing(database.connect(home.database)) as connection:
        following = next_hint(home, connection)
    if not written.instructions:
        say(f"All mails have an instruction. Next: {following}")
        return
    if mail_id is not None or session.verbosity:
        for one in written.instructions:
            say(f"{one.mail_id} ({one.origin}): {safe_line(one.text)}")
    terse = f", {written.from_notes} of them as terse notes" if written.from_notes else ""
    say(f"Instructions written: {len(written.instructions)}{terse}. Next: {following}")
