"""The command line on an encrypted home: one plain line without the passphrase, all with it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import WRITER, Panza, assert_one_line, short_messages

from engine.encryption import unlocked
from engine.home.home import Home

PASSPHRASE = "six random words would do here"
WORD = b"Fair winds"


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unlocked, "_known", {})
    monkeypatch.setattr(unlocked, "_used", {})


@pytest.fixture
def passphrase_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Give the passphrase in a file, or take it away; this process forgets the key."""

    def give(text: str | None, new: str | None = None) -> None:
        unlocked._known.clear()
        unlocked._used.clear()
        for variable, content in (
            ("PANZA_PASSPHRASE_FILE", text),
            ("PANZA_NEW_PASSPHRASE_FILE", new),
        ):
            monkeypatch.delenv(variable, raising=False)
            if content is not None:
                path = tmp_path / variable
                path.write_text(content + "\n")
                monkeypatch.setenv(variable, str(path))

    return give


def plain_files(home: Home) -> list[str]:
    files = (path for path in home.root.rglob("*") if path.is_file())
    return [path.name for path in files if WORD in path.read_bytes()]


def test_a_home_from_plain_to_encrypted_and_back(
    home: Home, panza: Panza, passphrase_is, tmp_path: Path
) -> None:
    archive = tmp_path / "sent.mbox"
    archive.write_bytes(short_messages())
    assert panza("import", archive, "--me", WRITER).code == 0
    assert "panza.db" in plain_files(home)
    assert_one_line(panza("encrypt", "on"), 2, "no terminal", "nothing was changed")
    assert "panza.db" in plain_files(home)

    passphrase_is(PASSPHRASE)
    done = panza("encrypt", "on")
    assert (done.code, done.out) == (0, "")
    assert "is encrypted" in done.err
    assert plain_files(home) == []

    mail = panza("search", "the wheel with coins").out
    assert "wheel" in mail
    assert '"mails": 20' in panza("status", "--json").out
    later = tmp_path / "later.mbox"
    later.write_bytes(short_messages().replace(b"Jun 2020", b"Jul 2021").replace(b"Ahoy", b"Hello"))
    assert panza("import", later, "--me", WRITER).code == 0
    assert '"mails": 40' in panza("status", "--json").out
    assert plain_files(home) == []
    checked = panza("doctor", "--check")
    assert "every page, table and index is well-formed" in checked.out

    for given, word in ((None, "no terminal"), ("wrong passphrase", "wrong")):
        before = {p: p.read_bytes() for p in home.root.rglob("*") if p.is_file()}
        for command in (
            ("status",),
            ("doctor",),
            ("search", "wheel"),
            ("import", later),
            ("serve",),
            ("models",),
            ("playback",),
            ("train",),
            ("evaluate",),
            ("backup", tmp_path / "never.zip"),
            ("forget", "--mail", "1", "--yes"),
            ("--ask", "Thank Ann"),
            ("encrypt", "off"),
            ("encrypt", "rekey"),
        ):
            passphrase_is(given)
            assert_one_line(panza(*command), 2, word)
        assert before == {p: p.read_bytes() for p in home.root.rglob("*") if p.is_file()}
    assert panza("encrypt", "status").out == "Encryption    on\n"

    passphrase_is(PASSPHRASE, "quite another one")
    assert panza("encrypt", "rekey").code == 0
    passphrase_is(PASSPHRASE)
    assert_one_line(panza("status"), 2, "wrong")
    passphrase_is("quite another one")
    backup = tmp_path / "b.zip"
    assert "encrypted" in panza("backup", backup).err
    assert WORD not in backup.read_bytes()
    assert panza("encrypt", "off").code == 0
    assert "panza.db" in plain_files(home)
    passphrase_is(None)
    assert '"mails": 40' in panza("status", "--json").out
    assert panza("encrypt", "status").out == "Encryption    off\n"
    assert_one_line(panza("encrypt", "off"), 2, "not encrypted")

    other = tmp_path / "other"
    assert_one_line(panza("--home", other, "restore", backup), 2, "no terminal")
    assert not other.exists()
    passphrase_is("quite another one")
    assert panza("--home", other, "restore", backup).code == 0
    assert '"mails": 40' in panza("--home", other, "status", "--json").out
    assert plain_files(Home(other)) == []
    passphrase_is(None)
    assert "an encrypted database" in panza("--home", other, "forget", "--all").err
    done = panza("--home", other, "forget", "--all", "--yes")
    assert (done.code, "not encrypted any more" in done.err) == (0, True)
    assert not (other / "key.toml").exists()
    assert panza("--home", other, "encrypt", "status").out == "Encryption    off\n"
    assert "encrypted" not in panza("forget", "--all", "--yes").err


