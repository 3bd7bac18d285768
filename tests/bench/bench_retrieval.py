"""How well past mails are found again, and how fast among 100,000.

    python tests/bench/bench_retrieval.py known ../shared/corpora
    python tests/bench/bench_retrieval.py scale ../shared/corpora --cache FOLDER

`known` is the known-item test: an instruction, or a piece of a mail, is the query, and the mail it
belongs to is to be found. By meaning alone, by words alone (BM25), fused as the product does, and
by reciprocal rank fusion (k = 60) of the first two for comparison; intervals are the 2.5th and
97.5th percentile of the paired difference to the fused ranking over 2,000 bootstrap samples.

`scale` embeds real paragraphs (kept in FOLDER), spreads them to 100,000 vectors between near
neighbours (as SMOTE does, Chawla et al., JAIR 2002) with some noise, puts them into a database with
mails of real paragraphs, and measures recall@10 against exact search and the time of each part.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import apsw
import numpy as np

from engine.database import database
from engine.events import silent
from engine.home.home import Home
from engine.mail.importing.importing import find_addresses, import_archives
from engine.retrieval import by_meaning, embedder
from engine.retrieval.by_words import best_matches, query_words
from engine.retrieval.index import as_blob, index_missing
from engine.retrieval.search import ranked_hits

DEPTH = 50
BOXES = ("people/padalino_sent.mbox", "enron/guzman.mbox", "people/kossler_sent.mbox")
Ranking = Callable[[apsw.Connection, Home, str], list[int]]


@dataclass(frozen=True)
class Query:
    text: str
    mail: int


def by_meaning_alone(connection: apsw.Connection, home: Home, query: str) -> list[int]:
    return list(by_meaning.nearest(connection, embedder.embed_query(query, home), DEPTH))


def by_words_alone(connection: apsw.Connection, home: Home, query: str) -> list[int]:
    return list(best_matches(connection, query_words(connection, query), DEPTH))


def fused(connection: apsw.Connection, home: Home, query: str) -> list[int]:
    return [hit.id for hit in ranked_hits(connection, home, query)]


def rank_fusion(connection: apsw.Connection, home: Home, query: str) -> list[int]:
    scores: dict[int, float] = {}
    for ranking in (by_meaning_alone, by_words_alone):
        for rank, mail in enumerate(ranking(connection, home, query), 1):
            scores[mail] = scores.get(mail, 0.0) + 1 / (60 + rank)
    return sorted(scores, key=lambda mail: (-scores[mail], mail))


RANKINGS: dict[str, Ranking] = {
    "meaning alone": by_meaning_alone,
    "words alone": by_words_alone,
    "fused": fused,
    "rank fusion": rank_fusion,
}


def imported(archive: Path, folder: Path) -> tuple[Home, apsw.Connection]:
    """A home with one person's mails, embedded."""
    home = Home(folder / archive.stem).prepare()
    connection = database.connect(home.database)
    if connection.execute("SELECT count(*) FROM mails").get == 0:
        import_archives(connection, [archive], [find_addresses([archive], silent)[0][1]], silent)
    index_missing(connection, home, silent)
    return home, connection


def instructions(corpora: Path, kind: str) -> list[Query]:
    """One a mail of david_rebuilt.mbox, whose mails have the ids 1, 2, ... in its order."""
    lines = (corpora / "panza" / "david_instructions.jsonl").read_text("utf-8").splitlines()
    return [Query(record[kind], record["i"] + 1) for record in map(json.loads, lines)]


def fragments(connection: apsw.Connection, share: float, limit: int) -> list[Query]:
    """A sentence of each mail, or `share` of its words."""
    rows = connection.execute("SELECT id, body FROM mails WHERE left_out IS NULL ORDER BY id")
    found = []
    for mail, body in rows:
        chance = random.Random(mail)
        sentences = re.split(r"(?<=[.!?])\s+|\n\n+", body)
        usable = [s for s in sentences if 6 <= len(s.split()) <= 40]
        if not usable:
            continue
        words = chance.choice(usable).split()
        kept = [word for word in words if chance.random() < share]
        if len(kept) >= 3:
            found.append(Query(" ".join(kept), mail))
    return random.Random(0).sample(found, min(limit, len(found)))


def reciprocal_ranks(
    connection: apsw.Connection, home: Home, queries: Sequence[Query]
) -> dict[str, np.ndarray]:
    """For each way of ranking 1 / rank of the wanted mail, or of the same text; 0: not found."""
    rows = connection.execute("SELECT id, body FROM mails").fetchall()
    texts = {mail: " ".join(body.split()) for mail, body in rows}
    found = {}
    for name, ranking in RANKINGS.items():
        ranks = []
        for query in queries:
            ranked = ranking(connection, home, query.text)
            places = (n for n, mail in enumerate(ranked, 1) if texts[mail] == texts[query.mail])
            ranks.append(1 / next(places, float("inf")))
        found[name] = np.array(ranks)
    return found


