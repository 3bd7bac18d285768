"""A key.toml that is lost, of another home, of another program, or changed by another process."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace

import pytest

from encryption.encrypted_homes import CHEAP, PASSPHRASE, WORD, content, encrypt, fill
from engine.database import database
from engine.encryption import conversion, unlocked
from engine.encryption.conversion import encrypt_home
from engine.encryption.key_file import key_file, new_key, wrap
from engine.encryption.key_record import KEY_FILE
from engine.encryption.unlocked import key_file_of, key_of
from engine.errors import PanzaError, UsageError
from engine.home.home import Home
from engine.home.locks import hold_write
from panza_tui.jobs.encryption import change_passphrase, turn_off, turn_on

SECOND = "the passphrase of somebody else"


def everything(home):
    files = (p for p in home.root.rglob("*") if p.is_file() and p.suffix != ".lock")
    return {path: path.read_bytes() for path in files if not path.name.endswith("-shm")}


def on(home, passphrase=SECOND):
    def ask(what):
        return passphrase

    turn_on(home, ask, ask, lambda event: None, in_keyring=False)


def test_of_two_that_encrypt_at_once_the_second_changes_nothing(home, monkeypatch):
    alone = conversion._alone

    def after_another(home):
        monkeypatch.setattr(conversion, "_alone", alone)
        on(home, PASSPHRASE)  # It had the lock first.
        return alone(home)

    before = content(home)
    monkeypatch.setattr(conversion, "_alone", after_another)
    with pytest.raises(UsageError, match="Another panza-tui changed"):
        on(home)
    assert key_file(home).state == "on"
    assert content(home) == before


def test_a_changed_passphrase_is_not_undone_by_who_waited(home, monkeypatch):
    encrypt(home)

    def rekey(new, at_last=lambda: None):
        def ask_new(what):
            at_last()
            return new

        change_passphrase(home, lambda what: PASSPHRASE, ask_new, in_keyring=False)

    with pytest.raises(UsageError, match="changed the home's key"):
        rekey("a third passphrase", lambda: rekey(SECOND))
    stale = key_file(home)

    def ask(what):
        change_passphrase(home, lambda w: SECOND, lambda w: PASSPHRASE, in_keyring=False)
        return SECOND

    with pytest.raises(UsageError, match="Another panza-tui changed"):
        turn_off(home, ask, lambda event: None)
    assert key_file(home) != stale
    assert key_file(home).state == "on"


@pytest.mark.parametrize("what", ["database", "model", "log"])
def test_a_home_that_lost_its_key_gets_no_other(home, what):
    encrypt(home)
    before = content(home)
    kept = (home.root / KEY_FILE).read_bytes()
    (home.root / KEY_FILE).unlink()
    files = everything(home)
    aside = []
    for path in [home.database, *home.model("lo").rglob("*")]:
        kind = "database" if path == home.database else "log" if path.suffix != ".safetensors" else "model"  # fmt: skip  # noqa: E501
        if path.is_file() and kind != what:
            aside.append((path, path.read_bytes()))
            path.unlink()
    with pytest.raises(PanzaError, match="copy the one of this home back from a backup"):
        on(home)
    assert not (home.root / KEY_FILE).exists()
    for path, stored in aside:
        path.write_bytes(stored)
    assert everything(home) == files
    (home.root / KEY_FILE).write_bytes(kept)
    assert content(home) == before


def test_without_its_key_or_with_another_the_message_says_so(home, tmp_path):
    encrypt(home)
    kept = (home.root / KEY_FILE).rename(tmp_path / "kept")
    unlocked._used.clear()  # As in a new process.
    with pytest.raises(PanzaError, match=r"key\.toml is missing: copy it back"):
        database.connect(home.database)
    other = Home(tmp_path / "other").prepare()
    fill(other)
    encrypt(other)
    (home.root / KEY_FILE).write_bytes((other.root / KEY_FILE).read_bytes())
    with pytest.raises(PanzaError, match=r"key\.toml is of another home"):
        database.connect(home.database)
    files = everything(home)
    with pytest.raises(PanzaError, match="encrypted with another key"):
        turn_off(home, lambda what: PASSPHRASE, lambda event: None)
    assert everything(home) == files
    kept.replace(home.root / KEY_FILE)
    unlocked._used.clear()
    assert content(home)["w"]


def test_a_wrong_key_costs_nothing_of_the_newest_changes(home, tmp_path):
    key = encrypt(home)
    with closing(database.connect(home.database)) as connection:
        database.write_fact(connection, "new", WORD)
        names = ("panza.db", "panza.db-wal")
        killed = {name: (home.root / name).read_bytes() for name in names}
    for suffix in ("", "-shm"):
        (home.root / f"panza.db{suffix}").unlink(missing_ok=True)
    for name, stored in killed.items():
        (home.root / name).write_bytes(stored)
    for other in (new_key(), None):
        with (
            pytest.raises(Exception, match="not a database"),
            closing(database.open_database(home.database, key=other)) as opened,
        ):
            database.schema_version(opened)
    assert key_of(home.database) == key
    with closing(database.connect(home.database)) as connection:
        assert database.read_fact(connection, "new") == WORD
        assert not database.find_damage(connection, thorough=True)


def test_the_key_is_in_no_message_when_the_copy_can_t_be_written(home, tmp_path):
    key = new_key()
    with (
        closing(database.connect(home.database)) as connection,
        pytest.raises(Exception, match="can't be written") as caught,
    ):
        database.copy_with_key(connection, tmp_path / "none" / "x.db", key)
    assert key.secret.hex() not in str(caught.value)
    assert caught.value.__suppress_context__


def test_another_program_s_file_of_that_name_does_not_encrypt_a_home(tmp_path):
    (tmp_path / KEY_FILE).write_text("[license]\nkey = 1\n")
    home = Home(tmp_path / "home").prepare()
    fill(home)
    assert key_file_of(home.database) is None
    encrypt(home)
    plain = Home(home.root / "inner").prepare()
    with hold_write(plain, "panza-tui import"):
        assert key_of(plain.database) is None


def test_what_a_link_leads_to_is_not_ours(home, tmp_path):
    for name, link in (
        ("card.toml", home.models / "linked"),
        ("log.txt", home.root / "jobs" / "x"),
    ):
        (tmp_path / link.name).mkdir()
        (tmp_path / link.name / name).write_text("somebody's")
        link.symlink_to(tmp_path / link.name)
    encrypt(home)
    for name in ("linked/card.toml", "x/log.txt"):
        assert (tmp_path / name).read_text() == "somebody's"


def test_a_database_that_was_open_before_is_not_written_beside_the_new_one(home):
    flags = database.apsw.SQLITE_OPEN_READWRITE
    with closing(database.open_database(home.database, flags=flags)) as early:
        encrypt(home)
        with pytest.raises(database.apsw.ReadOnlyError):
            database.write_fact(early, "late", WORD)
    assert not (home.root / "panza.db-wal").exists()
    assert content(home)["card"]


@pytest.mark.parametrize("damage", ["empty", "link"])
def test_a_damaged_key_does_not_make_a_home_plain(home, damage, tmp_path):
    encrypt(home)
    path = home.root / KEY_FILE
    path.unlink()
    if damage == "link":
        os.symlink(tmp_path / "usb" / KEY_FILE, path)
    else:
        path.write_text("")
    with pytest.raises(PanzaError, match="can't be read"):
        key_of(home.database)


def test_work_that_was_begun_is_finished_with_its_own_key_file(home):
    key = new_key()
    file = wrap(key, PASSPHRASE, "encrypting", CHEAP)
    conversion.write_key_file(home, file, key)
    with pytest.raises(UsageError, match="Another panza-tui changed"):
        encrypt_home(home, replace(file, salt=bytes(16)), key, lambda what: None)
    encrypt_home(home, file, key, lambda what: None)
    assert content(home)["card"]
