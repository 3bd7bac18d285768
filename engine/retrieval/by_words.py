"""Full-text search: the mails that contain a query's words, ranked by BM25.

Frequent words are left out, so that no list of stop words is needed in any language: a word in
more than half of the mails has no weight in BM25, and of the others the rarest are used.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import apsw

from engine.database.rows import each_row

_MAX_WORDS = 64  # of a query
_MIN_FREQUENT = 20  # mails; in a small mailbox, a word in over half of the mails still counts
_MAX_ROWS = 3_000  # of all words together; scoring a row takes a microsecond
_DISTINCTIVE_SHARE, _MIN_DISTINCTIVE = 10, 2  # a tenth of all mails, but at least two mails
# BM25 weights of subject, body and recipients.
_WEIGHTS = "2.0, 1.0, 1.0"

_MATCHES = "SELECT rowid FROM mails_text WHERE mails_text MATCH ?"
_COUNT = f"SELECT count(*) FROM ({_MATCHES} LIMIT ?)"
_RANKED = f"""
    SELECT rowid, -bm25(mails_text, {_WEIGHTS}) AS score FROM mails_text
    WHERE mails_text MATCH ? ORDER BY score DESC, rowid
"""
_IS_KEPT = "SELECT 1 FROM mails INDEXED BY mails_kept WHERE id = ? AND left_out IS NULL"


@dataclass(frozen=True)
class QueryWords:
    """The words of a query that are searched for.

    weights: word -> inverse document frequency, the rarest first. mails: word -> the mails that
    contain it. total: the sum of the weights, including those of words that no mail contains.
    distinctive: the words in at most one mail in ten.
    """

    weights: dict[str, float]
    mails: dict[str, frozenset[int]]
    total: float
    distinctive: frozenset[str]

    def coverage(self, mail: int) -> float:
        """Return the share of the query, by weight, that a mail contains: 0 to 1."""
        found = sum(weight for word, weight in self.weights.items() if mail in self.mails[word])
        return found / self.total if self.total else 0.0

    def distinctive_in(self, mail: int) -> tuple[str, ...]:
        """Return the distinctive words that a mail contains, the rarest first."""
        return tuple(w for w in self.weights if w in self.distinctive and mail in self.mails[w])


def query_words(connection: apsw.Connection, query: str) -> QueryWords:
    """Look up the words of a query in the full-text index."""
    mails: int = connection.execute("SELECT count(*) FROM mails").get
    limit = min(max(_MIN_FREQUENT, mails // 2), _MAX_ROWS)
    counts: dict[str, int] = {}
    missing = 0
    # Long words tend to be rare; with them first, the limit falls before the frequent ones.
    for word in sorted(_split_words(query), key=len, reverse=True):
        count: int = connection.execute(_COUNT, (_quote(word), limit + 1)).get
        if not count:
            missing += 1
        elif count <= limit:
            counts[word] = count
            limit = _lower_limit(counts.values(), limit)
    rarest: dict[str, frozenset[int]] = {}
    rows_used = 0
    for word in sorted(counts, key=counts.__getitem__):
        rows_used += counts[word]
        if rows_used > _MAX_ROWS and rarest:
            break
        rows: list[Any] = connection.execute(_MATCHES, (_quote(word),)).fetchall()
        rarest[word] = frozenset(row[0] for row in rows)
    weights = {word: _inverse_frequency(len(rarest[word]), mails) for word in rarest}
    max_distinctive = max(_MIN_DISTINCTIVE, mails // _DISTINCTIVE_SHARE)
    return QueryWords(
        weights,
        rarest,
        sum(weights.values()) + missing * _inverse_frequency(0, mails),
        frozenset(word for word in rarest if len(rarest[word]) <= max_distinctive),
    )


def best_matches(
    connection: apsw.Connection, words: QueryWords, count: int, *, exclude: Collection[int] = ()
) -> dict[int, float]:
    """Return mail id -> BM25 score of the `count` kept mails that match best, best first."""
    if not words.weights:
        return {}
    match = " OR ".join(map(_quote, words.weights))
    excluded = frozenset(exclude)
    best: dict[int, float] = {}
    # Only the best are checked for being kept, not all of possibly thousands.
    for mail, score in each_row(connection, _RANKED, (match,)):
        if len(best) == count:
            break
        if mail not in excluded and connection.execute(_IS_KEPT, (mail,)).get:
            best[mail] = score
    return best


def mails_to(connection: apsw.Connection, recipient: str, count: int) -> list[int]:
    """Return the `count` last imported kept mails to a recipient, by name or address."""
    words = _split_words(recipient)
    if not words:
        return []
    match = f"recipients : ({' AND '.join(map(_quote, words))})"
    rows: list[Any] = connection.execute(
        "SELECT rowid FROM mails_text WHERE mails_text MATCH ? AND EXISTS (SELECT 1 FROM mails "
        "INDEXED BY mails_kept WHERE id = mails_text.rowid AND left_out IS NULL) "
        "ORDER BY rowid DESC LIMIT ?",
        (match, count),
    ).fetchall()
    return [row[0] for row in rows]


def _split_words(text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"\w+", text.casefold())))[:_MAX_WORDS]


def _quote(word: str) -> str:
    """Return a word as an FTS5 string, so that nothing in it is query syntax."""
    return '"' + word.replace('"', '""') + '"'


def _inverse_frequency(count: int, mails: int) -> float:
    """Return the inverse document frequency (Robertson and Spärck Jones 1976), not negative."""
    return math.log(1 + (mails - count + 0.5) / (count + 0.5)) if mails >= count else 0.0


def _lower_limit(counts: Iterable[int], limit: int) -> int:
    """Return how many rows a word may have to be used in addition to rarer ones."""
    used = 0
    for rows in sorted(counts):
        used += rows
        if used > _MAX_ROWS:
            return min(limit, rows)
    return limit
