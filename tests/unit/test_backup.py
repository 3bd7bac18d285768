"""A backup is complete and verified, also while others write; a bad one never replaces anything."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import random
import stat
import zipfile
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import apsw
import pytest
from made_mails import made_mail

from engine import aside, database, durable
from engine.backup import restore, write
from engine.backup.in_home import backups_in
from engine.backup.read import verify
from engine.backup.restore import check_restore, restore_backup
from engine.backup.write import write_backup
from engine.damage.repair import repair_database
from engine.encryption.conversion import encrypt_home
from engine.encryption.key_file import new_key, wrap
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.events import Warn, silent
from engine.home import Home
from engine.locks import hold
from engine.mail.stored.store import insert_mail
from engine.mail.types import Mail
from engine.schema import MIGRATIONS
from panza_tui.jobs.check import check
from panza_tui.jobs.forget import describe_forgotten, forget_mail
from training.runs.run_folder import files_to_keep

CARD = 'name = "lo"\nbase = "b"\nmethod = "rosa"\ncreated = 1\nstate = "finished"\n'
WEIGHTS = random.Random(0).randbytes(100_000)


def mail(number: int) -> Mail:
    body = f"The boat number {number} is ready."
    return made_mail(number, message_id=None, body=body, original="", source="made up")


def no_progress(done: int, total: int) -> None:
    pass


def back_up(home: Home, target: Path, emit=silent, **options):
    return write_backup(home, target, files_to_keep, emit, **options)


def mails_in(home: Home) -> int:
    with closing(database.connect(home.database)) as connection:
        return connection.execute("SELECT count(*) FROM mails").get


def files_of(home: Home) -> dict[str, bytes]:
    """The files of a home without its lock, by name."""
    paths = (path for path in home.root.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(home.root).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def home(tmp_path) -> Home:
    home = Home(tmp_path / "home").prepare()
    with closing(database.connect(home.database)) as connection:
        for number in range(30):
            insert_mail(connection, mail(number))
    folder = home.model("lo")
    (folder / "adapter").mkdir(parents=True)
    (folder / "card.toml").write_text(CARD)
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(WEIGHTS)
    return home


@pytest.fixture
def file(home, tmp_path) -> Path:
    back_up(home, tmp_path / "kept.zip")
    return tmp_path / "kept.zip"


# --- writing


def test_a_backup_brings_everything_back(home, file, tmp_path):
    other = Home(tmp_path / "other")
    restored = restore_backup(other, file, no_progress)
    assert (restored.contents.mails, restored.contents.models) == (30, ("lo",))
    assert restored.aside is None
    assert mails_in(other) == 30
    assert (other.model("lo") / "card.toml").read_text() == CARD
    assert (other.model("lo") / "adapter" / "adapter_model.safetensors").read_bytes() == WEIGHTS
    assert files_of(other).keys() == files_of(home).keys()


def test_mails_that_are_in_the_log_only_are_in_the_backup(home, tmp_path):
    with closing(database.connect(home.database)) as app:
        insert_mail(app, mail(100))
        copied = tmp_path / "copied.db"  # What a copy of panza.db alone has.
        copied.write_bytes(home.database.read_bytes())
        assert apsw.Connection(str(copied)).execute("SELECT count(*) FROM mails").get == 30
        assert back_up(home, tmp_path / "b.zip").mails == 31


def test_a_writer_neither_waits_for_a_backup_nor_spoils_it(home, tmp_path):
    """Mails are stored between any two steps of the copy, which shows one moment all the same."""
    numbers = iter(range(1000, 2000))
    with closing(database.connect(home.database)) as writer:

        def store_a_mail(event) -> None:
            insert_mail(writer, mail(next(numbers)))

        contents = back_up(home, tmp_path / "b.zip", store_a_mail)
        assert next(numbers) > 1003
    assert contents.mails == 30
    restored = restore_backup(Home(tmp_path / "other"), tmp_path / "b.zip", no_progress)
    assert restored.contents == contents
    assert mails_in(Home(tmp_path / "other")) == 30


def test_a_run_that_works_is_backed_up_without_its_unfinished_files(home, tmp_path):
    folder = home.model("run")
    for step in (5, 10):
        checkpoint = folder / "checkpoints" / f"checkpoint-{step}"
        checkpoint.mkdir(parents=True)
        (checkpoint / "trainer_state.json").write_text(json.dumps({"global_step": 5}))
        (checkpoint / "model").mkdir()  # Weights in a folder are not looked into.
    for name in ("pause", "paused", "run.lock", ".card.7.partial", "card.toml", "events.jsonl"):
        (folder / name).write_text("x")
    (folder / ".adapter.partial").mkdir()
    (folder / ".adapter.partial" / "weights").write_text("x")
    (folder / "export.partial").mkdir()
    (folder / "export.partial" / "F16.gguf").write_text("x")
    contents = back_up(home, tmp_path / "b.zip")
    names = {n.removeprefix("models/run/") for n in contents.files if "/run/" in n}
    assert names == {"card.toml", "events.jsonl", "checkpoints/checkpoint-5/trainer_state.json"}


def test_a_checkpoint_that_is_removed_meanwhile_is_left_out(home, tmp_path):
    gone = home.model("lo") / "gone"
    calls = []

    def list_files(folder: Path) -> list[Path]:
        calls.append(folder)
        return [*files_to_keep(folder), gone] if len(calls) == 1 else files_to_keep(folder)

    contents = write_backup(home, tmp_path / "b.zip", list_files, silent)
    assert len(calls) == 2
    assert "models/lo/card.toml" in contents.files


def test_a_log_that_grows_is_stored_as_long_as_it_was(home, tmp_path):
    log = home.model("lo") / "events.jsonl"
    log.write_bytes(b"x" * 3_000_000)

    def append(event) -> None:
        with open(log, "ab") as file:
            file.write(b"more")

    contents = back_up(home, tmp_path / "b.zip", append)
    assert contents.files["models/lo/events.jsonl"].bytes < log.stat().st_size


def test_links_and_devices_are_named_and_left_out(home, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("not mail")
    (home.model("lo") / "lo.gguf").symlink_to(secret)
    os.mkfifo(home.model("lo") / "pipe")
    home.model("linked").symlink_to(tmp_path)
    events: list = []
    contents = back_up(home, tmp_path / "b.zip", events.append)
    warned = [event.text for event in events if isinstance(event, Warn)]
    assert ["lo.gguf" in w for w in warned].count(True) == 1
    assert ["pipe" in w for w in warned].count(True) == 1
    assert ["linked" in w for w in warned].count(True) == 1
    assert b"not mail" not in (tmp_path / "b.zip").read_bytes()
    assert {n for n in contents.files if "lo.gguf" in n or "linked" in n} == set()


def test_a_backup_without_models(home, tmp_path):
    contents = back_up(home, tmp_path / "b.zip", models=False)
    assert list(contents.files) == ["panza.db"]
    back = restore_backup(home, tmp_path / "b.zip", no_progress)
    assert back.contents.models == ()
    assert (home.model("lo") / "card.toml").exists()


def test_only_its_owner_can_read_it(home, tmp_path):
    before = os.umask(0)
    try:
        back_up(home, tmp_path / "b.zip")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "b.zip").stat().st_mode) == 0o600


def test_a_file_is_never_overwritten(home, file, tmp_path):
    before = file.read_bytes()
    with pytest.raises(UsageError, match="There is a file"):
        back_up(home, file)
    with pytest.raises(UsageError, match="is a folder"):
        back_up(home, tmp_path)
    with pytest.raises(UsageError, match="There is no folder"):
        back_up(home, tmp_path / "none" / "b.zip")
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "name", ["panza.db-journal", "models/b.zip", "cache/b.zip", "key.toml", "mine.zip"]
)
def test_the_home_itself_is_no_place_for_it(home, tmp_path, name):
    (tmp_path / "link").symlink_to(home.root)
    before = files_of(home)
    for top in (home.root, tmp_path / "link"):
        with pytest.raises(UsageError, match="in the home itself"):
            back_up(home, top / name)
    assert files_of(home) == before


def test_one_that_was_moved_into_the_home_is_found(home, tmp_path):
    back_up(home, tmp_path / "b.zip")
    (home.root / "mine").mkdir()
    (tmp_path / "b.zip").rename(home.root / "mine" / "old.zip")
    (home.root / "notes.zip").write_bytes(b"PK no zip")
    (home.root / "link.zip").symlink_to(home.root / "mine" / "old.zip")
    os.mkfifo(home.root / "pipe.zip")
    assert backups_in(home) == [home.root / "mine" / "old.zip"]
    with closing(database.connect(home.database)) as connection:
        number = connection.execute("SELECT min(id) FROM mails").get
    lines = describe_forgotten(home, forget_mail(home, number, silent, "a test"))
    assert any("mine/old.zip" in line for line in lines)
    with pytest.raises(UsageError, match=r"mine/old\.zip"):
        encrypt_home(home, wrap(key := new_key(), "passphrase", "encrypting"), key, print)


def test_without_a_database_there_is_nothing_to_back_up(tmp_path):
    with pytest.raises(NotReadyError, match="nothing to back up"):
        back_up(Home(tmp_path / "none"), tmp_path / "b.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_database_is_not_backed_up(home, tmp_path):
    content = bytearray(home.database.read_bytes())
    at = content.rindex(b"The boat number")
    content[at // 4096 * 4096 : at // 4096 * 4096 + 40] = b"\xff" * 40
    home.database.write_bytes(content)
    with pytest.raises(PanzaError, match="is damaged"):
        back_up(home, tmp_path / "b.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


@pytest.mark.parametrize("step", ["copy_database", "verify", "_write_archive"])
def test_a_full_disk_leaves_no_file(home, tmp_path, monkeypatch, step):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(write, step, full)
    with pytest.raises(PanzaError, match="No space left on device"):
        back_up(home, tmp_path / "b.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_full_disk_is_named_where_sqlite_names_nothing(home, file, tmp_path, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise apsw.FullError("not an error")

    monkeypatch.setattr(write, "copy_database", fail)
    with pytest.raises(PanzaError, match=r"\(the disk is full\); there is no backup"):
        back_up(home, tmp_path / "b.zip")
    before = files_of(home)
    monkeypatch.setattr(aside, "open_database", fail)
    with pytest.raises(PanzaError, match="disk is full; nothing was changed"):
        restore_backup(home, file, no_progress)
    assert files_of(home) == before


def test_what_the_disk_did_not_keep_is_found_before_the_backup_gets_its_name(
    home, tmp_path, monkeypatch
):
    def sync_badly(handle: int) -> None:
        with contextlib.suppress(OSError):  # That of the copy is open for reading only.
            os.pwrite(handle, b"\0" * 64, 600)

    monkeypatch.setattr(durable, "sync_handle", sync_badly)
    with pytest.raises(PanzaError, match="damaged"):
        back_up(home, tmp_path / "b.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


# --- reading


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


# --- restoring


def test_a_check_says_what_restoring_would_do_and_does_nothing(home, file, tmp_path):
    forget_mail(home, 7, silent, "a test")
    before = files_of(home)
    checked = check_restore(home, file, no_progress)
    assert (checked.contents.mails, checked.forgotten, checked.aside) == (30, [7], None)
    assert files_of(home) == before
    other = tmp_path / "other"
    assert check_restore(Home(other), file, no_progress).forgotten == []
    assert not other.exists()


@pytest.mark.parametrize("step", ["extract", "_check_room"])
def test_a_check_needs_the_room_that_restoring_needs(home, file, monkeypatch, step):
    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = files_of(home)
    if step == "extract":
        monkeypatch.setattr(restore, "extract", full)
    else:
        monkeypatch.setattr(restore.shutil, "disk_usage", lambda path: SimpleNamespace(free=5))
    with pytest.raises(PanzaError, match="Make room, then"):
        check_restore(home, file, no_progress)
    assert files_of(home) == before


def test_what_was_there_is_kept(home, file):
    with closing(database.connect(home.database)) as connection:
        insert_mail(connection, mail(50))
    (home.model("lo") / "card.toml").write_text("newer")
    (home.root / "thesis.txt").write_text("not ours")
    restored = restore_backup(home, file, no_progress)
    assert mails_in(home) == 30
    assert (home.model("lo") / "card.toml").read_text() == CARD
    assert (home.root / "thesis.txt").read_text() == "not ours"
    assert restored.aside is not None
    assert mails_in(Home(restored.aside)) == 31
    assert (restored.aside / "models" / "lo" / "card.toml").read_text() == "newer"
    again = restore_backup(home, file, no_progress)
    assert again.aside not in (None, restored.aside)


def newer_models(home: Home) -> None:
    """Change what a restore replaces: one mail less, and a model more."""
    forget_mail(home, 1, silent, "test")
    home.model("newer").mkdir()
    (home.model("newer") / "card.toml").write_text(CARD)


def restore_finding(home: Home) -> list[str]:
    return [finding.fix for finding in check(home) if finding.subject == "restore"]


def test_a_restore_that_ends_between_models_and_database_is_named_and_finished(home, file):
    newer_models(home)
    child = os.fork()
    if child == 0:
        restore.replace_database = lambda *_: os._exit(9)
        restore_backup(home, file, no_progress)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert (mails_in(home), home.model("newer").exists()) == (29, False)
    assert restore_finding(home) == ["restore the same backup again"]
    with hold(home.write_lock, "panza-tui restore"):  # As while it works.
        assert restore_finding(home) == []
    restore_backup(home, file, no_progress)
    assert (mails_in(home), home.model("newer").exists()) == (30, False)
    assert restore_finding(home) == []
    assert len([*home.root.glob("before-restore-*/models/newer/card.toml")]) == 1


@pytest.mark.parametrize("step", ["link", "sync", "replace"])
def test_a_restore_that_fails_at_the_database_leaves_the_models_too(home, file, monkeypatch, step):
    newer_models(home)
    before = files_of(home)
    replace_database = aside.replace_database

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def fail_to_replace(*arguments: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os if step == "link" else durable, step, full)
            if step == "link":  # Also the move that is tried without links.
                patch.setattr(Path, "replace", full)
            replace_database(*arguments)

    monkeypatch.setattr(restore, "replace_database", fail_to_replace)
    with pytest.raises(PanzaError, match="What was there is kept"):
        restore_backup(home, file, no_progress)
    assert mails_in(home) == 29
    assert files_of(home).keys() == before.keys()


def test_a_damaged_database_can_be_replaced(home, file):
    damaged = b"\xff" * 8192
    home.database.write_bytes(damaged)
    restored = restore_backup(home, file, no_progress)
    assert mails_in(home) == 30
    assert restored.aside is not None
    assert (restored.aside / "panza.db").read_bytes() == damaged


def test_a_home_in_use_is_not_replaced(home, file):
    with closing(database.connect(home.database)) as app:
        assert app.execute("SELECT count(*) FROM mails").get == 30
        with pytest.raises(PanzaError, match="close the app"):
            restore_backup(home, file, no_progress)
    with (
        hold(home.model("lo") / "run.lock", "the training run 'lo'"),
        pytest.raises(PanzaError, match=r"the training run 'lo'.*Nothing was restored"),
    ):
        restore_backup(home, file, no_progress)
    assert mails_in(home) == 30
    assert [path.name for path in home.root.glob("*restore*")] == []


def test_what_a_restore_left_that_was_cut_short_is_in_nobodys_way(home, file):
    leftover = home.root / "restore.partial"
    leftover.mkdir()
    (leftover / "panza.db").write_text("half")
    restore_backup(home, file, no_progress)
    assert mails_in(home) == 30
    assert not leftover.exists()


@pytest.mark.parametrize("step", ["copy_database", "verify"])
def test_what_a_killed_backup_left_is_removed_by_the_next_to_its_folder(home, tmp_path, step):
    kept = tmp_path / "kept"
    kept.mkdir()
    target = kept / "back[1]up.zip"
    child = os.fork()
    if child == 0:
        original = getattr(write, step)
        setattr(write, step, lambda *arguments: (original(*arguments), os._exit(9)))
        back_up(home, target)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert list(kept.iterdir())
    for suffix in ("", "-wal", "-shm", "-journal"):
        (kept / f".back[1]up.zip.{child}.panza-partial.db{suffix}").write_text("mail")
    others = [".x.zip.panza-partial", f".y.{child}.partial.db", f".y.{child}.panza-partial.txt"]
    working = f".back[1]up.zip.{os.getppid()}.panza-partial"
    for name in (*others, working):
        (kept / name).write_text("another's")
    back_up(home, kept / "tomorrow.zip")
    assert {path.name for path in kept.iterdir()} == {"tomorrow.zip", working, *others}
