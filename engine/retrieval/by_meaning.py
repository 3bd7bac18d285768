"""Search by meaning: the cosine similarity of mails' embeddings to a query's.

Up to 10,000 embeddings are all compared. Of more, the signs of their components are compared first
(Hamming distance of 384 bits, table `signs`), and then the embeddings of the best thousand.
"""

from __future__ import annotations

import json
from collections.abc import Collection

import apsw
import numpy as np

from engine.database.database import read_fact
from engine.database.rows import each_row
from engine.retrieval import embedder
from engine.retrieval.index import as_blob

_MAX_EXACT = 10_000
_CANDIDATES = 1_000
_BITS = embedder.DIMENSIONS
_BLOCK = 256  # mails in one row of table `signs`

_SIMILARITY = "SELECT mail_id, 1 - vec_distance_cosine(embedding, :vector) AS cosine FROM vectors"
_IN_MAILS = "mail_id IN (SELECT value FROM json_each(:mails))"


def is_searchable(connection: apsw.Connection) -> bool:
    """Return whether there are embeddings of this embedder; those of another can't be compared."""
    return (
        read_fact(connection, "embedder") == embedder.NAME
        and connection.execute("SELECT 1 FROM vectors LIMIT 1").get is not None
    )


def nearest(
    connection: apsw.Connection,
    vector: np.ndarray,
    count: int,
    *,
    exclude: Collection[int] = (),
    exact: bool | None = None,
) -> dict[int, float]:
    """Return mail id -> cosine similarity of the `count` mails nearest to a vector, best first.

    vector: of length 1, float32 [384]. exact: compare all embeddings; None: if they are few.
    """
    if exact is None:
        # The highest id is an upper limit of their number, and faster than counting them.
        exact = (connection.execute("SELECT max(mail_id) FROM vectors").get or 0) <= _MAX_EXACT
    if exact:
        where, mails = f"NOT {_IN_MAILS}" if exclude else "TRUE", exclude
    else:
        where, mails = _IN_MAILS, _nearest_by_signs(connection, vector, count, exclude)
    bindings = {"vector": as_blob(vector), "mails": _json(mails), "count": count}
    return dict(
        connection.execute(
            f"{_SIMILARITY} WHERE {where} ORDER BY cosine DESC, mail_id LIMIT :count", bindings
        )
    )


def similarities(
    connection: apsw.Connection, vector: np.ndarray, mails: Collection[int]
) -> dict[int, float]:
    """Return mail id -> cosine similarity of those of `mails` that are embedded."""
    return dict(
        connection.execute(
            f"{_SIMILARITY} WHERE {_IN_MAILS}", {"vector": as_blob(vector), "mails": _json(mails)}
        )
    )


def _nearest_by_signs(
    connection: apsw.Connection, vector: np.ndarray, count: int, exclude: Collection[int]
) -> list[int]:
    """Return candidates for the nearest mails: at least 1000 and `count`, ties included."""
    last = connection.execute("SELECT max(block) FROM signs").get
    if last is None:
        return []
    # Filled row by row, to avoid a second copy of all codes in memory.
    codes = np.zeros((last + 1, _BLOCK * _BITS // 64), dtype="<u8")
    query = "SELECT block, codes FROM signs WHERE block <= ?"
    for block, signs in each_row(connection, query, (last,)):
        codes[block] = np.frombuffer(signs, "<u8")
    codes = codes.reshape(-1, _BITS // 64)
    distances = np.zeros(len(codes), dtype=np.uint16)
    any_bits = np.zeros(len(codes), dtype=np.uint64)
    query_code = np.packbits(vector > 0, bitorder="little").view("<u8")
    for column, query_part in zip(codes.T, query_code, strict=True):
        distances += np.bitwise_count(column ^ query_part)
        any_bits |= column
    distances[any_bits == 0] = _BITS + 1  # no embedding
    excluded = np.fromiter(exclude, dtype=np.int64)
    distances[excluded[excluded < len(codes)]] = _BITS + 1
    candidates = min(max(_CANDIDATES, count), len(codes))
    farthest = np.partition(distances, candidates - 1)[candidates - 1]
    return np.flatnonzero(distances <= min(farthest, _BITS)).tolist()


def _json(mails: Collection[int]) -> str:
    return json.dumps(sorted(mails))
