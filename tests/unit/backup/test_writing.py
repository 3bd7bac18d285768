"""A backup is complete and verified, also while others write."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from backup.backed_up import CARD, WEIGHTS, back_up, files_of, mail, mails_in, no_progress
from engine.backup import write
from engine.backup.in_home import backups_in
from engine.backup.restore import restore_backup
from engine.backup.write import write_backup
from engine.database import aside, database
from engine.disk import durable
from engine.encryption.conversion import encrypt_home
from engine.encryption.key_file import new_key, wrap
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.events import Warn, silent
from engine.home.home import Home
from engine.mail.stored.store import insert_mail
from panza_tui.jobs.forget import describe_forgotten, forget_mail
from training.runs.run_folder import files_to_keep


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
