"""Vectors in table `vectors`: the nearest to a query's, and how near given mails are.

Up to 10,000 vectors are compared one by one. Among more, the signs of all are compared first
(Hamming distance of 384 bits, table `signs`) and the vectors of the best thousand after that.
"""

from __future__ import annotations

import json
from collections.abc import Collection

import apsw
import numpy as np

from engine.database import read_fact
from engine.retrieval import embedder
from engine.retrieval.index import as_blob

_EXACT = 10_000
_CANDIDATES = 1_000
_BITS = embedder.DIMENSIONS
_BLOCK = 256  # So many mails' signs are in a row of table `signs`.

_SIMILARITY = "SELECT mail_id, 1 - vec_distance_cosine(embedding, :vector) AS cosine FROM vectors"
_AMONG = "mail_id IN (SELECT value FROM json_each(:mails))"


def is_searchable(connection: apsw.Connection) -> bool:
    """Whether there are vectors, and of this embedder: those of another can't be compared."""
    return (
        read_fact(connection, "embedder") == embedder.NAME
        and connection.execute("SELECT 1 FROM vectors LIMIT 1").fetchone() is not None
    )


def nearest(
    connection: apsw.Connection,
    vector: np.ndarray,
    count: int,
    *,
    exclude: Collection[int] = (),
    exact: bool | None = None,
) -> dict[int, float]:
    """Mail id -> cosine, of the `count` mails nearest to a unit vector, float32 [384], best first.

    exact: compare all vectors; None: when they are few.
    """
    if exact is None:
        # At least as many as there are, and found without counting them.
        exact = (connection.execute("SELECT max(mail_id) FROM vectors").get or 0) <= _EXACT
    if exact:
        where, mails = f"NOT {_AMONG}" if exclude else "TRUE", exclude
    else:
        where, mails = _AMONG, _nearest_by_signs(connection, vector, count, exclude)
    bindings = {"vector": as_blob(vector), "mails": _json(mails), "count": count}
    return dict(
        connection.execute(
            f"{_SIMILARITY} WHERE {where} ORDER BY cosine DESC, mail_id LIMIT :count", bindings
        )
    )


def similarities(
    connection: apsw.Connection, vector: np.ndarray, mails: Collection[int]
) -> dict[int, float]:
    """Mail id -> cosine, of those of `mails` that are embedded."""
    return dict(
        connection.execute(
            f"{_SIMILARITY} WHERE {_AMONG}", {"vector": as_blob(vector), "mails": _json(mails)}
        )
    )


def _nearest_by_signs(
    connection: apsw.Connection, vector: np.ndarray, count: int, exclude: Collection[int]
) -> list[int]:
    """The mails that a vector's nearest are among: a thousand or `count`, and all as near."""
    last = connection.execute("SELECT max(block) FROM signs").get
    if last is None:
        return []
    # Filled row by row: beside a copy of all, the system would have to find more memory each time.
    codes = np.zeros((last + 1, _BLOCK * _BITS // 64), dtype="<u8")
    rows = connection.execute("SELECT block, codes FROM signs WHERE block <= ?", (last,))
    for block, signs in rows:
        codes[block] = np.frombuffer(signs, "<u8")
    codes = codes.reshape(-1, _BITS // 64)
    distances = np.zeros(len(codes), dtype=np.uint16)
    held = np.zeros(len(codes), dtype=np.uint64)
    wanted = np.packbits(vector > 0, bitorder="little").view("<u8")
    for signs, sought in zip(codes.T, wanted, strict=True):
        distances += np.bitwise_count(signs ^ sought)
        held |= signs
    distances[held == 0] = _BITS + 1
    excluded = np.fromiter(exclude, dtype=np.int64)
    distances[excluded[excluded < len(codes)]] = _BITS + 1
    candidates = min(max(_CANDIDATES, count), len(codes))
    farthest = np.partition(distances, candidates - 1)[candidates - 1]
    return np.flatnonzero(distances <= min(farthest, _BITS)).tolist()


def _json(mails: Collection[int]) -> str:
    return json.dumps(sorted(mails))