def print_known(title: str, found: dict[str, np.ndarray]) -> None:
    print(f"\n{title}, {len(found['fused'])} queries")
    print(f"{'':16}{'hit@1':>7}{'hit@5':>7}{'MRR':>7}   fused minus this: hit@1, hit@5, MRR")
    figures: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
        lambda ranks: (ranks == 1).astype(float),
        lambda ranks: (ranks >= 1 / 5).astype(float),
        lambda ranks: ranks,
    )
    samples = np.random.default_rng(0).integers(
        len(found["fused"]), size=(2_000, len(found["fused"]))
    )
    for name, ranks in found.items():
        means = "".join(f"{figure(ranks).mean():7.3f}" for figure in figures)
        intervals = []
        for figure in figures:
            gain = (figure(found["fused"]) - figure(ranks))[samples].mean(axis=1)
            low, high = np.percentile(gain, (2.5, 97.5))
            intervals.append(f"[{low:+.3f} {high:+.3f}]")
        print(f"{name:16}{means}   {' '.join(intervals) if name != 'fused' else ''}", flush=True)


def handed_over(connection: apsw.Connection, home: Home, queries: Sequence[Query]) -> float:
    """The share of queries for which some mail passes the floor of the shipped settings."""
    from engine.settings import load_settings

    least = load_settings(environment={}).retrieval.min_similarity
    return float(
        np.mean([
            bool(ranked_hits(connection, home, query.text, min_similarity=least))
            for query in queries
        ])
    )  # fmt: skip


def known(corpora: Path, folder: Path, limit: int) -> None:
    home, connection = imported(corpora / "panza" / "david_rebuilt.mbox", folder)
    asked = {kind: instructions(corpora, kind) for kind in ("instruction", "terse")}
    for kind, queries in asked.items():
        print_known(f"david, {kind}", reciprocal_ranks(connection, home, queries))
        print(f"handed over: {handed_over(connection, home, queries):.3f} of the queries")
    connection.close()
    for box in BOXES:
        home, connection = imported(corpora / box, folder)
        for share, what in ((1.0, "a sentence"), (0.5, "half the words of a sentence")):
            queries = fragments(connection, share, limit)
            name = f"{Path(box).stem}, {what}"
            print_known(name, reciprocal_ranks(connection, home, queries))
        for kind, queries in asked.items():
            share = handed_over(connection, home, queries)
            print(f"handed over to david's {kind}s, which ask for nothing in here: {share:.3f}")
        connection.close()


def paragraphs(corpora: Path, folder: Path) -> list[str]:
    """Distinct real paragraphs of the mailboxes, 40 to 700 letters long."""
    found: dict[str, str] = {}
    for archive in sorted(corpora.glob("*/*.mbox")):
        for block in re.split(r"\n\s*\n", archive.read_text("utf-8", "replace")):
            text = " ".join(line.lstrip("> |") for line in block.splitlines())
            text = " ".join(text.split())
            letters = sum(character.isalpha() or character == " " for character in text)
            if 40 <= len(text) <= 700 and letters > 0.85 * len(text):
                found.setdefault(re.sub(r"\W+", " ", text.casefold())[:80], text)
    return random.Random(0).sample(sorted(found.values()), len(found))


def real_vectors(texts: Sequence[str], folder: Path) -> np.ndarray:
    """float32 [n, 384]; embedded once and kept in `folder`."""
    cache = folder / "real_vectors.npy"
    if not cache.exists():
        home = Home(folder / "embedder").prepare()
        np.save(cache, np.stack([embedder.embed_query(text, home) for text in texts]))
    return np.load(cache)[: len(texts)]


def spread(real: np.ndarray, count: int, noise: float = 0.3) -> np.ndarray:
    """`count` unit vectors: the real ones, and others between each of them and a near neighbour."""
    chance = np.random.default_rng(0)
    near = np.stack([np.argpartition(-(real @ one), 11)[1:11] for one in real])
    first = chance.integers(len(real), size=count - len(real))
    second = near[first, chance.integers(10, size=len(first))]
    way = chance.random((len(first), 1), dtype=np.float32)
    between = (1 - way) * real[first] + way * real[second]
    between += noise * chance.normal(size=between.shape).astype("f4") / np.sqrt(real.shape[1])
    between /= np.linalg.norm(between, axis=1, keepdims=True)
    return np.concatenate([real, between]).astype("f4")


