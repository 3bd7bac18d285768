"""Restoring keeps what was there, and a bad backup never replaces anything."""

from __future__ import annotations

import errno
import os
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from backup.backed_up import CARD, back_up, files_of, mail, mails_in, no_progress
from engine.backup import restore, write
from engine.backup.restore import check_restore, restore_backup
from engine.database import aside, database
from engine.disk import durable
from engine.errors import PanzaError
from engine.events import silent
from engine.home.home import Home
from engine.home.locks import hold
from engine.mail.stored.store import insert_mail
from panza_tui.jobs.check import check
from panza_tui.jobs.forget import forget_mail


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
