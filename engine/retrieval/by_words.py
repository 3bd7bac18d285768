"""Full text: which mails hold a query's words, ranked by BM25.

Only words that tell something take part, in any language and without a list of stop words: those
of more than half of the mails weigh nothing in BM25, and of the rest the rarest are taken.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import apsw

_MAX_WORDS = 64
_FEW_MAILS = 20  # Among so few, a word in more than half of them may still be what is sought.
_MAX_ROWS = 3_000  # Of all words together; each row is scored, which takes a microsecond.

_MATCHES = "SELECT rowid FROM mails_text WHERE mails_text MATCH ?"
_HOW_MANY = f"SELECT count(*) FROM ({_MATCHES} LIMIT ?)"
_RANKED = """
    SELECT rowid, -bm25(mails_text, 2.0, 1.0, 1.0) AS score FROM mails_text
    WHERE mails_text MATCH ? ORDER BY score DESC, rowid
"""
_IS_KEPT = "SELECT 1 FROM mails INDEXED BY mails_kept WHERE id = ? AND left_out IS NULL"


@dataclass(frozen=True)
class QueryWords:
    """The words of a query. weights: word -> its inverse document frequency, the rarest first.

    mails: word -> the mails that hold it. total: the weights of the words that no mail holds, too.
    telling: the words that at most one mail in ten holds; they tell something to a person.
    """

    weights: dict[str, float]
    mails: dict[str, frozenset[int]]
    total: float
    telling: frozenset[str]

    def coverage(self, mail: int) -> float:
        """The share of the query, by weight, whose words are in a mail: 0 to 1."""
        held = sum(weight for word, weight in self.weights.items() if mail in self.mails[word])
        return held / self.total if self.total else 0.0

    def told_by(self, mail: int) -> tuple[str, ...]:
        """The telling words that are in a mail, the rarest first."""
        return tuple(w for w in self.weights if w in self.telling and mail in self.mails[w])


def query_words(connection: apsw.Connection, query: str) -> QueryWords:
    """Look a query's words up."""
    mails: int = connection.execute("SELECT count(*) FROM mails").get
    most = min(max(_FEW_MAILS, mails // 2), _MAX_ROWS)
    found: dict[str, int] = {}
    missing = 0
    # Long words are rare: with them first, the common ones are given up sooner.
    for word in sorted(_words(query), key=len, reverse=True):
        holding: int = connection.execute(_HOW_MANY, (_quoted(word), most + 1)).get
        if not holding:
            missing += 1
        elif holding <= most:
            found[word] = holding
            most = _still_useful(found.values(), most)
    rarest: dict[str, frozenset[int]] = {}
    rows_taken = 0
    for word in sorted(found, key=found.__getitem__):
        rows_taken += found[word]
        if rows_taken > _MAX_ROWS and rarest:
            break
        rows: list[Any] = connection.execute(_MATCHES, (_quoted(word),)).fetchall()
        rarest[word] = frozenset(row[0] for row in rows)
    weights = {word: _weight(len(rarest[word]), mails) for word in rarest}
    return QueryWords(
        weights,
        rarest,
        sum(weights.values()) + missing * _weight(0, mails),
        frozenset(word for word in rarest if len(rarest[word]) <= max(2, mails // 10)),
    )


def best_matches(
    connection: apsw.Connection, words: QueryWords, count: int, *, exclude: Collection[int] = ()
) -> dict[int, float]:
    """Mail id -> BM25 (more is better) of the `count` kept mails that match best, best first."""
    if not words.weights:
        return {}
    match = " OR ".join(map(_quoted, words.weights))
    excluded = frozenset(exclude)
    best: dict[int, float] = {}
    # Whether a mail may be found is asked of the best alone, not of each of thousands.
    for mail, score in connection.execute(_RANKED, (match,)):
        if len(best) == count:
            break
        if mail not in excluded and connection.execute(_IS_KEPT, (mail,)).fetchone():
            best[mail] = score
    return best


def mails_to(connection: apsw.Connection, recipient: str, count: int) -> list[int]:
    """The `count` kept mails imported last whose recipients hold the words of a name or address."""
    words = _words(recipient)
    if not words:
        return []
    match = f"recipients : ({' AND '.join(map(_quoted, words))})"
    rows = connection.execute(
        "SELECT rowid FROM mails_text WHERE mails_text MATCH ? AND EXISTS (SELECT 1 FROM mails "
        "INDEXED BY mails_kept WHERE id = mails_text.rowid AND left_out IS NULL) "
        "ORDER BY rowid DESC LIMIT ?",
        (match, count),
    )
    return [row[0] for row in rows]


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"\w+", text.casefold())))[:_MAX_WORDS]


def _quoted(word: str) -> str:
    """A word as an FTS5 string, so that nothing in it is syntax."""
    return '"' + word.replace('"', '""') + '"'


def _weight(holding: int, mails: int) -> float:
    """Inverse document frequency, of Robertson and Spärck Jones, never negative."""
    return math.log(1 + (mails - holding + 0.5) / (holding + 0.5)) if mails >= holding else 0.0


def _still_useful(found: Iterable[int], most: int) -> int:
    """So many rows a further word may have to be taken beside rarer ones."""
    taken = 0
    for rows in sorted(found):
        taken += rows
        if taken > _MAX_ROWS:
            return min(most, rows)
    return most
