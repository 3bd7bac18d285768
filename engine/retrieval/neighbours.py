"""Similar past mails of a mail that a model learns from or is judged on."""

from __future__ import annotations

import json
from collections.abc import Collection

import apsw

from engine.home import Home
from engine.retrieval.search import ranked_hits, without_copies


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
    """At most `k` bodies that a draft with `query` as its instruction would be shown, best first.

    They are from mails that are older than the mail or among `allowed`; never from the mail
    itself, its thread, or a copy or other version of it, which would give the answer away.
    """
    own = connection.execute("SELECT date, thread, body FROM mails WHERE id = ?", (mail_id,)).get
    if own is None or k < 1:
        return []
    date, thread, body = own
    unusable = connection.execute(
        "SELECT id FROM mails WHERE left_out IS NULL AND (thread = ? OR (date >= ? AND id NOT IN "
        "(SELECT value FROM json_each(?))))",
        (thread, date, json.dumps(sorted(allowed))),
    )
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
    return [hit.body for hit in without_copies(hits, k, seen=[body])]
