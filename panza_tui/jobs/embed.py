"""Embed the kept mails for the search by meaning; an interrupted run can be continued."""

from __future__ import annotations

from contextlib import closing

import apsw

from engine.database import database
from engine.errors import Interrupted
from engine.events import Emit
from engine.home.home import Home
from panza_tui.jobs.child_process import ask_child
from panza_tui.jobs.one_writer import one_writer


def embed_missing(home: Home, emit: Emit, who: str) -> int:
    """Embed the kept mails that have no vector yet, and return how many there were.

    who: the name of this writer, shown to others that wait. Raises what `finish_embedding` raises,
    and PanzaError while another writer is running.
    """
    from engine.retrieval.index import embedding_state

    with closing(database.connect(home.database)) as connection:
        embedded = embedding_state(connection)
        if embedded.done >= embedded.total:
            return 0
        with one_writer(home, who, emit):
            return finish_embedding(connection, home, emit)


def embed_missing_in_child(home: Home, emit: Emit, who: str) -> int:
    """Call `embed_missing` in a child process, as embedding many mails would block the app."""
    counts: list[int] = []
    ask_child(home, "embed", [home.root, who], counts.append, emit)
    return sum(counts)


def finish_embedding(connection: apsw.Connection, home: Home, emit: Emit) -> int:
    """Embed the mails without a vector, as a step of a job that holds the home's write lock.

    Raises Interrupted on Ctrl-C; what was embedded before is kept.
    """
    from engine.database.checksums import add_checksums
    from engine.retrieval.index import index_missing

    try:
        embedded = index_missing(connection, home, emit)
        add_checksums(connection)
        return embedded
    except KeyboardInterrupt as interrupt:
        raise Interrupted(
            "Interrupted; the mails are stored. Those not embedded yet are found by their words "
            "only, until the next import, playback or train embeds them."
        ) from interrupt
