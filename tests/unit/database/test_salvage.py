"""A damaged database: what is found, what is repaired, and which rows are saved."""

from __future__ import annotations

import random
import struct
from contextlib import closing

import apsw
import pytest
from made_mails import made_mail

from engine.database import database
from engine.database.checksums import add_checksums, changed_rows, rows_without_checksum
from engine.database.schema import MIGRATIONS, SCHEMA_VERSION
from engine.errors import PanzaError
from engine.home.home import Home
from engine.mail.stored.store import insert_mail
from engine.mail.types import Mail
from engine.salvage.pages import read_rows
from engine.salvage.rows import read_shapes, table_of
from engine.salvage.salvage import salvage

MAILS = 60
LONG = "A long paragraph about the boat, the garden and the violin. " * 300


def mail(number: int) -> Mail:
    return made_mail(
        number,
        fingerprint=f"print {number}",
        message_id=f"{number}@example.org" if number % 2 else None,
        subject=f"Subject {number}",
        body=f"Body {number}: käse. " + (LONG if number % 20 == 0 else ""),
        original=f"Original {number}",
        left_out="empty" if number % 7 == 0 else None,
    )


def vector(number: int) -> bytes:
    return struct.pack("<384f", *([0.0] * number), 1.0, *([0.0] * (383 - number)))


@pytest.fixture
def home(tmp_path) -> Home:
    home = Home(tmp_path / "home").prepare()
    with closing(database.connect(home.database)) as connection:
        for number in range(MAILS):
            insert_mail(connection, mail(number))
        kept = [n for (n,) in connection.execute("SELECT id FROM mails WHERE left_out IS NULL")]
        for number in kept:
            connection.execute(
                "INSERT INTO instructions (mail_id, text, origin, model, created) "
                "VALUES (?, ?, 'hand', '', 5)",
                (number, f"Do {number}."),
            )
            connection.execute("INSERT INTO vectors VALUES (?, ?)", (number, vector(number)))
        connection.execute("INSERT INTO conversations VALUES (3, 'About boats', 9)")
        for number, conversation in ((1, 3), (2, None)):
            connection.execute(
                "INSERT INTO drafts VALUES (?, ?, 7, 'Do', 'kim', '[]', '[1]', ?, NULL, '', '', 0)",
                (number, conversation, f"Draft {number}"),
            )
        connection.execute("INSERT INTO facts VALUES ('user.name', 'Ro')")
        connection.execute("INSERT INTO writer_facts VALUES ('ro@x', 'phone', '12345', 8)")
        connection.execute("INSERT INTO forgotten VALUES (?)", ("ab" * 32,))
        add_checksums(connection)
    return home


def contents(home: Home) -> dict[str, list[tuple]]:
    tables = (
        *("mails", "instructions", "vectors", "conversations", "drafts", "facts"),
        *("writer_facts", "forgotten", "checksums", "signs"),
    )
    with closing(database.connect(home.database)) as connection:
        return {t: sorted(connection.execute(f"SELECT * FROM {t}"), key=repr) for t in tables}


def overwrite(home: Home, at: int, content: bytes) -> None:
    with open(home.database, "r+b") as file:
        file.seek(at)
        file.write(content)


def page_with(home: Home, text: bytes) -> int:
    """The offset of the leaf page of a table that has this text."""
    content = home.database.read_bytes()
    for at in range(0, len(content), 4096):
        if content[at] == 13 and text in content[at : at + 4096]:
            return at
    raise AssertionError


# --- reading pages


def test_every_row_is_read_without_sqlite(home):
    found: dict[str, int] = {}
    with closing(database.connect(home.database)) as connection:
        shapes = read_shapes(connection)
    for row in read_rows(home.database):
        if place := table_of(row, shapes):
            found[place[0]] = found.get(place[0], 0) + 1
    whole = {table: len(rows) for table, rows in contents(home).items() if table != "signs"}
    assert found == whole


def test_rows_in_the_log_are_read(home):
    with closing(database.connect(home.database)) as connection:
        connection.execute("UPDATE drafts SET draft = 'Changed' WHERE id = 2")
        insert_mail(connection, mail(500))
        connection.execute("BEGIN")
        connection.execute("UPDATE drafts SET draft = 'Not committed' WHERE id = 1")
        shapes = read_shapes(connection)
        places = (table_of(row, shapes) for row in read_rows(home.database))
        rows = [place for place in places if place]
        connection.execute("ROLLBACK")
    assert sorted(v[7] for t, v in rows if t == "drafts") == ["Changed", "Draft 1"]
    assert "print 500" in {v[1] for t, v in rows if t == "mails"}


@pytest.mark.parametrize("seed", range(3))
def test_no_content_of_pages_breaks_the_reader(home, tmp_path, seed):
    rng = random.Random(seed)
    with closing(database.connect(home.database)) as connection:
        shapes = read_shapes(connection)
    content = bytearray(home.database.read_bytes())
    for _ in range(300):
        content[rng.randrange(len(content))] = rng.randrange(256)
    (tmp_path / "x.db").write_bytes(content)
    assert [table_of(row, shapes) for row in read_rows(tmp_path / "x.db")]
    (tmp_path / "x.db").write_bytes(rng.randbytes(50_000))
    (tmp_path / "x.db-wal").write_bytes(rng.randbytes(50_000))
    places = [table_of(row, shapes) for row in read_rows(tmp_path / "x.db")]
    assert [place for place in places if place] == []


# --- salvage


