"""Embedding: kept mails into the search index by meaning. It goes on where it was stopped."""

from __future__ import annotations

from contextlib import closing

import apsw

from engine import database
from engine.errors import Interrupted
from engine.events import Emit
from engine.home import Home
from panza_tui.jobs.child_process import ask_child
from panza_tui.jobs.one_writer import one_writer


def embed_missing(home: Home, emit: Emit, who: str) -> int:
    """Embed the kept mails that have no vector yet; returns how many.

    who: names this writer to others. Raises as `finish_embedding`, or PanzaError while another
    writer is at work.
    """
    from engine.retrieval.index import embedding_state

    with closing(database.connect(home.database)) as connection:
        embedded = embedding_state(connection)
        if embedded.done >= embedded.total:
            return 0
        with one_writer(home, who, emit):
            return finish_embedding(connection, home, emit)


def embed_missing_in_child(home: Home, emit: Emit, who: str) -> int:
    """The same in a child process, so that embedding many mails does not stall the app."""
    counts: list[int] = []
    ask_child(home, "embed", [home.root, who], counts.append, emit)
    return sum(counts)


def finish_embedding(connection: apsw.Connection, home: Home, emit: Emit) -> int:
    """Embed what is missing, as a stage of a job that holds the home's write lock.

    Raises Interrupted on Ctrl-C; what is embedded by then is kept.
    """
    from engine.retrieval.index import index_missing

    try:
        return index_missing(connection, home, emit)
    except KeyboardInterrupt as interrupt:
        raise Interrupted(
            "Interrupted; the mails are stored. Those not embedded yet are found by their words "
            "alone, until the next import, playback or train has embedded them."
        ) from interrupt
