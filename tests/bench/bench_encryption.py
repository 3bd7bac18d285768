"""What an encrypted home costs: the same work in a plain and an encrypted one, by turns.

    python -m tests.bench.bench_encryption [--mails 5000] [--rounds 5]

The mails are of random words. "open" is the database's connection and its first row, as every
command pays it; "unlock" is the passphrase's derivation, once a session. The searches are those by
words and by meaning, each on a new connection. "load a model" is the bundled base as an exported
file of the home; what is drafted then takes the same time. Medians of processor time, which other
work on the machine does not change; cheap work is done 50 times for one figure.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from engine.database import database
from engine.encryption.conversion import encrypt_home
from engine.encryption.key_file import key_file, new_key, unwrap, wrap
from engine.encryption.stored import place, readable
from engine.events import silent
from engine.generators.llama_cpp_generator import LlamaCppGenerator
from engine.home.home import Home
from engine.mail.importing.importing import import_archives
from engine.models.packaged import embedded_base_gguf
from engine.retrieval.by_meaning import nearest
from engine.retrieval.by_words import best_matches, query_words

_WRITER = "ro@example.org"
_PASSPHRASE = "six random words would do here"


def write_mailbox(path: Path, count: int) -> None:
    """Write an mbox of mails of random words."""
    rng = random.Random(0)
    words = ["".join(rng.choices("abcdefghijklmnop", k=rng.randint(3, 9))) for _ in range(5000)]
    with open(path, "w") as file:
        for number in range(count):
            body = " ".join(rng.choices(words, k=120))
            file.write(
                f"From {_WRITER} Mon Jun  1 10:00:00 2020\nFrom: Ro <{_WRITER}>\n"
                "To: kim@example.org\n"
                f"Message-ID: <{number}@example.org>\nSubject: {rng.choice(words)}\n"
                f"Date: {1 + number % 28} Jun {2000 + number % 20} 10:00:00 +0000\n\n{body}\n\n"
            )


def import_into(home: Home, archive: Path) -> None:
    with closing(database.connect(home.database)) as connection:
        import_archives(connection, [archive], [_WRITER], silent)


def embed_at_random(home: Home) -> None:
    rng = np.random.default_rng(0)
    with closing(database.connect(home.database)) as connection:
        mails = [number for (number,) in connection.execute("SELECT id FROM mails")]
        vectors = rng.standard_normal((len(mails), 384), dtype=np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        rows = zip(mails, map(bytes, vectors), strict=True)
        database.in_transaction(
            connection, lambda: connection.executemany("INSERT INTO vectors VALUES (?, ?)", rows)
        )


def open_once(home: Home) -> None:
    with closing(database.connect(home.database)) as connection:
        connection.execute("SELECT body FROM mails LIMIT 1").fetchone()


def search_words(home: Home) -> None:
    with closing(database.connect(home.database)) as connection:
        text = connection.execute("SELECT body FROM mails WHERE id = 7").get
        best_matches(connection, query_words(connection, " ".join(text.split()[:8])), 20)


def search_meaning(home: Home) -> None:
    vector = np.full(384, 384**-0.5, dtype=np.float32)
    with closing(database.connect(home.database)) as connection:
        nearest(connection, vector, 20, exact=True)


def load_model(home: Home) -> None:
    with readable(home.model("lo") / "lo-F16.gguf") as file:
        generator = LlamaCppGenerator(file, 512, lambda: 2)
    generator.close()


def new_home(folder: Path, *, encrypted: bool) -> Home:
    home = Home(folder).prepare()
    if encrypted:
        key = new_key()
        encrypt_home(home, wrap(key, _PASSPHRASE, "encrypting"), key, lambda what: None)
    return home


def seconds(work: Callable[[], object]) -> float:
    begun = _processor_time()
    work()
    return _processor_time() - begun


def _processor_time() -> float:
    return sum(os.times()[:4])  # With that of child processes.


def measure(folder: Path, mails: int, rounds: int) -> None:
    archive = folder / "sent.mbox"
    write_mailbox(archive, mails)
    times: dict[str, tuple[list[float], list[float]]] = {}
    homes = [new_home(folder / name, encrypted=name == "sealed") for name in ("plain", "sealed")]
    gguf = embedded_base_gguf(homes[0])
    for encrypted, home in enumerate(homes):
        import_into(home, archive)
        embed_at_random(home)
        home.model("lo").mkdir(parents=True)
        copy = folder / "copy.gguf"
        shutil.copy(gguf, copy)
        place(copy, home.model("lo") / "lo-F16.gguf")
        copy.unlink(missing_ok=True)
        assert (home.root / "key.toml").exists() == bool(encrypted)
    for turn in range(rounds):
        for encrypted, home in enumerate(homes):
            fresh = new_home(folder / f"{turn}-{encrypted}", encrypted=bool(encrypted))
            for name, work, often in (
                ("open", lambda h=home: open_once(h), 50),
                ("search by words", lambda h=home: search_words(h), 50),
                ("search by meaning", lambda h=home: search_meaning(h), 50),
                ("import", lambda h=fresh: import_into(h, archive), 1),
                ("load a model", lambda h=home: load_model(h), 2),
            ):
                taken = seconds(lambda w=work, n=often: [w() for _ in range(n)]) / often
                times.setdefault(name, ([], []))[encrypted].append(taken)
    file = key_file(homes[1])
    assert file is not None
    unlocking = statistics.median(seconds(lambda: unwrap(file, _PASSPHRASE)) for _ in range(rounds))
    print("| | plain | encrypted | ratio |\n|---|---|---|---|")
    for name, (plain, sealed) in times.items():
        a, b = statistics.median(plain), statistics.median(sealed)
        print(f"| {name} | {a * 1000:.1f} ms | {b * 1000:.1f} ms | {b / a:.2f} |")
    print(f"| unlock | | {unlocking * 1000:.0f} ms | |")
    sizes = [home.database.stat().st_size for home in homes]
    plain_mb, sealed_mb = (size / 1e6 for size in sizes)
    print(f"| panza.db | {plain_mb:.1f} MB | {sealed_mb:.1f} MB | {sealed_mb / plain_mb:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), arguments.mails, arguments.rounds)


if __name__ == "__main__":
    main()
