"""Whatever a power cut leaves of the database is sound, with the whole change or none of it."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import apsw
from conftest import WRITER, short_messages

from engine.database import database, schema
from engine.database.aside import unfinished_restores
from engine.home.home import Home
from panza_tui.jobs.doctor import Finding

_PLAYBACK = """
import sys
from pathlib import Path
from types import SimpleNamespace
from engine.events import silent
from engine.generators import Written
from engine.home.home import Home
from engine.settings import load_settings
from panza_tui.jobs import playback

class Parrot:
    backend = "scripted"

    def stream_several(self, messages, samplings, on_text):
        for index, _ in enumerate(samplings):
            on_text(index, "Say that.")
        return [Written(True, -1.0)] * len(samplings)

    def log_likelihood(self, messages, answer):
        return -1.0

loaded = SimpleNamespace(generator=Parrot(), base="b", knows_playback=True, close=lambda: None)
playback.open_model = lambda *_, **__: loaded
playback.play_back(Home(Path(sys.argv[1])), load_settings(environment={}), silent, redo=True)
"""


def numbers(home: Home) -> tuple[int, ...]:
    """How many mails, instructions and drafts there are."""
    with closing(database.connect(home.database)) as connection:
        return tuple(
            connection.execute(f"SELECT count(*) FROM {table}").get
            for table in ("mails", "instructions", "drafts")
        )


def write_one_more(home: Home) -> None:
    with closing(database.connect(home.database)) as connection:
        database.write_fact(connection, "written", "after the cut")


def test_an_import_is_there_whole_or_not_at_all(cut_power, mails_home, tmp_path):
    archive = tmp_path / "new.mbox"
    archive.write_bytes(b"\nFrom ".join(short_messages().split(b"\nFrom ")[:2]) + b"\n")
    before = numbers(mails_home.prepare())
    found = set()

    def check(home: Home) -> None:
        found.add(numbers(home)[0] - before[0])
        write_one_more(home)

    command = ("-m", "panza_tui", "--home", mails_home.root, "import", archive, "--me", WRITER)
    assert cut_power(mails_home, check, *command) > 20
    assert found == {0, 2}


def test_the_first_import_into_a_new_home(cut_power, home, imported, tmp_path):
    archive = tmp_path / "new.mbox"
    archive.write_bytes(b"\nFrom ".join(short_messages().split(b"\nFrom ")[:2]) + b"\n")
    home.root.mkdir()
    home.cache.symlink_to(imported.cache)
    found = set()

    def check(left: Home) -> None:
        found.add(numbers(left)[0])
        write_one_more(left)

    command = ("-m", "panza_tui", "--home", home.root, "import", archive, "--me", WRITER)
    assert cut_power(home, check, *command) > 20
    assert found == {0, 2}


def test_a_mail_is_forgotten_whole_or_not_at_all(cut_power, mails_home):
    with closing(database.connect(mails_home.prepare().database)) as connection:
        subject, body = connection.execute("SELECT subject, body FROM mails WHERE id = 1").get
    before = numbers(mails_home)
    found = set()

    def check(home: Home) -> None:
        found.add(before[0] - numbers(home)[0])
        with closing(database.connect(home.database)) as connection:
            mail = connection.execute("SELECT subject, body FROM mails WHERE id = 1").get
            assert mail in (None, (subject, body))
            listed = connection.execute("SELECT count(*) FROM forgotten").get
            assert (mail is None) == (listed > 0)
        write_one_more(home)

    command = ("-m", "panza_tui", "--home", mails_home.root, "forget", "--mail", "1", "--yes")
    assert cut_power(mails_home, check, *command) > 20
    assert found == {0, 1}


def _make_older(home: Home, folder: Path, version: int) -> None:
    """Put the mails and instructions of a home into a database with an older schema."""
    older = folder / "older.db"
    with closing(database.open_database(older)) as connection:
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        database._migrate(connection, older, schema.MIGRATIONS[:version])
        connection.execute("ATTACH ? AS newer", (str(home.database),))
        for table in ("mails", "instructions"):
            columns = ", ".join(
                name for _, name, *_ in connection.execute(f"PRAGMA main.table_info({table})")
            )
            connection.execute(
                f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}"
            )
    shutil.move(older, home.database)


def test_each_mail_keeps_its_old_instruction_or_has_its_new_one(cut_power, mails_home):
    with closing(database.connect(mails_home.prepare().database)) as connection:
        connection.execute("DELETE FROM mails WHERE left_out IS NOT NULL OR id % 6 <> 1")
        connection.execute("UPDATE instructions SET text = 'The old one.', origin = 'playback'")
        count = connection.execute("SELECT count(*) FROM instructions").get
    found = set()

    def check(home: Home) -> None:
        with closing(database.connect(home.database)) as connection:
            texts = [text for (text,) in connection.execute("SELECT text FROM instructions")]
        assert len(texts) == count
        assert all(texts)
        found.add(texts.count("The old one."))
        write_one_more(home)

    assert cut_power(mails_home, check, "-c", _PLAYBACK, mails_home.root) > 20
    assert found == set(range(count + 1))


def test_a_database_is_migrated_whole_or_not_at_all(cut_power, mails_home, tmp_path):
    """From schema 6, with its copy on the disk before anything changes."""
    mails_home.prepare()
    before = numbers(mails_home)
    _make_older(mails_home, tmp_path, 6)
    copies = set()

    def check(home: Home) -> None:
        with closing(apsw.Connection(str(home.database))) as raw:
            assert raw.pragma("user_version") == schema.SCHEMA_VERSION  # The check migrated it.
        copies.add(tuple(path.name for path in home.migration_copies))
        for copy in home.migration_copies:
            with closing(apsw.Connection(str(copy))) as kept:
                assert kept.execute("SELECT count(*) FROM mails").get == before[0]
        assert numbers(home) == before
        write_one_more(home)

    command = ("-m", "panza_tui", "--home", mails_home.root, "search", "boat")
    assert cut_power(mails_home, check, *command) > 10
    assert copies == {("panza.db.schema-6",)}


def test_a_backup_is_restored_whole_or_not_at_all(cut_power, panza, mails_home, tmp_path):
    """Between the models and the database, `doctor --check` names the state."""
    backup = tmp_path / "b.zip"
    card = mails_home.prepare().model("lo") / "card.toml"
    card.parent.mkdir()
    card.write_text('name = "lo"\nbase = "b"\nmethod = "rosa"\ncreated = 1\nstate = "finished"\n')
    assert panza("backup", backup).code == 0
    assert panza("forget", "--mail", "1", "--yes").code == 0
    assert panza("forget", "--model", "lo", "--yes").code == 0
    before = numbers(mails_home)[0]
    found = set()

    def check(home: Home) -> None:
        is_named = bool(unfinished_restores(home))
        found.add((numbers(home)[0] - before, home.model("lo").exists(), is_named))
        write_one_more(home)

    def is_expected(finding: Finding) -> bool:
        return finding.subject == "restore"

    command = ("-m", "panza_tui", "--home", mails_home.root, "restore", backup)
    assert cut_power(mails_home, check, *command, expected=is_expected) > 5
    assert {(0, False, False), (0, True, True), (1, True, False)} <= found
    assert all(is_named for mails, has_model, is_named in found if has_model != bool(mails))


def test_a_backup_that_has_its_name_is_complete(cut_power, mails_home, tmp_path):
    """The disk that is cut off is that of the backup."""
    mails_home.prepare()
    disk = Home(tmp_path / "disk")
    disk.root.mkdir()
    found = set()

    def check(home: Home) -> None:
        from engine.backup.read import verify

        file = home.root / "b.zip"
        found.add(file.exists())
        if file.exists():
            verify(file, lambda done, total: None)

    command = ("-m", "panza_tui", "--home", mails_home.root, "backup", disk.root / "b.zip")
    assert cut_power(disk, check, *command) > 3
    assert found == {False, True}