def test_an_intact_database_is_saved_whole(home):
    before = contents(home)
    salvaged = salvage(home)
    assert contents(home) == before
    assert salvaged.lost == {}
    assert salvaged.rows["mails"] == MAILS


def test_without_its_header_and_schema_it_is_saved_whole(home):
    before = contents(home)
    overwrite(home, 0, b"\xff" * 4096)
    with pytest.raises(PanzaError, match="not a readable database"):
        database.connect(home.database)
    salvaged = salvage(home)
    assert contents(home) == before
    assert (salvaged.aside / "panza.db").read_bytes()[:4] == b"\xff" * 4


def test_a_damaged_page_costs_its_own_rows_only(home):
    before = contents(home)
    page = page_with(home, b"Original 33")
    overwrite(home, page, b"\xff" * 4096)
    salvaged = salvage(home)
    after = contents(home)
    lost = {row[0] for row in before["mails"]} - {row[0] for row in after["mails"]}
    assert 0 < len(lost) < MAILS / 2
    assert salvaged.lost["mails"] == tuple(sorted(lost))
    assert [r for r in before["mails"] if r[0] not in lost] == after["mails"]
    assert after["drafts"] == before["drafts"]
    assert {row[0] for row in after["instructions"]}.isdisjoint(lost)
    with closing(database.connect(home.database)) as connection:
        assert database.find_damage(connection, thorough=True) == ""
        assert changed_rows(connection) == {}
        words = "SELECT count(*) FROM mails_text WHERE mails_text MATCH 'kase'"
        assert connection.execute(words).get == len(after["mails"])


@pytest.mark.parametrize("seed", range(8))
def test_random_damage_leaves_a_database_that_works(home, seed):
    rng = random.Random(seed)
    size = home.database.stat().st_size
    for _ in range(6):
        overwrite(home, rng.randrange(size), rng.randbytes(rng.randrange(1, 3000)))
    with open(home.database, "r+b") as file:
        file.truncate(size)
    salvage(home)
    with closing(database.connect(home.database)) as connection:
        assert database.find_damage(connection, thorough=True) == ""
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("SELECT count(*) FROM mails").get > 0


def test_nothing_is_replaced_if_nothing_can_be_read(home):
    home.database.write_bytes(b"\xff" * 20_000)
    with pytest.raises(PanzaError, match="No row"):
        salvage(home)
    assert home.database.read_bytes() == b"\xff" * 20_000
    assert list(home.root.glob("*repair*")) == []


def test_a_database_in_use_is_not_replaced(home):
    with closing(database.connect(home.database)) as app:
        app.execute("SELECT * FROM facts").fetchall()
        with pytest.raises(PanzaError, match="in use"):
            salvage(home)
    assert contents(home)["facts"]


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_a_damaged_database_of_any_older_version_is_saved(tmp_path, version):
    home = Home(tmp_path / "home").prepare()
    with closing(database.open_database(home.database)) as connection:
        database._migrate(connection, home.database, MIGRATIONS[:version])
        for number in range(40):
            connection.execute(
                "INSERT INTO mails (fingerprint, thread, date, date_known, sender, recipients, "
                "subject, body, original, language, source) "
                "VALUES (?, 't', 0, 1, 's', '[]', 'Boat', ?, '', 'en', 'x')",
                (str(number), f"Body {number}"),
            )
            connection.execute(
                "INSERT INTO instructions (mail_id, text, origin, model, created) "
                "VALUES (?, 'Do', 'hand', '', 0)",
                (connection.last_insert_rowid(),),
            )
    overwrite(home, 0, b"\xff" * 4096)
    salvaged = salvage(home)
    assert (salvaged.rows["mails"], salvaged.rows["instructions"]) == (40, 40)
    with closing(database.connect(home.database)) as connection:
        assert database.find_damage(connection, thorough=True) == ""


# --- checksums


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (b"Body 11", "mails"),
        (b"Original 11", "mails"),
        (b"Do 12.", "instructions"),
        (b"About boats", "conversations"),
        (b"Draft 2", "drafts"),
        (vector(13)[:60], "vectors"),
    ],
)
def test_another_letter_in_a_row_is_found(home, text, part):
    at = page_with(home, text)
    content = home.database.read_bytes()
    at = content.index(text, at)
    overwrite(home, at + 1, bytes([content[at + 1] ^ 0x81]))
    with closing(database.connect(home.database)) as connection:
        assert list(changed_rows(connection)) == [part]
        assert len(changed_rows(connection)[part]) == 1


def test_rows_that_are_written_lose_their_checksum(home):
    with closing(database.connect(home.database)) as connection:
        assert rows_without_checksum(connection) == 0
        connection.execute("UPDATE mails SET body = 'other' WHERE id = 5")
        connection.execute("INSERT OR REPLACE INTO vectors VALUES (5, ?)", (vector(9),))
        connection.execute("DELETE FROM drafts WHERE id = 1")
        insert_mail(connection, mail(100))
        assert changed_rows(connection) == {}
        assert rows_without_checksum(connection) == 3
        add_checksums(connection)
        assert (changed_rows(connection), rows_without_checksum(connection)) == ({}, 0)


def test_other_programs_may_write(home):
    """The triggers need no function of ours."""
    with closing(apsw.Connection(str(home.database))) as other:
        other.execute("UPDATE instructions SET text = 'x' WHERE mail_id = 2")
    with closing(database.connect(home.database)) as connection:
        assert changed_rows(connection) == {}
        assert rows_without_checksum(connection) == 1