def mails_of(texts: Sequence[str], count: int) -> Iterator[tuple[object, ...]]:
    chance = random.Random(0)
    for number in range(1, count + 1):
        body = "\n\n".join(chance.choices(texts, k=chance.randint(1, 4)))
        person = int(3_000 * chance.random() ** 3)
        to = json.dumps([[f"Person {person}", f"p{person}@example.org"]])
        subject = " ".join(chance.choice(texts).split()[:6])
        key = str(number)
        yield number, key, key, 10**9 + 5_000 * number, to, subject, body, 2 * body


def fill(connection: apsw.Connection, texts: Sequence[str], vectors: np.ndarray) -> None:
    def insert() -> None:
        connection.executemany(
            "INSERT INTO mails (id, fingerprint, thread, date, date_known, sender, recipients, "
            "subject, body, original, language, source) "
            "VALUES (?, ?, ?, ?, 1, 'me@example.org', ?, ?, ?, ?, 'en', 'bench')",
            mails_of(texts, len(vectors)),
        )
        rows = ((number, as_blob(vector)) for number, vector in enumerate(vectors, 1))
        connection.executemany("INSERT INTO vectors VALUES (?, ?)", rows)
        database.write_fact(connection, "embedder", embedder.NAME)

    database.in_transaction(connection, insert)


def print_times(name: str, work: Callable[[int], object], count: int) -> None:
    """Wall clock, and the processor's time, which is the same on an idle machine."""
    taken = []
    for number in range(count):
        begun, ticks = time.perf_counter(), time.process_time()
        work(number)
        taken.append((time.perf_counter() - begun, time.process_time() - ticks))
    (wall50, cpu50), (wall95, cpu95) = 1e3 * np.percentile(taken, (50, 95), axis=0)
    print(
        f"{name:26}p50 {wall50:6.1f} ms (CPU {cpu50:5.1f})   p95 {wall95:6.1f} (CPU {cpu95:5.1f})",
        flush=True,
    )


def recall(connection: apsw.Connection, queries: np.ndarray) -> float:
    """Recall@10 of the quick search against the exact one; mails of the same distance count."""
    shares = []
    for query in queries:
        exact = by_meaning.nearest(connection, query, 10, exact=True)
        quick = by_meaning.nearest(connection, query, 10, exact=False)
        least = min(exact.values()) - 1e-6
        shares.append(sum(cosine >= least for cosine in quick.values()) / len(exact))
    return float(np.mean(shares))


def scale(corpora: Path, folder: Path, count: int) -> None:
    texts = paragraphs(corpora, folder)[:10_000]
    real = real_vectors(texts, folder)
    held, rest = real[:200], real[200:]
    asked = [
        query.text for kind in ("instruction", "terse") for query in instructions(corpora, kind)
    ]
    for vectors, what in ((rest, "real only"), (spread(rest, count), "real and between")):
        path = folder / f"{len(vectors)}.db"
        with closing(database.connect(path)) as connection:
            begun = time.perf_counter()
            if connection.execute("SELECT count(*) FROM vectors").get != len(vectors):
                fill(connection, texts[200:], vectors)
                print(f"filled in {time.perf_counter() - begun:.0f} s")
            print(f"\n{len(vectors)} vectors, {what}: recall@10 {recall(connection, held):.4f}")
            measure(connection, held, asked)


def measure(connection: apsw.Connection, held: np.ndarray, asked: Sequence[str]) -> None:
    from engine.retrieval import search

    embed = search.embedder.embed_query

    def whole(number: int, recipient: str = "") -> None:
        # The embedding of the query is left out of the time.
        search.embedder.embed_query = lambda text, home: held[number % len(held)]
        search.search(connection, Home(Path()), asked[number], 5, recipient=recipient)

    print_times("meaning", lambda n: by_meaning.nearest(connection, held[n % 200], DEPTH), 200)
    print_times(
        "meaning, all compared",
        lambda n: by_meaning.nearest(connection, held[n], DEPTH, exact=True),
        20,
    )
    print_times("words", lambda n: by_words_alone(connection, Home(Path()), asked[n]), len(asked))
    print_times("search", whole, len(asked))
    print_times("search, with a recipient", lambda n: whole(n, "p7@example.org"), len(asked))
    search.embedder.embed_query = embed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("part", choices=("known", "scale"))
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--cache", type=Path, help="keeps homes and vectors; default: none")
    parser.add_argument("--count", type=int, default=100_000, help="vectors (default 100,000)")
    parser.add_argument("--limit", type=int, default=200, help="fragments a mailbox (default 200)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (arguments.cache or Path(temporary)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        if arguments.part == "known":
            known(arguments.corpora, folder, arguments.limit)
        else:
            scale(arguments.corpora, folder, arguments.count)


if __name__ == "__main__":
    main()
