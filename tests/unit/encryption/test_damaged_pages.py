"""An encrypted database with damaged pages: what is found, saved, and not trusted."""

from __future__ import annotations

import os
import random
from contextlib import closing

import apsw
import pytest

from encryption.encrypted_homes import PASSPHRASE, WORD, content, encrypt, files_with
from engine.backup.write import write_backup
from engine.damage.repair import repair_database
from engine.database import database
from engine.database.checksums import add_checksums
from engine.encryption import unlocked
from engine.encryption.key_file import new_key
from engine.encryption.pages import decrypted_page, has_right_tag
from engine.errors import PanzaError
from engine.events import silent
from engine.home.home import Home
from engine.salvage import pages
from engine.salvage.pages import changed_pages, read_rows
from engine.salvage.rows import read_shapes, table_of
from engine.salvage.salvage import salvage
from panza_tui.jobs.check import check, repair
from panza_tui.jobs.encryption import turn_off
from training.runs.run_folder import files_to_keep

PAGE = 4096


@pytest.fixture
def sealed(home: Home) -> Home:
    """An encrypted home whose database is all in one file, with checksums."""
    with closing(database.connect(home.database)) as connection:
        for number in range(1, 6):
            connection.execute(
                "INSERT INTO instructions (mail_id, text, origin, model, created) "
                "VALUES (?, ?, 'hand', '', 5)",
                (number, f"Do {number} {WORD}"),
            )
        database.write_fact(connection, "user.name", "Ro")
        add_checksums(connection)
    encrypt(home)
    with closing(database.connect(home.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return home


def rows(home: Home, table: str) -> list[tuple]:
    with closing(database.connect(home.database)) as connection:
        return sorted(connection.execute(f"SELECT * FROM {table}"), key=repr)


def pages_of(home: Home, table: str) -> list[int]:
    """The leaf pages of a table that have its rows, by the numbers in the file."""
    with closing(database.connect(home.database)) as connection:
        shapes = read_shapes(connection)
    stored = home.database.read_bytes()
    found = []
    for number in range(1, len(stored) // PAGE + 1):
        alone = list(rows_on(home, number))
        if any((place := table_of(row, shapes)) and place[0] == table for row in alone):
            found.append(number)
    return found


def rows_on(home: Home, number: int) -> list[pages.Row]:
    try:
        return list(pages._rows_of_page(pages._pages_of(home.database), number))
    except (IndexError, ValueError):
        return []


def turn_a_bit(home: Home, page: int, at: int = PAGE // 2) -> None:
    stored = bytearray(home.database.read_bytes())
    stored[(page - 1) * PAGE + at] ^= 1
    home.database.write_bytes(stored)


def found(home: Home) -> dict[str, str]:
    return {finding.subject: finding.found for finding in check(home) if finding.fix}


def test_each_page_has_the_tag_that_is_computed_here(sealed):
    assert changed_pages(sealed.database) == ()
    with closing(database.connect(sealed.database)) as connection:
        database.write_fact(connection, "x", WORD)
        assert (sealed.root / "panza.db-wal").stat().st_size
        assert changed_pages(sealed.database) == ()  # Those in the log, too.
        key = unlocked.key_of(sealed.database)
    first, second = (sealed.database.read_bytes()[n * PAGE :][:PAGE] for n in (0, 1))
    assert has_right_tag(key, second, 2)
    assert not has_right_tag(key, second, 3)
    assert not has_right_tag(new_key(), first, 1)


def test_one_bit_is_found_and_costs_no_row(sealed):
    before = rows(sealed, "mails")
    page = pages_of(sealed, "mails")[1]
    on_it = {row.rowid for row in rows_on(sealed, page)}
    turn_a_bit(sealed, page)
    assert f"wrong tags: pages {page}" in found(sealed)["database file"]
    lines = "\n".join(repair(sealed, silent))
    after = rows(sealed, "mails")
    assert [row[0] for row in after] == [row[0] for row in before]
    left_out = {row[0] for row in after if "damaged" in row}
    assert left_out == on_it
    assert [r for r in after if r[0] not in on_it] == [r for r in before if r[0] not in on_it]
    for number in sorted(on_it)[:3]:
        assert str(number) in lines
    assert set(found(sealed)) <= {"other copies"}
    assert files_with(sealed.root) == []


def test_a_damaged_first_page_costs_nothing_and_is_not_said_to_be_the_key(sealed):
    before = content(sealed)
    for at in (3, 17, 30, 2000, PAGE - 2):
        turn_a_bit(sealed, 1, at)
        with pytest.raises(PanzaError, match=r"doctor --repair") as caught:
            database.connect(sealed.database)
        assert "another home" not in str(caught.value)
        repair_database(sealed)
        with closing(database.connect(sealed.database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        now = content(sealed)
        assert now["mails"] == before["mails"]
        assert now["vectors"] == before["vectors"]


def test_a_page_that_is_lost_is_named_by_its_rows(sealed):
    before = {row[0] for row in rows(sealed, "mails")}
    page = pages_of(sealed, "mails")[0]
    on_it = {row.rowid for row in rows_on(sealed, page)}
    stored = bytearray(sealed.database.read_bytes())
    stored[(page - 1) * PAGE : page * PAGE] = os.urandom(PAGE)
    sealed.database.write_bytes(stored)
    saved = salvage(sealed)
    assert set(saved.lost["mails"]) == on_it
    assert {row[0] for row in rows(sealed, "mails")} == before - on_it


def test_what_somebody_writes_without_the_key_is_not_taken_for_a_mail(sealed):
    """Who knows a mail's text can turn its bits into another text, but not make the tag."""
    page = pages_of(sealed, "mails")[2]
    was, forged = b"Old xylographic text", b"Pay to IBAN AB123456"
    change = bytes(a ^ b for a, b in zip(was, forged, strict=True))
    key = unlocked.key_of(sealed.database)
    stored = bytearray(sealed.database.read_bytes())
    start = (page - 1) * PAGE
    at = decrypted_page(key, bytes(stored[start : start + PAGE]), page).index(was)
    for index, byte in enumerate(change):
        stored[start + at + index] ^= byte
    sealed.database.write_bytes(stored)
    done = repair_database(sealed)
    with closing(database.connect(sealed.database)) as connection:
        query = "SELECT id, left_out FROM mails WHERE original LIKE '%IBAN%'"
        ((number, left_out),) = connection.execute(query).fetchall()
    assert left_out == "damaged"
    assert number in done.changed["mails"]


def test_facts_and_vectors_of_a_changed_page_are_made_again(sealed):
    (page,) = pages_of(sealed, "facts")[:1]
    turn_a_bit(sealed, page, PAGE - 100)
    (other,) = pages_of(sealed, "instructions")
    turn_a_bit(sealed, other, 600)
    done = repair_database(sealed)
    with closing(database.connect(sealed.database)) as connection:
        assert database.read_fact(connection, "user.name") is None
    assert len(rows(sealed, "instructions")) == 5
    assert done.changed["instructions"] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("seed", range(4))
def test_random_damage_leaves_a_database_that_works(sealed, seed):
    rng = random.Random(seed)
    stored = bytearray(sealed.database.read_bytes())
    size = len(stored)
    for _ in range(6):
        at, length = rng.randrange(size), rng.randrange(1, 3000)
        stored[at : at + length] = rng.randbytes(length)
    sealed.database.write_bytes(stored[:size])
    repair_database(sealed)
    with closing(database.connect(sealed.database)) as connection:
        assert database.find_damage(connection, thorough=True) == ""
        assert connection.execute("SELECT count(*) FROM mails").get > 0
        texts = "SELECT count(*) FROM mails WHERE left_out IS NULL AND body NOT LIKE 'Number %'"
        assert connection.execute(texts).get == 0
    assert files_with(sealed.root) == []


def test_with_the_key_of_another_home_nothing_is_replaced(sealed, tmp_path):
    stored = sealed.database.read_bytes()
    other = new_key()
    for suffix in ("-wal", "-shm"):
        (sealed.root / f"panza.db{suffix}").unlink(missing_ok=True)
    with closing(database.open_database(tmp_path / "x.db", key=other)) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.execute("PRAGMA user_version = 1").fetchall()
    sealed.database.write_bytes((tmp_path / "x.db").read_bytes())
    with pytest.raises(PanzaError, match=r"key\.toml is of another home"):
        database.connect(sealed.database)
    with pytest.raises(PanzaError, match=r"No page of .* is of the key in key\.toml"):
        repair_database(sealed)
    assert sealed.database.read_bytes() == (tmp_path / "x.db").read_bytes()
    assert not list(sealed.root.glob("before-repair-*"))
    sealed.database.write_bytes(stored)
    assert content(sealed)["mails"]


def test_no_copy_is_made_and_nothing_is_decrypted_of_a_damaged_one(sealed, tmp_path):
    page = pages_of(sealed, "mails")[1]
    turn_a_bit(sealed, page)
    for work in (
        lambda: write_backup(sealed, tmp_path / "b.zip", files_to_keep, silent),
        lambda: turn_off(sealed, lambda what: PASSPHRASE, silent),
    ):
        with pytest.raises(PanzaError, match="damaged") as caught:
            work()
        assert "doctor --repair" in str(caught.value)
    assert changed_pages(sealed.database) == (page,)
    assert not list(tmp_path.glob("*.zip"))
    assert files_with(sealed.root) == []


def test_a_log_with_a_changed_page_is_not_read_as_if_it_were_right(sealed):
    with closing(database.connect(sealed.database)) as connection:
        database.write_fact(connection, "new", WORD)
        log = bytearray((sealed.root / "panza.db-wal").read_bytes())
        database_bytes = sealed.database.read_bytes()
    log[32 + 24 + 900] ^= 1
    sealed.database.write_bytes(database_bytes)
    (sealed.root / "panza.db-shm").unlink(missing_ok=True)
    (sealed.root / "panza.db-wal").write_bytes(log)
    with closing(apsw.Connection(":memory:")) as connection:
        database._load_sqlite_vec(connection)
        database._migrate(connection, sealed.database)
        shapes = read_shapes(connection)
    facts = [row for row in read_rows(sealed.database) if (p := table_of(row, shapes)) and p[0] == "facts"]  # fmt: skip  # noqa: E501
    assert all(not row.is_sure for row in facts if WORD in row.values)
