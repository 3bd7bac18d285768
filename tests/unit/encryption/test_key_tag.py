"""key.toml changed by somebody without its key: refused, and put right by its owner."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path

import pytest
import tomli
import tomlkit

from encryption.encrypted_homes import PASSPHRASE, content, encrypt, files_with
from engine.backup.restore import restore_backup
from engine.backup.write import write_backup
from engine.database import database
from engine.encryption import unlocked
from engine.encryption.key_file import key_file
from engine.encryption.key_record import KEY_FILE
from engine.encryption.stored import write_file
from engine.encryption.unlocked import key_of
from engine.errors import PanzaError
from engine.events import silent
from engine.forgetting.forget import forget_all
from engine.home.home import Home
from engine.models.models import list_models, read_card
from panza_tui.jobs.encryption import (
    change_passphrase,
    turn_off,
    turn_on,
    unlock_backup,
    unlock_home,
)
from training.runs.run_folder import files_to_keep


def ask(what: str) -> str:
    return PASSPHRASE


def record(home: Home) -> dict:
    return tomli.loads((home.root / KEY_FILE).read_text())


def change(home: Home, **values: object) -> None:
    """Change key.toml as somebody does who can write to the home; None removes a value."""
    changed = {**record(home), **values}
    kept = {name: value for name, value in changed.items() if value is not None}
    (home.root / KEY_FILE).write_text(tomlkit.dumps(kept))


def everything(home: Home) -> dict[Path, bytes]:
    files = (p for p in home.root.rglob("*") if p.is_file() and p.suffix != ".lock")
    return {path: path.read_bytes() for path in files if not path.name.endswith("-shm")}


def locked(home: Home) -> None:
    """Be a new process."""
    unlocked._known.clear()
    unlocked._used.clear()


FORGED = [
    {"state": "decrypting"},
    {"state": "encrypting"},
    {"state": "decrypting", "tag": "00" * 32},
    {"state": "decrypting", "tag": None},
    {"state": "decrypting", "tag": 5},
    {"state": "decrypting", "tag": "ä\ud7ff"},
    {"state": "decrypting", "tag": None, "format": 1},
    {"state": "encrypting", "tag": None, "format": 1},
    {"tag": None},
    {"in_keyring": True},
]


@pytest.mark.parametrize("forged", FORGED, ids=lambda f: " ".join(f"{k}={v}" for k, v in f.items()))
def test_a_forged_state_is_refused_everywhere_and_put_right_by_rekey(home, forged):
    encrypt(home)
    before = content(home)
    change(home, **forged)
    files = everything(home)
    works = [
        lambda: key_of(home.database),
        lambda: database.connect(home.database),
        lambda: write_file(home.model("lo") / "card.toml", b"new"),
    ]
    for work in works:  # In the session that goes on.
        with pytest.raises(PanzaError, match="wrong tag or none"):
            work()
    commands = [lambda: turn_off(home, ask, silent), lambda: unlock_home(home, ask)]
    if forged.get("state") == "encrypting":
        commands.append(lambda: turn_on(home, ask, ask, silent, in_keyring=False))
    for command in commands:
        locked(home)
        with pytest.raises(PanzaError) as caught:
            command()
        assert "\n" not in str(caught.value)
        assert "encrypt rekey" in str(caught.value) or "was interrupted" in str(caught.value)
    assert everything(home) == files
    assert files_with(home.root) == []
    change_passphrase(home, ask, lambda what: "another one", in_keyring=False)
    assert key_file(home).state == "on"
    locked(home)
    unlock_home(home, lambda what: "another one")
    assert content(home) == before


def test_a_home_of_before_gets_its_tag_at_the_next_unlocking(home):
    encrypt(home)
    before = content(home)
    change(home, tag=None, format=1)
    locked(home)
    unlock_home(home, ask)
    assert (record(home)["format"], len(record(home)["tag"])) == (2, 64)
    change(home, state="decrypting")
    locked(home)
    with pytest.raises(PanzaError, match="wrong tag"):
        turn_off(home, ask, silent)
    change(home, state="on")
    unlock_home(home, ask)
    assert content(home) == before


def test_a_home_of_before_gets_its_tag_by_rekey(home):
    encrypt(home)
    change(home, tag=None, format=1)
    change_passphrase(home, ask, lambda what: "another one", in_keyring=False)
    assert record(home)["format"] == 2
    locked(home)
    unlock_home(home, lambda what: "another one")


def test_a_read_only_home_of_before_is_read_without_a_tag(home):
    encrypt(home)
    change(home, tag=None, format=1)
    text = (home.root / KEY_FILE).read_text()
    locked(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Home, "is_read_only", property(lambda self: True))
        unlock_home(home, ask)
    assert (home.root / KEY_FILE).read_text() == text
    assert content(home)["card"]


def test_a_plain_database_is_not_put_right_by_rekey(home, tmp_path):
    plain = home.database.read_bytes()
    encrypt(home)
    change(home, state="encrypting")
    for suffix in ("-wal", "-shm"):
        (home.root / f"panza.db{suffix}").unlink(missing_ok=True)
    home.database.write_bytes(plain)
    files = everything(home)
    with pytest.raises(PanzaError, match="is not encrypted with that key"):
        change_passphrase(home, ask, ask, in_keyring=False)
    assert everything(home) == files


def test_a_key_that_vanishes_while_the_home_is_used_lets_nothing_be_written_in_plain(home):
    encrypt(home)
    kept = (home.root / KEY_FILE).read_bytes()
    assert content(home)["card"]
    (home.root / KEY_FILE).unlink()
    for path in (home.database, home.model("lo") / "card.toml", home.cache / "evaluation.jsonl"):
        with pytest.raises(PanzaError, match="is missing or another one now"):
            key_of(path)
    with pytest.raises(PanzaError, match="missing"):
        write_file(home.model("lo") / "card.toml", b"in plain")
    (home.root / KEY_FILE).write_bytes(kept.replace(b'id = "', b'id = "00', 1))
    with pytest.raises(PanzaError, match="can't be read"):
        key_of(home.database)
    (home.root / KEY_FILE).write_bytes(kept)
    change(home, id="ab" * 16)
    with pytest.raises(PanzaError, match="is missing or another one now"):
        key_of(home.database)
    (home.root / KEY_FILE).write_bytes(kept)
    assert content(home)["card"]


def test_a_home_that_was_decrypted_or_forgotten_is_plain_again(home):
    encrypt(home)
    assert key_of(home.database)
    turn_off(home, ask, silent)
    assert key_of(home.database) is None
    encrypt(home)
    assert key_of(home.database)
    forget_all(home)
    assert key_of(home.database) is None


def test_a_backup_whose_key_was_changed_is_not_unlocked(home, tmp_path):
    encrypt(home)
    change(home, tag=None, format=1)
    write_backup(home, tmp_path / "older.zip", files_to_keep, silent)
    other = Home(tmp_path / "other")
    unlock_backup(tmp_path / "older.zip", ask)
    restore_backup(other, tmp_path / "older.zip", lambda done, total: None)
    unlock_home(other, ask)
    assert record(other)["format"] == 2
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(tmp_path / "older.zip") as old, zipfile.ZipFile(forged, "w") as new:
        files = {name: old.read(name) for name in old.namelist()}
        files[KEY_FILE] = files[KEY_FILE].replace(b'state = "on"', b'state = "decrypting"')
        listed = json.loads(files["backup.json"])
        sha256 = hashlib.sha256(files[KEY_FILE]).hexdigest()
        listed["files"][KEY_FILE] = {"bytes": len(files[KEY_FILE]), "sha256": sha256}
        files["backup.json"] = json.dumps(listed).encode()
        for name, stored in files.items():
            new.writestr(name, stored)
    for forget in (lambda: None, lambda: locked(home)):
        forget()
        with pytest.raises(PanzaError, match=r"forged\.zip was changed"):
            unlock_backup(forged, ask)


@pytest.mark.parametrize("kind", ["fifo", "link", "folder", "large", "deep", "device"])
def test_what_is_no_key_file_is_one_plain_line_at_once(home, tmp_path, kind):
    encrypt(home)
    path = home.root / KEY_FILE
    kept = path.read_bytes()
    path.unlink()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        (tmp_path / "kept").write_bytes(kept)
        path.symlink_to(tmp_path / "kept")
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    elif kind == "large":
        path.write_bytes(kept + b"#" * (1 << 20))
    else:
        path.write_bytes(b"a = " + b"[" * 60_000)
    for work in (
        lambda: key_file(home),
        lambda: key_of(home.database),
        lambda: unlock_home(home, ask),
        lambda: turn_on(home, ask, ask, silent, in_keyring=False),
    ):
        with pytest.raises(PanzaError, match="can't be read") as caught:
            work()
        assert "\n" not in str(caught.value)
    assert files_with(home.root) == []


def test_a_card_in_plain_in_an_encrypted_home_is_nobody_s_model(home):
    plain = (home.model("lo") / "card.toml").read_bytes()
    encrypt(home)
    assert [card.name for card in list_models(home)] == ["lo"]
    (home.model("lo") / "card.toml").write_bytes(plain.replace(b"xylographic", b"/their/base"))
    assert list_models(home) == []
    with pytest.raises(PanzaError, match="is damaged"):
        read_card(home, "lo")
    turn_off(home, ask, silent)
    assert [card.name for card in list_models(home)] == ["lo"]
