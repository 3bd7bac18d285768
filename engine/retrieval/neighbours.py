"""Similar past mails for many mails at once, as training examples show them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import apsw
import numpy as np

_SAME_TEXT = 0.97  # Cosine between two mails from which one would give the other away.


def similar_bodies(
    connection: apsw.Connection,
    queries: Mapping[int, np.ndarray],
    k: int,
    *,
    allowed: Collection[int] = (),
    min_similarity: float = 0.0,
) -> dict[int, list[str]]:
    """Mail id -> at most `k` bodies of similar mails, best first.

    queries: for each mail the unit vector float32 [384] of its instruction. A body is taken from
    mails that are older than the mail or among `allowed`; never from the mail itself, its thread,
    or a near copy of it, which would give the answer away. The same text is never taken twice.
    A mail that is not indexed has none.
    """
    rows: list[Any] = connection.execute(
        "SELECT id, thread, date, body, embedding FROM vectors "
        "JOIN mails ON id = mail_id WHERE left_out IS NULL ORDER BY id"
    ).fetchall()
    if not rows:
        return {mail: [] for mail in queries}
    ids = np.array([row[0] for row in rows])
    threads = np.array([row[1] for row in rows])
    dates = np.array([row[2] for row in rows])
    texts = [" ".join(row[3].split()) for row in rows]
    vectors = np.stack([np.frombuffer(row[4], dtype="<f4") for row in rows])
    free = np.isin(ids, list(allowed))
    places = {mail: place for place, mail in enumerate(ids.tolist())}
    found: dict[int, list[str]] = {}
    for mail, query in queries.items():
        found[mail] = []
        if mail not in places:
            continue
        place = places[mail]
        usable = free | (dates < dates[place])
        usable &= threads != threads[place]
        usable &= vectors @ vectors[place] < _SAME_TEXT
        similarity = np.where(usable, vectors @ query, -np.inf)
        taken = {texts[place]}
        for other in np.argsort(-similarity, kind="stable"):
            if len(found[mail]) == k or similarity[other] < max(min_similarity, -1.0):
                break
            if texts[other] not in taken:
                taken.add(texts[other])
                found[mail].append(rows[other][3])
    return found
