"""Which past mails resemble what is asked for: by meaning and by words, fused.

Vectors are compared exactly, one by one: mailboxes of some ten thousand sent mails need no more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import apsw

from engine.home import Home
from engine.mail.types import Address
from engine.retrieval import embedder
from engine.retrieval.index import as_blob

_CANDIDATES = 50  # The best of each list that take part in the fusion.
_RANK_OFFSET = 60  # Reciprocal rank fusion: Cormack, Clarke and Büttcher, SIGIR 2009.
_WORDS_WEIGHT = 1 / 3  # One shared word is a weaker reason than the whole text's meaning.
_SAME_RECIPIENT = 0.25  # Added to a score; 1.0 is first by meaning and by words.
_QUERY_WORDS = 64


@dataclass(frozen=True)
class Hit:
    """A past mail found. score: 1.0 is first in every list; similarity: cosine, 0 if unknown."""

    id: int
    date: int
    recipients: tuple[Address, ...]
    subject: str
    body: str
    score: float
    similarity: float
    why: str


def search(
    connection: apsw.Connection,
    home: Home,
    query: str,
    k: int,
    *,
    exclude: Collection[int] = (),
    before_date: int | None = None,
    recipient: str = "",
    min_similarity: float = 0.0,
) -> list[Hit]:
    """The `k` kept mails that fit a query best, best first; the same text never twice.

    exclude: ids left out. before_date: only mails older than it (seconds since the epoch).
    recipient: a name or address; mails to it rank higher. min_similarity: below it, a mail that
    shares no telling word with the query is dropped.
    """
    query = query.encode("utf-8", "replace").decode()
    if k < 1 or not query.strip():
        return []
    allowed = "left_out IS NULL AND id NOT IN (SELECT value FROM json_each(:exclude))"
    allowed += " AND (:before IS NULL OR date < :before)"
    bindings = {"exclude": json.dumps(sorted(exclude)), "before": before_date}
    similarity = _by_meaning(connection, home, query, allowed, bindings)
    words = _telling_words(connection, query)
    found_words = _by_words(connection, words, allowed, bindings)
    by_meaning = sorted(similarity, key=lambda mail: -similarity[mail])[:_CANDIDATES]
    by_meaning = [mail for mail in by_meaning if similarity[mail] >= min_similarity]
    scores: dict[int, float] = {}
    for ranking, weight in ((by_meaning, 1 - _WORDS_WEIGHT), (list(found_words), _WORDS_WEIGHT)):
        for rank, mail in enumerate(ranking):
            scores[mail] = scores.get(mail, 0.0) + weight * _RANK_OFFSET / (_RANK_OFFSET + rank)
    hits = [
        _hit(connection, mail, score, similarity.get(mail), found_words.get(mail, []), recipient)
        for mail, score in scores.items()
    ]
    return _without_repeats(sorted(hits, key=lambda hit: (-hit.score, -hit.date)))[:k]


def is_recipient(wanted: str, recipients: Sequence[Address]) -> bool:
    """Whether a name or address, as a person types it, is one of a mail's recipients."""
    wanted = wanted.strip().casefold()
    address = re.search(r"[^\s<>]+@[^\s<>]+", wanted)
    if address:
        return any(address[0] == known for _, known in recipients)
    return bool(wanted) and any(
        wanted in (name.casefold(), *name.casefold().split()) for name, _ in recipients
    )


def _by_meaning(
    connection: apsw.Connection,
    home: Home,
    query: str,
    allowed: str,
    bindings: Mapping[str, str | int | None],
) -> dict[int, float]:
    """Mail id -> cosine of its vector to the query's, for every allowed mail."""
    if connection.execute("SELECT 1 FROM vectors LIMIT 1").get is None:
        return {}
    vector = as_blob(embedder.embed_query(query, home))
    rows = connection.execute(
        "SELECT id, 1 - vec_distance_cosine(embedding, :vector) FROM vectors "
        f"JOIN mails ON id = mail_id WHERE {allowed}",
        {**bindings, "vector": vector},
    )
    return dict(rows)


def _telling_words(connection: apsw.Connection, query: str) -> list[str]:
    """The query's words that few mails hold; the others tell nothing, in any language."""
    words = list(dict.fromkeys(re.findall(r"\w+", query.casefold())))[:_QUERY_WORDS]
    common = max(2, connection.execute("SELECT count(*) FROM mails").get // 20)
    count = "SELECT count(*) FROM (SELECT 1 FROM mails_text WHERE mails_text MATCH ? LIMIT ?)"
    return [
        word
        for word in words
        if 0 < connection.execute(count, (_quoted(word), common + 1)).get <= common
    ]


def _by_words(
    connection: apsw.Connection,
    words: Sequence[str],
    allowed: str,
    bindings: Mapping[str, str | int | None],
) -> dict[int, list[str]]:
    """Mail id -> the telling words it holds, best match (BM25) first."""
    if not words:
        return {}
    best = connection.execute(
        "SELECT id FROM mails_text JOIN mails ON id = mails_text.rowid "
        f"WHERE mails_text MATCH :match AND {allowed} "
        "ORDER BY bm25(mails_text, 2.0, 1.0, 1.0), id LIMIT :limit",
        {**bindings, "match": " OR ".join(map(_quoted, words)), "limit": _CANDIDATES},
    )
    found: dict[int, list[str]] = {row[0]: [] for row in best}
    for word in words:
        for (mail,) in connection.execute(
            "SELECT rowid FROM mails_text WHERE mails_text MATCH ?", (_quoted(word),)
        ):
            if mail in found:
                found[mail].append(word)
    return found


def _quoted(word: str) -> str:
    """A word as an FTS5 string, so that nothing in it is syntax."""
    return '"' + word.replace('"', '""') + '"'


def _hit(
    connection: apsw.Connection,
    mail: int,
    score: float,
    similarity: float | None,
    words: Sequence[str],
    recipient: str,
) -> Hit:
    date, recipients_json, subject, body = connection.execute(
        "SELECT date, recipients, subject, body FROM mails WHERE id = ?", (mail,)
    ).get
    recipients = tuple((name, address) for name, address in json.loads(recipients_json))
    reasons = []
    if similarity is not None:
        reasons.append(f"meaning {similarity:.2f}")
    if words:
        reasons.append(f"words: {', '.join(words)}")
    if is_recipient(recipient, recipients):
        score += _SAME_RECIPIENT
        reasons.append("same recipient")
    why = "; ".join(reasons)
    return Hit(mail, date, recipients, subject, body, score, similarity or 0.0, why)


def _without_repeats(hits: Sequence[Hit]) -> list[Hit]:
    """The first hit of each text; mails are often sent again with another recipient."""
    first: dict[str, Hit] = {}
    for hit in hits:
        first.setdefault(" ".join(hit.body.split()), hit)
    return list(first.values())
