"""Hybrid search for past mails: by meaning (embeddings) and by words (full text).

Both scores are scaled to 0..1 and averaged, a convex combination (Bruch, Gai and Ingber, An
Analysis of Fusion Functions for Hybrid Retrieval, ACM TOIS 2023) with equal weights. Reciprocal
rank fusion would lose how much better the best mail is; tests/bench/RESULTS.md compares the two.
The mean is also an absolute measure: mails below a minimum are not shown to the model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import apsw
import numpy as np

from engine.database.stored_rows import read_rows
from engine.errors import PanzaError
from engine.home.home import Home
from engine.left_out import do_without
from engine.mail.stored.store import newest_date, recipients_of
from engine.mail.types import Address
from engine.retrieval import by_meaning, by_words, embedder
from engine.retrieval.by_words import QueryWords
from engine.retrieval.hits import Hit, Reasons
from engine.retrieval.near_copies import are_near_copies, shingles

_CANDIDATES = 50  # The best by meaning, and the best by words.
_RECIPIENT_BONUS = 0.15  # Such a mail shows how the user writes to that person.
_RECENCY_BONUS = 0.02  # For the newest mail, as a tie-breaker; it halves with _HALF_LIFE.
_HALF_LIFE = 2 * 365 * 86_400  # seconds: two years


def search(
    connection: apsw.Connection,
    home: Home,
    query: str,
    k: int,
    *,
    exclude: Collection[int] = (),
    no_copies_of: Sequence[str] = (),
    recipient: str = "",
    min_similarity: float = 0.0,
) -> list[Hit]:
    """Return the `k` kept mails that fit a query best, best first, without near copies.

    A mail that is not embedded yet is ranked by words alone; so are all where the query can't be
    embedded, and the user is told.

    Args:
        exclude: ids of mails to leave out.
        no_copies_of: texts whose near copies are left out.
        recipient: a name or address; mails to it rank higher.
        min_similarity: the minimum, 0 to 1, of the mean of both scores.
    """
    if k < 1:
        return []
    ranked = ranked_hits(
        connection,
        home,
        query,
        exclude=exclude,
        recipient=recipient,
        min_similarity=min_similarity,
        count=k,
        by_words_if_needed=True,
    )
    return list(remove_near_copies(ranked, k, seen=no_copies_of))


def ranked_hits(
    connection: apsw.Connection,
    home: Home,
    query: str,
    *,
    exclude: Collection[int] = (),
    recipient: str = "",
    min_similarity: float = 0.0,
    count: int = 0,
    by_words_if_needed: bool = False,
) -> list[Hit]:
    """Return all mails that search() chooses from, best first; at least `count` if so many fit.

    by_words_if_needed: whether to search by words alone where the query can't be embedded, such as
    in a home that can only be read; otherwise this raises PanzaError.
    """
    query = query.encode("utf-8", "replace").decode()
    if not query.strip():
        return []
    count = max(_CANDIDATES, 2 * count)
    words = by_words.query_words(connection, query)
    matching = by_words.best_matches(connection, words, count, exclude=exclude)
    candidates = set(matching)
    similarity: dict[int, float] = {}
    if recipient.strip():
        candidates |= set(by_words.mails_to(connection, recipient, count)) - set(exclude)
    vector = None
    if by_meaning.is_searchable(connection):
        vector = _embed(query, home, by_words_if_needed)
    if vector is not None:
        similarity = by_meaning.nearest(connection, vector, count, exclude=exclude)
        others = candidates - similarity.keys()
        similarity |= by_meaning.similarities(connection, vector, others)
    scores = _combine(candidates | similarity.keys(), words, matching, similarity)
    good = {mail: score for mail, score in scores.items() if score >= min_similarity and score > 0}
    hits = _load_hits(connection, good, words, similarity, recipient)
    return sorted(hits, key=lambda hit: (-hit.score, -hit.date, hit.id))


def remove_near_copies(hits: Sequence[Hit], k: int, seen: Sequence[str] = ()) -> Iterator[Hit]:
    """Yield the first `k` hits that are no near copy of an earlier one, nor of a text in `seen`."""
    known = [shingles(text) for text in seen]
    wanted = len(known) + k
    for hit in hits:
        if len(known) == wanted:
            return
        own = shingles(hit.body)
        if not any(are_near_copies(own, other) for other in known):
            known.append(own)
            yield hit


def is_recipient(wanted: str, recipients: Sequence[Address]) -> bool:
    """Return whether a name or address, as a person types it, is one of a mail's recipients."""
    wanted = wanted.strip().casefold()
    if not wanted:
        return False
    address = re.search(r"[^\s<>]+@[^\s<>]+", wanted)
    if address:
        return any(address[0] == known.casefold() for _, known in recipients)
    return any(wanted in (name.casefold(), *name.casefold().split()) for name, _ in recipients)


def _embed(query: str, home: Home, by_words_if_needed: bool) -> np.ndarray | None:
    try:
        return embedder.embed_query(query, home)
    except PanzaError as error:
        if not by_words_if_needed:
            raise
        do_without(f"Past mails were searched by their words alone. {error}")
        return None


def _combine(
    candidates: Collection[int],
    words: QueryWords,
    matching: Mapping[int, float],
    similarity: Mapping[int, float],
) -> dict[int, float]:
    """Return mail id -> mean of the scores by meaning and by words, 0 to 1.

    The score by words is the mean of coverage, the share of the query in the mail, and BM25, scaled
    to the same maximum, which also counts the words' frequency and the mail's length.
    """
    coverage = {mail: words.coverage(mail) for mail in candidates}
    scale = max(coverage.values(), default=0.0) / max(max(matching.values(), default=0.0), 1e-9)
    scores = {}
    for mail in candidates:
        by_words_score = (coverage[mail] + scale * max(matching.get(mail, 0.0), 0.0)) / 2
        cosine = similarity.get(mail)
        scores[mail] = by_words_score if cosine is None else (max(cosine, 0.0) + by_words_score) / 2
    return scores


def _load_hits(
    connection: apsw.Connection,
    scores: dict[int, float],
    words: QueryWords,
    similarity: dict[int, float],
    recipient: str,
) -> Iterator[Hit]:
    newest = newest_date(connection)
    rows = read_rows(
        connection,
        "mails",
        "SELECT id, date, subject, body, recipients FROM mails "
        "WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(scores)),),
        lambda row: (*row[:4], recipients_of(row[4])),
    )
    for mail, date, subject, body, recipients in rows:
        reasons = Reasons(
            words=words.distinctive_in(mail),
            similarity=similarity.get(mail),
            same_recipient=is_recipient(recipient, recipients),
            recency=0.5 ** (max(newest - date, 0) / _HALF_LIFE),
        )
        score = (
            scores[mail]
            + _RECIPIENT_BONUS * reasons.same_recipient
            + _RECENCY_BONUS * reasons.recency
        )
        yield Hit(mail, date, recipients, subject, body, score, reasons)