def test_a_key_file_that_somebody_changed_is_one_line_and_rekey_makes_it_right(
    home: Home, panza: Panza, passphrase_is
) -> None:
    passphrase_is(PASSPHRASE)
    assert panza("encrypt", "on").code == 0
    file = home.root / "key.toml"
    file.write_text(file.read_text().replace('state = "on"', 'state = "decrypting"'))
    for command, word in (
        (("status",), "encrypt off"),
        (("encrypt", "off"), "encrypt rekey"),
        (("forget", "--mail", "1", "--yes"), "encrypt off"),
    ):
        passphrase_is(PASSPHRASE)
        assert_one_line(panza(*command), 1, "key.toml" if word == "encrypt rekey" else "", word)
    passphrase_is(PASSPHRASE, PASSPHRASE)
    assert panza("encrypt", "rekey").code == 0
    passphrase_is(PASSPHRASE)
    assert panza("status").code == 0
    assert panza("encrypt", "status").out == "Encryption    on\n"
    assert 'state = "on"' in file.read_text()


def test_no_mail_comes_into_a_plain_home_if_the_setting_says_so(
    home: Home, panza: Panza, passphrase_is, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "sent.mbox"
    archive.write_bytes(short_messages())
    monkeypatch.setenv("PANZA_STORE_ENCRYPT", "true")
    assert_one_line(panza("import", archive, "--me", WRITER), 2, "encrypt on", "nothing was")
    passphrase_is(PASSPHRASE)
    assert panza("encrypt", "on").code == 0
    assert panza("import", archive, "--me", WRITER).code == 0
    assert plain_files(home) == []


def on_terminal(home: Path, typed: list[bytes], *arguments: str) -> tuple[int, str]:
    """Run a command in a terminal, with a line typed at each prompt; return its code and output."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "PANZA_HOME": str(home), "TERM": "dumb"}
    process = subprocess.Popen(
        [sys.executable, "-m", "panza_tui", *arguments],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=environment,
        start_new_session=True,
    )
    os.close(follower)
    shown, asked = b"", 0
    while True:
        try:
            chunk = os.read(leader, 4096)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
        while typed and shown.count(b": ") > asked and shown.endswith(b": "):
            asked = shown.count(b": ")
            os.write(leader, typed.pop(0) + b"\n")
    os.close(leader)
    return process.wait(timeout=60), shown.decode()


def test_a_typed_passphrase_is_asked_twice_and_not_shown(home: Home) -> None:
    home.prepare()
    typed = PASSPHRASE.encode()
    code, shown = on_terminal(home.root, [typed, b"a typing error"], "encrypt", "on")
    assert code == 2
    assert "not the same" in shown
    assert not (home.root / "key.toml").exists()
    code, shown = on_terminal(home.root, [typed, typed], "encrypt", "on")
    assert code == 0, shown
    assert PASSPHRASE not in shown
    code, shown = on_terminal(home.root, [b"a wrong one"], "status")
    assert code == 2
    assert "The passphrase is wrong" in shown
    code, shown = on_terminal(home.root, [typed], "status")
    assert (code, "Mails         0" in shown) == (0, True)
