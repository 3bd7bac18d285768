"""panza.db: migrated completely or not at all, searched by text, and deleting securely."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import apsw
import pytest

from engine.database import database
from engine.database.database import (
    connect,
    in_transaction,
    read_fact,
    schema_version,
    write_fact,
)
from engine.database.schema import SCHEMA_VERSION
from engine.errors import PanzaError

FACTS = "CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL);"
SECOND = "ALTER TABLE facts ADD COLUMN source TEXT NOT NULL DEFAULT 'first';"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "panza.db"


def insert(connection, number: int, body: str = "The boat is ready", subject: str = "Boat"):
    connection.execute(
        "INSERT INTO mails (id, fingerprint, thread, date, date_known, sender, recipients, "
        "subject, body, original, language, source) "
        "VALUES (?, ?, 't', 0, 1, 's', '[[\"Kim\", \"kim@x.org\"]]', ?, ?, '', 'en', 'x')",
        (number, str(number), subject, body),
    )


def found(connection, query: str) -> list[int]:
    rows = connection.execute("SELECT rowid FROM mails_text WHERE mails_text MATCH ?", (query,))
    return sorted(number for (number,) in rows)


def test_a_new_database_has_the_newest_schema_and_vectors(path):
    connection = connect(path)
    assert schema_version(connection) == SCHEMA_VERSION
    assert connection.execute("SELECT vec_version()").fetchone()
    assert connection.pragma("journal_mode") == "wal"


def test_opening_again_changes_nothing(path):
    first = connect(path)
    write_fact(first, "user.name", "Ro")
    write_fact(first, "user.name", "Ro Vane")
    assert read_fact(connect(path), "user.name") == "Ro Vane"
    assert read_fact(connect(path), "other") is None


def test_every_connection_holds_foreign_keys_and_deletes_securely(path):
    for _ in range(2):
        connection = connect(path)
        assert connection.pragma("foreign_keys") == 1
        assert connection.pragma("secure_delete") == 1


def test_rows_that_refer_to_a_mail_are_deleted_with_it(path):
    connection = connect(path)
    insert(connection, 1)
    connection.execute("INSERT INTO instructions VALUES (1, 'Say it.', 'hand', '', 0, '', '')")
    connection.execute("INSERT INTO vectors VALUES (1, zeroblob(1536))")
    with pytest.raises(apsw.ConstraintError):
        connection.execute("INSERT INTO instructions VALUES (2, 'Say it.', 'hand', '', 0, '', '')")
    connection.execute("DELETE FROM mails")
    for table in ("instructions", "vectors"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_the_full_text_index_follows_every_change(path):
    connection = connect(path)
    insert(connection, 1)
    insert(connection, 2, body="Der Kahn läuft", subject="Käse")
    assert found(connection, "boat") == [1]
    assert found(connection, "lauft") == [2]
    assert found(connection, "kim") == [1, 2]
    connection.execute("UPDATE mails SET body = 'The violin', subject = '' WHERE id = 1")
    assert found(connection, "boat") == []
    assert found(connection, "violin") == [1]
    connection.execute("DELETE FROM mails WHERE id = 1")
    assert found(connection, "violin") == []
    connection.execute("INSERT INTO mails_text(mails_text) VALUES ('integrity-check')")


def test_deleted_text_leaves_the_file(path):
    connection = connect(path)
    insert(connection, 1, body="Xylophonsecret " * 20)
    connection.execute("DELETE FROM mails")
    connection.execute("INSERT INTO mails_text(mails_text) VALUES ('optimize')")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    assert b"Xylophonsecret" not in path.read_bytes()


def test_a_readers_view_does_not_wait_for_a_writer(path):
    writer = connect(path)
    insert(writer, 1)
    writer.execute("BEGIN IMMEDIATE")
    insert(writer, 2)
    reader = connect(path)
    assert reader.execute("SELECT count(*) FROM mails").fetchone() == (1,)
    writer.execute("COMMIT")
    assert reader.execute("SELECT count(*) FROM mails").fetchone() == (2,)


# --- migrations


def test_an_older_database_is_brought_up_to_date_with_its_rows(path):
    connection = apsw.Connection(str(path))
    database._migrate(connection, path, (FACTS,))
    connection.execute("INSERT INTO facts VALUES ('a', 'b')")
    database._migrate(connection, path, (FACTS, SECOND))
    assert schema_version(connection) == 2
    assert connection.execute("SELECT * FROM facts").fetchall() == [("a", "b", "first")]


def test_a_migration_that_fails_is_undone_whole(path):
    connection = apsw.Connection(str(path))
    database._migrate(connection, path, (FACTS,))
    broken = "CREATE TABLE more (x); INSERT INTO none VALUES (1);"
    with pytest.raises(apsw.SQLError):
        database._migrate(connection, path, (FACTS, broken))
    assert schema_version(connection) == 1
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    assert tables == [("facts",)]


def test_two_that_migrate_at_once_do_it_once(path):
    first, second = apsw.Connection(str(path)), apsw.Connection(str(path))
    database._migrate(first, path, (FACTS,))
    # The second one saw the older number before the first one was done.
    database._apply_missing(second, path, (FACTS,))
    assert schema_version(second) == 1


def test_the_database_is_copied_before_its_migration(path):
    connection = apsw.Connection(str(path))
    connection.pragma("journal_mode", "wal")
    database._migrate(connection, path, (FACTS,))
    assert [p.name for p in path.parent.glob("*.schema-*")] == []  # it was new
    write_fact(connection, "a", "b")
    database._migrate(connection, path, (FACTS, SECOND))
    copy = apsw.Connection(str(path.with_name("panza.db.schema-1")))
    assert copy.execute("SELECT * FROM facts").fetchall() == [("a", "b")]
    assert schema_version(copy) == 1
    copy.close()
    database._migrate(connection, path, (FACTS, SECOND, "CREATE TABLE more (x);"))
    assert [p.name for p in path.parent.glob("*.schema-*")] == ["panza.db.schema-2"]


def test_without_a_copy_there_is_no_migration(path, monkeypatch):
    connection = apsw.Connection(str(path))
    database._migrate(connection, path, (FACTS,))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.disk.durable.replace", full)
    with pytest.raises(PanzaError, match=r"No space left on device.*nothing was changed"):
        database._migrate(connection, path, (FACTS, SECOND))
    assert schema_version(connection) == 1


def test_a_damaged_database_is_not_migrated(path):
    connection = connect(path)
    for number in range(400):
        insert(connection, number, body="The boat is ready " * 20)
    connection.pragma("user_version", SCHEMA_VERSION - 1)
    connection.close()
    content = bytearray(path.read_bytes())
    page = content.rindex(b"The boat is ready") // 4096 * 4096
    content[page : page + 64] = b"\xff" * 64
    path.write_bytes(content)
    with pytest.raises(PanzaError, match=r"is damaged.*nothing was changed"):
        connect(path)
    assert path.read_bytes() == bytes(content)
    assert [p.name for p in path.parent.iterdir()] == ["panza.db"]


def test_a_newer_database_is_refused_and_left_alone(path):
    connection = connect(path)
    connection.pragma("user_version", SCHEMA_VERSION + 1)
    connection.close()
    before = path.read_bytes()
    with pytest.raises(PanzaError, match="written by a newer panza-tui; update"):
        connect(path)
    assert path.read_bytes() == before


def test_a_database_of_no_version_is_refused_and_left_alone(path):
    connection = connect(path)
    connection.pragma("user_version", -3)
    connection.close()
    with pytest.raises(PanzaError, match=r"its schema is -3.*left alone"):
        connect(path)
    assert apsw.Connection(str(path)).pragma("user_version") == -3


# --- what is no database


def test_a_file_that_is_no_database_is_left_alone(path):
    path.write_text("Dear diary, " * 100)
    before = path.read_bytes()
    with pytest.raises(PanzaError, match=r"not a readable database.*left alone"):
        connect(path)
    assert path.read_bytes() == before


def test_a_folder_or_a_missing_folder_is_one_line(tmp_path):
    for path in (tmp_path, tmp_path / "none" / "panza.db"):
        with pytest.raises(PanzaError, match="can't be opened"):
            connect(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_database_without_permission_is_one_line(path):
    connect(path).close()
    path.chmod(0o400)
    with pytest.raises(PanzaError, match="can't be opened"):
        connect(path)


# --- transactions


def test_a_transaction_is_committed_completely_or_rolled_back(path):
    connection = connect(path)
    in_transaction(connection, lambda: write_fact(connection, "a", "1"))

    def half() -> None:
        write_fact(connection, "a", "2")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_transaction(connection, half)
    assert read_fact(connection, "a") == "1"
    assert not connection.in_transaction


def test_a_new_file_can_be_opened_by_several_threads_at_once(tmp_path):
    """SQLite does not wait while others switch a new file to write-ahead logging."""
    errors: list[Exception] = []

    def open_it(path: Path, together: threading.Barrier) -> None:
        together.wait()
        try:
            database.connect(path).close()
        except Exception as error:
            errors.append(error)

    for number in range(20):  # without the repeated tries one in twelve fails
        together = threading.Barrier(4)
        path = tmp_path / f"{number}.db"
        threads = [threading.Thread(target=open_it, args=(path, together)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []
