"""Which past mails fit what is asked for: by meaning and by words, fused.

Both signals are brought to 0..1 and averaged, as in convex combination (Bruch, Gai and Ingber, An
Analysis of Fusion Functions for Hybrid Retrieval, ACM TOIS 2023), here with equal weights.
Reciprocal rank fusion loses how much better the best is; tests/bench/RESULTS.md has both. The mean
is a measure of its own too: what lies below a floor fits nothing and is not handed to the model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import apsw

from engine.home import Home
from engine.mail.types import Address
from engine.retrieval import by_meaning, by_words, embedder
from engine.retrieval.by_words import QueryWords
from engine.retrieval.hits import Hit, Reasons
from engine.retrieval.near_copies import are_near_copies, shingles

_CANDIDATES = 50  # The best by each signal are looked at closely.
_SAME_RECIPIENT = 0.15  # Added to the score: such a mail shows how the person is greeted.
_RECENT = 0.02  # Added for the newest mail, half of it two years before: it settles ties.
_HALF_LIFE = 2 * 365 * 86_400


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
    """The `k` kept mails that fit a query best, best first; of copies and versions the best one.

    exclude: ids left out. no_copies_of: texts whose near copies are left out. recipient: a name or
    address; mails to it rank higher. min_similarity: the floor, 0 to 1, of the mean of meaning and
    words. Of a mail that is not embedded yet, words alone count.
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
    )
    return list(without_copies(ranked, k, seen=no_copies_of))


def ranked_hits(
    connection: apsw.Connection,
    home: Home,
    query: str,
    *,
    exclude: Collection[int] = (),
    recipient: str = "",
    min_similarity: float = 0.0,
    count: int = 0,
) -> list[Hit]:
    """All mails that search() chooses from, best first; at least `count` where so many fit."""
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
    if by_meaning.is_searchable(connection):
        vector = embedder.embed_query(query, home)
        similarity = by_meaning.nearest(connection, vector, count, exclude=exclude)
        others = candidates - similarity.keys()
        similarity |= by_meaning.similarities(connection, vector, others)
    fits = _fits(candidates | similarity.keys(), words, matching, similarity)
    fitting = {mail: fit for mail, fit in fits.items() if fit >= min_similarity and fit > 0}
    hits = _load(connection, fitting, words, similarity, recipient)
    return sorted(hits, key=lambda hit: (-hit.score, -hit.date, hit.id))


def without_copies(hits: Sequence[Hit], k: int, seen: Sequence[str] = ()) -> Iterator[Hit]:
    """The first `k` hits that are no near copy of an earlier one, nor of a text `seen`."""
    taken = [shingles(text) for text in seen]
    enough = len(taken) + k
    for hit in hits:
        if len(taken) == enough:
            return
        own = shingles(hit.body)
        if not any(are_near_copies(own, other) for other in taken):
            taken.append(own)
            yield hit


def is_recipient(wanted: str, recipients: Sequence[Address]) -> bool:
    """Whether a name or address, as a person types it, is one of a mail's recipients."""
    wanted = wanted.strip().casefold()
    if not wanted:
        return False
    address = re.search(r"[^\s<>]+@[^\s<>]+", wanted)
    if address:
        return any(address[0] == known.casefold() for _, known in recipients)
    return any(wanted in (name.casefold(), *name.casefold().split()) for name, _ in recipients)


def _fits(
    candidates: Collection[int],
    words: QueryWords,
    matching: Mapping[int, float],
    similarity: Mapping[int, float],
) -> dict[int, float]:
    """Mail id -> fit, 0 to 1.

    By words a mail fits as far as it covers the query; BM25, which also counts how often and in how
    long a mail, is brought to the same scale and has the same say.
    """
    coverage = {mail: words.coverage(mail) for mail in candidates}
    scale = max(coverage.values(), default=0.0) / max(max(matching.values(), default=0.0), 1e-9)
    fits = {}
    for mail in candidates:
        by_word = (coverage[mail] + scale * max(matching.get(mail, 0.0), 0.0)) / 2
        meaning = similarity.get(mail)
        fits[mail] = by_word if meaning is None else (max(meaning, 0.0) + by_word) / 2
    return fits


def _load(
    connection: apsw.Connection,
    fits: dict[int, float],
    words: QueryWords,
    similarity: dict[int, float],
    recipient: str,
) -> Iterator[Hit]:
    newest = connection.execute("SELECT max(date) FROM mails").get or 0
    rows = connection.execute(
        "SELECT id, date, recipients, subject, body FROM mails "
        "WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(fits)),),
    )
    for mail, date, people, subject, body in rows:
        recipients = tuple((name, address) for name, address in json.loads(people))
        reasons = Reasons(
            words=words.told_by(mail),
            similarity=similarity.get(mail),
            same_recipient=is_recipient(recipient, recipients),
            recency=0.5 ** (max(newest - date, 0) / _HALF_LIFE),
        )
        score = fits[mail] + _SAME_RECIPIENT * reasons.same_recipient + _RECENT * reasons.recency
        yield Hit(mail, date, recipients, subject, body, score, reasons)
