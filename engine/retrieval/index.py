"""Keeps one vector a kept mail in table `vectors`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import apsw
import numpy as np

from engine.database import in_transaction, read_fact, write_fact
from engine.events import Emit, Progress
from engine.home import Home
from engine.retrieval import embedder

_BATCH = 64
_BATCH_ONE_BY_ONE = 8  # A kill loses no more than a batch: some seconds of work.
_CHUNK = 512  # Mails put in order of length, so that those of a batch are about equally long.
_FEW = 200  # So many mails are embedded by llama.cpp before sentence-transformers is imported.

_MISSING = """
    SELECT id FROM mails LEFT JOIN vectors ON mail_id = id
    WHERE left_out IS NULL AND mail_id IS NULL ORDER BY date DESC, id
"""
_TEXTS = """
    SELECT id, subject, body FROM mails WHERE id IN (SELECT value FROM json_each(?))
    ORDER BY length(subject) + length(body)
"""


@dataclass(frozen=True)
class Embedded:
    """How many of the kept mails can be found by their meaning."""

    done: int
    of: int


def embedding_state(connection: apsw.Connection) -> Embedded:
    """How far the embedding is; not begun where another embedder made the vectors."""
    kept = connection.execute("SELECT count(*) FROM mails WHERE left_out IS NULL").get
    vectors = connection.execute("SELECT count(*) FROM vectors").get
    return Embedded(vectors if read_fact(connection, "embedder") == embedder.NAME else 0, kept)


def index_missing(connection: apsw.Connection, home: Home, emit: Emit) -> int:
    """Embed the kept mails that have no vector, the newest first; returns how many.

    Needs the home's write lock. Each batch is committed, so an interrupted run is gone on with.
    The vectors of another embedder all go first, in one transaction: the two are never mixed.
    """
    in_transaction(connection, lambda: _remove_those_of_another(connection))
    missing = [row[0] for row in connection.execute(_MISSING)]
    if not missing:
        return 0
    if len(missing) > _FEW:
        embed, size = embedder.bulk_embedder(home), _BATCH
    else:
        embed, size = _one_by_one(home), _BATCH_ONE_BY_ONE
    begun = time.monotonic()
    done = 0
    for batch in _batches(connection, missing, size):
        vectors = embed([indexed_text(subject, body) for _, subject, body in batch])
        rows = [(row[0], as_blob(vector)) for row, vector in zip(batch, vectors, strict=True)]
        _store(connection, rows)
        done += len(batch)
        rate = done / max(time.monotonic() - begun, 1e-9)
        emit(Progress("index", done, len(missing), "mails", rate))
    return len(missing)


def indexed_text(subject: str, body: str) -> str:
    """What of a mail is embedded: its subject and the writer's own words."""
    return f"{subject}\n\n{body}".strip()


def as_blob(vector: np.ndarray) -> bytes:
    """A vector as table `vectors` keeps it: float32, little-endian."""
    return vector.astype("<f4").tobytes()


def _batches(
    connection: apsw.Connection, mails: Sequence[int], size: int
) -> Iterator[list[tuple[int, str, str]]]:
    """(id, subject, body) of mails by the batch; no more than a chunk's texts are in memory."""
    for start in range(0, len(mails), _CHUNK):
        chunk = json.dumps(mails[start : start + _CHUNK])
        rows: list[Any] = connection.execute(_TEXTS, (chunk,)).fetchall()
        for first in range(0, len(rows), size):
            yield rows[first : first + size]


def _one_by_one(home: Home) -> Callable[[Sequence[str]], np.ndarray]:
    return lambda texts: np.stack([embedder.embed_query(text, home) for text in texts])


def _remove_those_of_another(connection: apsw.Connection) -> None:
    if read_fact(connection, "embedder") != embedder.NAME:
        connection.execute("DELETE FROM vectors")
        write_fact(connection, "embedder", embedder.NAME)


def _store(connection: apsw.Connection, rows: Sequence[tuple[int, bytes]]) -> None:
    def insert() -> None:
        connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    in_transaction(connection, insert)
