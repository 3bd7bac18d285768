"""Keeps one vector a kept mail in table `vectors`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import apsw
import numpy as np

from engine.database import in_transaction, read_fact, write_fact
from engine.events import Emit, Progress
from engine.home import Home
from engine.retrieval import embedder

_BATCH = 64
_FEW = 200  # So many mails are embedded by llama.cpp before sentence-transformers is imported.


def index_missing(connection: apsw.Connection, home: Home, emit: Emit) -> int:
    """Embed the kept mails that have no vector; returns how many. Needs the home's write lock.

    Each batch is committed, so an interrupted run is gone on with. Vectors of mails that are no
    longer kept are removed, and all of them when another embedder made them.
    """
    in_transaction(connection, lambda: _remove_stale(connection))
    missing: list[Any] = connection.execute(
        "SELECT id, subject, body FROM mails LEFT JOIN vectors ON mail_id = id "
        "WHERE left_out IS NULL AND mail_id IS NULL ORDER BY id"
    ).fetchall()
    if not missing:
        return 0
    embed = _embedder_for(len(missing), home)
    begun = time.monotonic()
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        vectors = embed([indexed_text(subject, body) for _, subject, body in batch])
        rows = [(row[0], as_blob(vector)) for row, vector in zip(batch, vectors, strict=True)]
        _store(connection, rows)
        done = start + len(batch)
        rate = done / max(time.monotonic() - begun, 1e-9)
        emit(Progress("index", done, len(missing), "mails", rate))
    return len(missing)


def indexed_text(subject: str, body: str) -> str:
    """What of a mail is embedded: its subject and the writer's own words."""
    return f"{subject}\n\n{body}".strip()


def as_blob(vector: np.ndarray) -> bytes:
    """A vector as table `vectors` keeps it: float32, little-endian."""
    return vector.astype("<f4").tobytes()


def _embedder_for(count: int, home: Home) -> Callable[[Sequence[str]], np.ndarray]:
    if count > _FEW:
        return embedder.bulk_embedder(home)
    return lambda texts: np.stack([embedder.embed_query(text, home) for text in texts])


def _remove_stale(connection: apsw.Connection) -> None:
    if read_fact(connection, "embedder") != embedder.NAME:
        connection.execute("DELETE FROM vectors")
        write_fact(connection, "embedder", embedder.NAME)
    connection.execute(
        "DELETE FROM vectors WHERE mail_id IN (SELECT id FROM mails WHERE left_out IS NOT NULL)"
    )


def _store(connection: apsw.Connection, rows: Sequence[tuple[int, bytes]]) -> None:
    def insert() -> None:
        connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    in_transaction(connection, insert)
