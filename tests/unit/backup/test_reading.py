"""A backup that is damaged, hostile or not as ours is refused."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import zipfile
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from backup.backed_up import back_up, files_of, mails_in, no_progress
from engine.backup.read import verify
from engine.backup.restore import check_restore, restore_backup
from engine.damage.repair import repair_database
from engine.database import database
from engine.database.schema import MIGRATIONS
from engine.errors import PanzaError
from engine.home.home import Home
from panza_tui.jobs.check import check


def test_every_flipped_byte_is_found(home, file, tmp_path):
    content = file.read_bytes()
    rng = random.Random(1)
    intact = verify(file, no_progress)
    damaged = tmp_path / "damaged.zip"
    for at in rng.sample(range(len(content)), 150):
        damaged.write_bytes(content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :])
        with contextlib.suppress(PanzaError):
            # Otherwise it is a date or another field of zip's that does not matter.
            assert verify(damaged, no_progress).files == intact.files


def test_every_truncation_is_found(file, tmp_path):
    content = file.read_bytes()
    cut = tmp_path / "cut.zip"
    for length in (0, 1, 100, len(content) // 2, len(content) - 1):
        cut.write_bytes(content[:length])
        with pytest.raises(PanzaError, match=r"not a backup|damaged"):
            verify(cut, no_progress)


def test_other_files_are_not_backups(home, tmp_path):
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("mail.mbox", "From x")
    for path in (home.database, tmp_path / "other.zip", tmp_path / "none", tmp_path):
        before = files_of(home)
        with pytest.raises(PanzaError, match=r"not a backup|no file"):
            refuse(home, path)
        assert files_of(home) == before


def refuse(home: Home, path: Path) -> None:
    """Raise what restoring a backup does, which its check has to say, too."""
    with pytest.raises(PanzaError) as checked:
        check_restore(home, path, no_progress)
    with pytest.raises(PanzaError) as restored:
        restore_backup(home, path, no_progress)
    assert str(checked.value) == str(restored.value)
    raise restored.value


def rewritten(file: Path, change) -> Path:
    """A copy of a backup, its files and manifest changed by `change(files, record)`."""
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    record = json.loads(files.pop("backup.json"))
    change(files, record)
    target = file.with_name("changed.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr("backup.json", json.dumps(record))
    return target


@pytest.mark.parametrize(
    "name",
    [
        "../escaped",
        "/tmp/escaped",
        "models/../../escaped",
        "models/lo/../../../escaped",
        "models/.hidden/card.toml",
        "models/lo",
        "models/lo/",
        "models/lo//card",
        "models/lo/a\\b",
        "models/lo/\x1b[31m",
        "models/lo/card.toml/below-a-file",
        "models/lo/" + 64 * "long",
        "cache/evil.gguf",
        "write.lock",
        "panza.toml",
    ],
)
def test_a_hostile_backup_writes_nothing_outside_its_place(home, file, tmp_path, name):
    def add(files, record):
        files[name] = b"evil"
        record["files"][name] = {
            "bytes": 4,
            "sha256": hashlib.sha256(b"evil").hexdigest(),
        }

    before = files_of(home)
    with pytest.raises(PanzaError, match="damaged"):
        refuse(home, rewritten(file, add))
    assert files_of(home) == before
    assert not (tmp_path / "escaped").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda files, record: record.update(format=99),
        lambda files, record: record.pop("format"),
        lambda files, record: record.pop("files"),
        lambda files, record: record.update(files=[]),
        lambda files, record: record.update(mails="many"),
        lambda files, record: record.update(models=["other"]),
        lambda files, record: record.update(more=1),
        lambda files, record: record["files"].pop("panza.db"),
        lambda files, record: files.pop("models/lo/card.toml"),
        lambda files, record: files.update({"models/lo/more": b"x"}),
        lambda files, record: record["files"]["panza.db"].update(bytes=-1),
        lambda files, record: record["files"]["panza.db"].update(bytes=1 << 60),
        lambda files, record: record["files"]["panza.db"].update(sha256=7),
    ],
)
def test_a_backup_that_is_not_as_written_is_refused_in_one_line(home, file, change):
    before = files_of(home)
    with pytest.raises(PanzaError, match="damaged") as caught:
        refuse(home, rewritten(file, change))
    assert "\n" not in str(caught.value)
    assert files_of(home) == before


def test_a_backup_by_a_newer_version_is_refused(home, file):
    newer = rewritten(file, lambda files, record: record.update(schema=10_000))
    with pytest.raises(PanzaError, match="newer panza-tui"):
        refuse(home, newer)


def with_database(file: Path, other: Path) -> Path:
    """A copy of a backup with another database, and the right checksum of it."""
    content = other.read_bytes()

    def replace(files, record):
        files["panza.db"] = content
        digest = hashlib.sha256(content).hexdigest()
        record["files"]["panza.db"] = {"bytes": len(content), "sha256": digest}

    return rewritten(file, replace)


CASCADE = "REFERENCES mails(id) ON DELETE CASCADE"
CHANGES = {
    "a trigger more": "CREATE TRIGGER keep AFTER DELETE ON mails BEGIN "
    "INSERT INTO facts VALUES ('kept', old.body); END",
    "another trigger": "DROP TRIGGER vectors_stale; "
    "CREATE TRIGGER vectors_stale AFTER DELETE ON mails BEGIN SELECT 1; END",
    "a trigger less": "DROP TRIGGER mails_text_delete",
    "a view": "CREATE VIEW words AS SELECT body FROM mails",
    "a table more": "CREATE TABLE kept (body)",
    "a table less": "DROP TABLE signs",
    "an index less": "DROP INDEX mails_parent",
    "a text index without its mails": "DROP TABLE mails_text; "
    "CREATE VIRTUAL TABLE mails_text USING fts5(subject, body, recipients)",
    "a table without its reference": "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = "
    f"replace(sql, '{CASCADE}', '') WHERE name = 'instructions'; PRAGMA writable_schema = RESET",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_database_that_is_not_as_ours_is_refused_found_and_repaired(home, file, tmp_path, change):
    """Such a trigger keeps what is forgotten, and without such a reference it stays."""
    with closing(database.connect(home.database)) as connection:
        assert database.changed_schema(connection) == []
        connection.execute(CHANGES[change])
        connection.execute("VACUUM INTO ?", (str(tmp_path / "changed.db"),))
    with pytest.raises(PanzaError, match=r"is not as panza-tui makes it.*Run 'panza-tui doctor"):
        back_up(home, tmp_path / "b.zip")
    other = Home(tmp_path / "other").prepare()
    with pytest.raises(PanzaError, match="is not as panza-tui makes it"):
        refuse(other, with_database(file, tmp_path / "changed.db"))
    assert not other.database.exists()
    (found,) = (finding for finding in check(home) if finding.subject == "database file")
    assert "not as panza-tui makes it, so forgotten words may stay" in found.found
    assert found.fix == "panza-tui doctor --repair"
    assert repair_database(home).salvaged
    assert mails_in(home) == 30
    with closing(database.connect(home.database)) as connection:
        assert database.changed_schema(connection) == []


@pytest.mark.parametrize("version", [-3, 0, len(MIGRATIONS), len(MIGRATIONS) + 1])
def test_an_empty_database_of_any_version_is_refused(home, file, tmp_path, version):
    with closing(apsw.Connection(str(tmp_path / "empty.db"))) as connection:
        connection.pragma("user_version", version)
    before = files_of(home)
    with pytest.raises(PanzaError, match=r"nothing was changed|Nothing was changed"):
        refuse(home, with_database(file, tmp_path / "empty.db"))
    assert files_of(home) == before


@pytest.mark.parametrize("counted", ["mails", "drafts"])
def test_a_database_with_other_rows_than_the_backup_says_is_refused(home, file, counted):
    fewer = rewritten(file, lambda files, record: record.update({counted: 7}))
    with pytest.raises(PanzaError, match=r"other rows than backup\.json says"):
        refuse(home, fewer)
    assert mails_in(home) == 30


def test_a_comment_in_a_statement_does_not_matter_but_a_text_does():
    same = database._one_spelling("CREATE TABLE a (b TEXT -- why, or ''\n , c DEFAULT '')")
    assert same == database._one_spelling("CREATE TABLE  a(b TEXT, c DEFAULT'')")
    assert same != database._one_spelling("CREATE TABLE a (b TEXT, c DEFAULT '-- ', d, '\n')")


def test_backups_of_all_older_schemas_can_be_restored(home, tmp_path):
    for version in range(1, len(MIGRATIONS) + 1):
        old = Home(tmp_path / str(version)).prepare()
        with closing(database.open_database(old.database)) as connection:
            database._migrate(connection, old.database, MIGRATIONS[:version])
            assert database.changed_schema(connection) == []
        with closing(database.connect(old.database)) as connection:
            assert database.changed_schema(connection) == []
