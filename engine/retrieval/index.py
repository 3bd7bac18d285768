"""Embed the kept mails: one vector per mail in table `vectors`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import apsw
import numpy as np

from engine.database.database import in_transaction, read_fact, write_fact
from engine.database.stored_rows import read_rows
from engine.events import Emit, Progress
from engine.home.home import Home
from engine.retrieval import embedder

_BATCH = 64
_BATCH_WITHOUT_TORCH = 8  # Small, as a killed run loses one batch: some seconds of work.
_CHUNK = 512  # Mails sorted by length, so that those of a batch are about equally long.
_MAX_WITHOUT_TORCH = 200  # For fewer mails, llama.cpp is faster than importing torch.

_MISSING = """
    SELECT id FROM mails LEFT JOIN vectors ON mail_id = id
    WHERE left_out IS NULL AND mail_id IS NULL ORDER BY date DESC, id
"""
_TEXTS = """
    SELECT id, subject, body FROM mails WHERE id IN (SELECT value FROM json_each(?))
    ORDER BY length(subject) + length(body)
"""


@dataclass(frozen=True)
class EmbeddingState:
    """How many of the kept mails are embedded: `done` of `total`."""

    done: int
    total: int


def embedding_state(connection: apsw.Connection) -> EmbeddingState:
    """Count the embedded mails; embeddings by another embedder do not count."""
    kept = connection.execute("SELECT count(*) FROM mails WHERE left_out IS NULL").get
    vectors = connection.execute("SELECT count(*) FROM vectors").get
    is_current = read_fact(connection, "embedder") == embedder.NAME
    return EmbeddingState(vectors if is_current else 0, kept)


def index_missing(connection: apsw.Connection, home: Home, emit: Emit) -> int:
    """Embed the kept mails without a vector, the newest first, and return how many there were.

    Needs the home's write lock. Each batch is committed, so an interrupted run can be continued.
    Vectors of another embedder are removed first, so that the two are never mixed.
    """
    in_transaction(connection, lambda: _remove_other_vectors(connection))
    missing = [row[0] for row in connection.execute(_MISSING)]
    if not missing:
        return 0
    if len(missing) > _MAX_WITHOUT_TORCH:
        embed, size = embedder.load_bulk_embedder(home), _BATCH
    else:
        embed, size = _embedder_without_torch(home), _BATCH_WITHOUT_TORCH
    start = time.monotonic()
    done = 0
    for batch in _batches(connection, missing, size):
        vectors = embed([text_to_embed(subject, body) for _, subject, body in batch])
        rows = [(row[0], as_blob(vector)) for row, vector in zip(batch, vectors, strict=True)]
        _store(connection, rows)
        done += len(batch)
        rate = done / max(time.monotonic() - start, 1e-9)
        emit(Progress("index", done, len(missing), "mails", rate))
    return len(missing)


def text_to_embed(subject: str, body: str) -> str:
    """Return the text of a mail that is embedded: its subject and the writer's own words."""
    return f"{subject}\n\n{body}".strip()


def as_blob(vector: np.ndarray) -> bytes:
    """Return a vector in the format of table `vectors`: float32, little-endian."""
    return vector.astype("<f4").tobytes()


def _batches(
    connection: apsw.Connection, mails: Sequence[int], size: int
) -> Iterator[list[tuple[int, str, str]]]:
    """Yield batches of (id, subject, body); only one chunk of mails is in memory at a time."""
    for start in range(0, len(mails), _CHUNK):
        chunk = json.dumps(mails[start : start + _CHUNK])
        rows: list[Any] = list(read_rows(connection, "mails", _TEXTS, (chunk,)))
        for first in range(0, len(rows), size):
            yield rows[first : first + size]


def _embedder_without_torch(home: Home) -> Callable[[Sequence[str]], np.ndarray]:
    return lambda texts: np.stack([embedder.embed_query(text, home) for text in texts])


def _remove_other_vectors(connection: apsw.Connection) -> None:
    if read_fact(connection, "embedder") != embedder.NAME:
        connection.execute("DELETE FROM vectors")
        write_fact(connection, "embedder", embedder.NAME)


def _store(connection: apsw.Connection, rows: Sequence[tuple[int, bytes]]) -> None:
    def insert() -> None:
        connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    in_transaction(connection, insert)
