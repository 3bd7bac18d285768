"""The embedding as a stage of commands: it goes on where an earlier one was stopped."""

from __future__ import annotations

import apsw

from engine.home import Home
from panza_tui.terminal.failures import Interrupted
from panza_tui.terminal.narration import narrated


def finish_embedding(connection: apsw.Connection, home: Home) -> None:
    """Embed the mails that can't be found by their meaning yet, with progress.

    Needs the home's write lock. Raises Interrupted on Ctrl-C; what is embedded by then is kept.
    """
    from engine.retrieval.index import index_missing

    try:
        with narrated() as emit:
            index_missing(connection, home, emit)
    except KeyboardInterrupt as interrupt:
        raise Interrupted(
            "Interrupted; the mails are stored. Those not embedded yet are found by their words "
            "alone, until the next import, playback or train has embedded them."
        ) from interrupt
