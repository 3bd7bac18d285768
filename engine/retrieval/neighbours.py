"""Find past mails similar to a stored mail, for training and evaluation."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import apsw

from engine.home.home import Home
from engine.mail.own_words.pasted_code import without_code
from engine.retrieval.search import ranked_hits, remove_near_copies


def similar_bodies(
    connection: apsw.Connection,
    home: Home,
    mail_id: int,
    query: str,
    k: int,
    *,
    allowed: Collection[int] = (),
    recipient: str = "",
    min_similarity: float = 0.0,
) -> list[str]:
    """Return at most `k` bodies that a draft for the instruction `query` would be based on.

    Best first, without pasted code, from mails that are older than the mail or among `allowed`. The
    mail itself, its thread and its near copies are left out, as they would contain the answer.
    """
    own = connection.execute("SELECT date, thread, body FROM mails WHERE id = ?", (mail_id,)).get
    if own is None or k < 1:
        return []
    date, thread, body = own
    unusable: list[Any] = connection.execute(
        "SELECT id FROM mails WHERE left_out IS NULL AND (thread = ? OR (date >= ? AND id NOT IN "
        "(SELECT value FROM json_each(?))))",
        (thread, date, json.dumps(sorted(allowed))),
    ).fetchall()
    exclude = [row[0] for row in unusable]
    hits = ranked_hits(
        connection,
        home,
        query,
        exclude=exclude,
        recipient=recipient,
        min_similarity=min_similarity,
        count=k,
    )
    return [without_code(hit.body) for hit in remove_near_copies(hits, k, seen=[body])]
