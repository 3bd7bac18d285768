"""Backups of an encrypted home: encrypted, too, and restored with their passphrase only."""

from __future__ import annotations

import shutil

import pytest

from encryption.encrypted_homes import PASSPHRASE, content, encrypt, files_with
from engine.backup.read import verify
from engine.backup.restore import restore_backup
from engine.backup.write import write_backup
from engine.encryption import unlocked
from engine.encryption.key_record import KEY_FILE
from engine.encryption.unlocked import LockedError
from engine.errors import PanzaError, UsageError
from engine.events import silent
from engine.home.home import Home
from panza_tui.jobs.encryption import change_passphrase, unlock_backup
from training.runs.run_folder import files_to_keep


def no_progress(done: int, total: int) -> None:
    pass


def back_up(home, target):
    write_backup(home, target, files_to_keep, silent)
    return target


def test_a_backup_is_encrypted_and_restored_with_its_passphrase(home, tmp_path):
    key = encrypt(home)
    before = content(home)
    (tmp_path / "kept").mkdir()
    backup = back_up(home, tmp_path / "kept" / "b.zip")
    change_passphrase(home, lambda what: PASSPHRASE, lambda what: "another one", in_keyring=False)
    unpacked = tmp_path / "unpacked"
    shutil.unpack_archive(backup, unpacked)
    assert files_with(tmp_path / "kept") == []
    assert files_with(unpacked) == []
    unlocked.lock(key.id)
    assert verify(backup, no_progress).is_encrypted  # Checking it needs no passphrase.

    other = Home(tmp_path / "other")
    with pytest.raises(LockedError):
        unlock_backup(backup, lambda what: "another one")
    unlock_backup(backup, lambda what: PASSPHRASE)
    restore_backup(other, backup, no_progress)
    assert content(other) == before
    assert (other.root / KEY_FILE).exists()
    assert files_with(other.root) == []
    restore_backup(home, backup, no_progress)  # The home's own one: it keeps the newer passphrase.
    assert content(home) == before
    assert files_with(home.root) == []


def test_a_backup_with_another_key_or_none_is_not_mixed_in(home, tmp_path):
    plain = back_up(home, tmp_path / "plain.zip")
    encrypt(home)
    sealed = back_up(home, tmp_path / "sealed.zip")
    other = Home(tmp_path / "other").prepare()
    restore_backup(other, plain, no_progress)
    for target, backup in ((home, plain), (other, sealed)):
        before = content(target)
        with pytest.raises(UsageError, match="nothing was changed") as caught:
            restore_backup(target, backup, no_progress)
        assert "\n" not in str(caught.value)
        assert content(target) == before
    encrypt(other)
    with pytest.raises(UsageError, match="another key"):
        restore_backup(other, sealed, no_progress)


def test_a_locked_home_is_not_backed_up(home, tmp_path):
    key = encrypt(home)
    unlocked.lock(key.id)
    with pytest.raises(PanzaError, match="is encrypted"):
        back_up(home, tmp_path / "b.zip")
    assert list(tmp_path.glob("*.zip")) == list(tmp_path.glob(".*partial*")) == []
