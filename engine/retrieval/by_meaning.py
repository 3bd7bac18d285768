"""Vectors in table `vectors`: the nearest to a query's, and how near given mails are.

Up to 20,000 vectors are compared one by one. Among more, the signs of all are compared first
(Hamming distance of 384 bits) and the vectors of the best thousand after that.
"""

from __future__ import annotations

import json
from collections.abc import Collection

import apsw
import numpy as np

from engine.database import read_fact
from engine.retrieval import embedder
from engine.retrieval.index import as_blob

_EXACT = 20_000
_CANDIDATES = 1_000

_NEAR_BY_SIGNS = """
    mail_id IN (
        SELECT mail_id FROM vectors INDEXED BY vectors_code {where}
        ORDER BY vec_distance_hamming(vec_bit(code), vec_quantize_binary(:vector))
        LIMIT :candidates
    )
"""
# Asked of each of many vectors, this takes a quarter of the time: only where something is left out.
_NOT_EXCLUDED = "mail_id NOT IN (SELECT value FROM json_each(:exclude))"
_SIMILARITY = "SELECT mail_id, 1 - vec_distance_cosine(embedding, :vector) AS cosine FROM vectors"


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
    bindings = {"vector": as_blob(vector), "count": count}
    where = ""
    if exclude:
        where = f"WHERE {_NOT_EXCLUDED}"
        bindings["exclude"] = json.dumps(sorted(exclude))
    if not exact:
        where = f"WHERE {_NEAR_BY_SIGNS.format(where=where)}"
        bindings["candidates"] = max(_CANDIDATES, count)
    return dict(
        connection.execute(
            f"{_SIMILARITY} {where} ORDER BY cosine DESC, mail_id LIMIT :count", bindings
        )
    )


def similarities(
    connection: apsw.Connection, vector: np.ndarray, mails: Collection[int]
) -> dict[int, float]:
    """Mail id -> cosine, of those of `mails` that are embedded."""
    return dict(
        connection.execute(
            f"{_SIMILARITY} WHERE mail_id IN (SELECT value FROM json_each(:mails))",
            {"vector": as_blob(vector), "mails": json.dumps(sorted(mails))},
        )
    )
