"""Table `signs` follows every change of table `vectors`, and is searched first."""

from __future__ import annotations

import apsw
import numpy as np
import pytest

from engine.database import database
from engine.database.database import in_transaction
from engine.retrieval import by_meaning

NUMBERS = (1, 2, 255, 256, 300, 1100)  # Two blocks, and one after a gap.


def vectors(count: int = len(NUMBERS)) -> np.ndarray:
    drawn = np.random.default_rng(0).normal(size=(count, 384)).astype("<f4")
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def insert(connection: apsw.Connection, *numbers: int) -> None:
    for number in numbers:
        connection.execute(
            "INSERT INTO mails (id, fingerprint, thread, date, date_known, sender, recipients, "
            "subject, body, original, language, source) "
            "VALUES (?, ?, 't', 0, 1, 's', '[]', '', '', '', 'en', 'x')",
            (number, str(number)),
        )
    rows = zip(numbers, (vector.tobytes() for vector in vectors(len(numbers))), strict=True)
    connection.executemany("INSERT INTO vectors VALUES (?, ?)", rows)


def stored_signs(connection: apsw.Connection) -> dict[int, bytes]:
    """Return mail id -> its signs, for all slots that are not empty."""
    found = {}
    for block, codes in connection.execute("SELECT block, codes FROM signs"):
        assert len(codes) == 256 * 48
        for slot in range(256):
            code = codes[48 * slot : 48 * slot + 48]
            if any(code):
                found[256 * block + slot] = code
    return found


def true_signs(connection: apsw.Connection) -> dict[int, bytes]:
    rows = connection.execute("SELECT mail_id, embedding FROM vectors")
    return {
        mail: np.packbits(np.frombuffer(blob, "<f4") > 0, bitorder="little").tobytes()
        for mail, blob in rows
    }


@pytest.fixture
def connection(tmp_path):
    connection = database.connect(tmp_path / "panza.db")
    insert(connection, *NUMBERS)
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ("UPDATE mails SET language = 'de'", NUMBERS),
        ("UPDATE vectors SET embedding = (SELECT embedding FROM vectors WHERE mail_id = 2)",
         NUMBERS),
        ("INSERT OR REPLACE INTO vectors SELECT 256, embedding FROM vectors WHERE mail_id = 1",
         NUMBERS),
        ("DELETE FROM vectors WHERE mail_id = 255", (1, 2, 256, 300, 1100)),
        ("DELETE FROM mails WHERE id IN (1, 300)", (2, 255, 256, 1100)),
        ("UPDATE mails SET body = 'Changed.' WHERE id = 1100", (1, 2, 255, 256, 300)),
        ("UPDATE mails SET left_out = 'by hand' WHERE id = 2", (1, 255, 256, 300, 1100)),
        ("DELETE FROM vectors", ()),
    ],
)  # fmt: skip
def test_the_signs_follow_every_change_of_the_vectors(connection, change, left):
    assert stored_signs(connection) == true_signs(connection)
    connection.execute(change)
    assert tuple(stored_signs(connection)) == left
    assert stored_signs(connection) == true_signs(connection)


def test_what_is_interrupted_leaves_the_signs_as_they_were(connection):
    before = stored_signs(connection)

    def half() -> None:
        insert(connection, 3, 4000)
        connection.execute("DELETE FROM mails WHERE id = 1")
        assert set(stored_signs(connection)) == {2, 3, 255, 256, 300, 1100, 4000}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_transaction(connection, half)
    assert stored_signs(connection) == before


def test_an_older_database_gets_the_signs_of_its_vectors(tmp_path):
    path = tmp_path / "older.db"
    connection = apsw.Connection(str(path))
    database._load_sqlite_vec(connection)
    database._migrate(connection, path, database.MIGRATIONS[:4])
    insert(connection, *NUMBERS)
    connection.close()
    connection = database.connect(path)
    assert tuple(stored_signs(connection)) == NUMBERS
    assert stored_signs(connection) == true_signs(connection)
    connection.execute("DELETE FROM mails WHERE id = 256")
    assert stored_signs(connection) == true_signs(connection)


def test_mails_without_a_vector_and_excluded_ones_do_not_displace_others(connection, monkeypatch):
    monkeypatch.setattr(by_meaning, "_CANDIDATES", 2)
    query = np.zeros(384, dtype="<f4")
    query[0] = 1  # One sign: an empty slot differs in one place, each vector in about 190.
    exact = by_meaning.nearest(connection, query, 6, exact=True)
    assert len(exact) == 6
    assert by_meaning.nearest(connection, query, 6, exact=False) == exact
    excluded = [*list(exact)[:3], 99_999]
    rest = by_meaning.nearest(connection, query, 3, exact=False, exclude=excluded)
    assert rest == dict(list(exact.items())[3:])


def test_without_vectors_no_mail_is_found_by_meaning(tmp_path):
    connection = database.connect(tmp_path / "panza.db")
    assert by_meaning.nearest(connection, vectors(1)[0], 5, exact=False) == {}
