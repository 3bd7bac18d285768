"""key.toml: opened by its passphrase alone, and replaced as a whole."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from encryption.encrypted_homes import CHEAP, PASSPHRASE, encrypt
from engine.disk import durable
from engine.encryption import unlocked
from engine.encryption.key_file import (
    Cost,
    key_file,
    new_key,
    parse_key_file,
    unwrap,
    wrap,
    write_key_file,
)
from engine.encryption.key_record import KEY_FILE
from engine.encryption.unlocked import LockedError, key_of
from engine.errors import PanzaError, UsageError
from panza_tui.jobs.encryption import change_passphrase, unlock_home


def test_only_the_passphrase_opens_it(home):
    key = new_key()
    write_key_file(home, wrap(key, "Käsekuchen!", "on", CHEAP), key)
    file = key_file(home)
    assert unwrap(file, "Käsekuchen!") == key
    assert unwrap(file, "Ka\N{COMBINING DIAERESIS}sekuchen!") == key  # Another keyboard's way.
    for wrong in ("Kasekuchen!", "", "käsekuchen!", "Käsekuchen! "):
        with pytest.raises(LockedError, match=r"^The passphrase is wrong; nothing was changed\.$"):
            unwrap(file, wrong)


def test_what_is_stored_is_not_the_key_and_for_the_user_alone(home):
    key = new_key()
    write_key_file(home, wrap(key, PASSPHRASE, "on", CHEAP), key)
    stored = (home.root / KEY_FILE).read_bytes()
    for secret in (key.secret, key.secret.hex().encode(), PASSPHRASE.encode()):
        assert secret not in stored
    assert (home.root / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(key)


def test_a_short_passphrase_is_refused():
    with pytest.raises(UsageError, match="fewer than 8"):
        wrap(new_key(), "1234567", "on", CHEAP)


def test_the_default_takes_time_and_memory():
    assert Cost().memory_kib >= 1 << 16
    assert Cost().passes >= 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("memory_kib = 64", "memory_kib = 999999999"),
        ("passes = 1", "passes = 1000000"),
        ("passes = 1", "passes = 0"),
        ("memory_kib = 64", "memory_kib = 1099511627776"),
        ("memory_kib = 64", "memory_kib = -1"),
        ("memory_kib = 64", "memory_kib = nan"),
        ("memory_kib = 64\npasses = 1", "memory_kib = 2097152\npasses = 64"),
        ("lanes = 1", "lanes = true"),
        ("lanes = 1", 'lanes = "1"'),
        ("format = 2", "format = 3"),
        ('state = "on"', 'state = "of"'),
        ("[argon2id]", "[scrypt]"),
        ('id = "', 'id = "00'),
        ('wrapped = "', 'wrapped = "zz'),
        ('wrapped = "', 'wrapped = "" # "'),
        ('wrapped = "', 'wrapped = "00'),
        ('salt = "', 'salt = [] # "'),
    ],
)
def test_a_damaged_one_is_one_plain_line(home, old, new):
    key = new_key()
    write_key_file(home, wrap(key, PASSPHRASE, "on", CHEAP), key)
    path = home.root / KEY_FILE
    text = path.read_text()
    assert old in text
    with pytest.raises(PanzaError, match="can't be read") as caught:
        parse_key_file(text.replace(old, new).encode(), path)
    assert "\n" not in str(caught.value)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(PanzaError, match="can't be read"):
        key_file(home)
    with pytest.raises(PanzaError, match="can't be read"):
        key_of(home.database)


def test_a_changed_passphrase_opens_the_same_key(home):
    key = encrypt(home)
    before = home.database.read_bytes()
    change_passphrase(home, lambda what: PASSPHRASE, lambda what: "another one", in_keyring=False)
    assert home.database.read_bytes() == before
    assert unwrap(key_file(home), "another one") == key
    with pytest.raises(LockedError):
        unwrap(key_file(home), PASSPHRASE)


class Killed(BaseException):
    pass


@pytest.mark.parametrize("step", ["sync", "replace"])
def test_an_interrupted_or_refused_change_leaves_the_older_passphrase(home, monkeypatch, step):
    key = encrypt(home)

    def kill(*arguments):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(durable, step, kill)
        with pytest.raises(Killed):
            change_passphrase(
                home, lambda what: PASSPHRASE, lambda what: "another one", in_keyring=False
            )
    assert unwrap(key_file(home), PASSPHRASE) == key
    for present, new in (("wrong one", "another one"), (PASSPHRASE, "short")):
        with pytest.raises(UsageError):
            change_passphrase(home, lambda what, p=present: p, lambda what, n=new: n, in_keyring=False)  # fmt: skip  # noqa: E501
    assert unwrap(key_file(home), PASSPHRASE) == key


def test_a_wrong_passphrase_unlocks_nothing(home):
    key = encrypt(home)
    unlocked.lock(key.id)
    files = {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()}
    with pytest.raises(LockedError):
        unlock_home(home, lambda what: "wrong one")
    with pytest.raises(LockedError):
        key_of(home.database)
    assert files == {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()}
    unlock_home(home, lambda what: PASSPHRASE)
    assert key_of(home.database) == key


def test_a_key_in_the_keyring_is_asked_for_there_first(home, monkeypatch):
    key = encrypt(home)
    kept = {}
    from engine.encryption import keyring

    class Ring:
        def set_password(self, service, name, secret):
            kept[service, name] = secret

        def get_password(self, service, name):
            return kept.get((service, name))

        def delete_password(self, service, name):
            del kept[service, name]

    monkeypatch.setattr(keyring, "_keyring", Ring)
    change_passphrase(home, lambda what: PASSPHRASE, lambda what: "another one", in_keyring=True)
    unlocked.lock(key.id)
    unlock_home(home, lambda what: pytest.fail("asked"))
    assert key_of(home.database) == key
    kept.clear()
    unlocked.lock(key.id)
    unlock_home(home, lambda what: "another one")
    change_passphrase(home, lambda what: "another one", lambda what: PASSPHRASE, in_keyring=False)
    assert key_file(home).in_keyring is False


def test_a_half_encrypted_home_says_how_to_go_on(home):
    key = encrypt(home)
    file = key_file(home)
    for state, command in (("encrypting", "on"), ("decrypting", "off")):
        write_key_file(home, replace(file, state=state), key)
        with pytest.raises(PanzaError, match=f"run 'panza-tui encrypt {command}' to finish"):
            key_of(home.database)
        with pytest.raises(PanzaError, match=f"encrypt {command}"):
            unlock_home(home, lambda what: PASSPHRASE)
    assert os.path.exists(home.root / KEY_FILE)
