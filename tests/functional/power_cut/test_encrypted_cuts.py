"""A power cut of an encrypted home: it opens with the passphrase, and is sound and whole."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from conftest import WRITER, short_messages

from engine.backup.read import verify
from engine.database import database
from engine.encryption import unlocked
from engine.encryption.key_file import Cost, key_file, unwrap, wrap
from engine.encryption.stored import read_file
from engine.encryption.unlocked import LockedError
from engine.events import silent
from engine.home.home import Home
from panza_tui.jobs import encryption
from panza_tui.jobs.doctor import Finding
from power_cut.test_database_cuts import numbers, write_one_more

OLD, NEW = "an old passphrase", "a new passphrase"
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
CARD = 'name = "lo"\nbase = "b"\nmethod = "rosa"\ncreated = 1\nstate = "finished"\n'
WEIGHTS = b"weights of the boat " * 5000


@pytest.fixture(autouse=True)
def passphrases(home, tmp_path, monkeypatch):
    """Files with the passphrases for commands, and no keys of other tests."""
    monkeypatch.setattr(unlocked, "_known", {})
    monkeypatch.setattr(unlocked, "_used", {})
    monkeypatch.setattr(encryption, "wrap", partial(wrap, cost=CHEAP))
    for variable, text in (("PANZA_PASSPHRASE_FILE", OLD), ("PANZA_NEW_PASSPHRASE_FILE", NEW)):
        (tmp_path / variable).write_text(text)
        monkeypatch.setenv(variable, str(tmp_path / variable))


@pytest.fixture
def plain_home(mails_home: Home) -> Home:
    folder = mails_home.prepare().model("lo")
    (folder / "adapter").mkdir(parents=True)
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(WEIGHTS)
    (folder / "card.toml").write_text(CARD)
    (folder / "events.jsonl").write_text('{"event": "warn", "text": "the boat"}\n' * 3)
    return mails_home


@pytest.fixture
def sealed(plain_home: Home) -> Home:
    encryption.turn_on(plain_home, old, old, silent, in_keyring=False)
    return plain_home


def old(what: str) -> str:
    return OLD


def give_passphrase(home: Home) -> None:
    """Open the home as the next session does, which knows nothing yet."""
    _forget_keys()
    encryption.unlock_home(home, old)


def _forget_keys() -> None:
    unlocked._known.clear()
    unlocked._used.clear()


def finish(home: Home) -> None:
    """Open the home; what was interrupted is finished first, as the message says."""
    _forget_keys()
    match encryption.read_encryption(home).state:
        case "encrypting":
            encryption.turn_on(home, old, old, silent, in_keyring=False)
        case "decrypting":
            encryption.turn_off(home, old, silent)
    encryption.unlock_home(home, old)


def new_mails(folder: Path) -> Path:
    archive = folder / "new.mbox"
    archive.write_bytes(b"\nFrom ".join(short_messages().split(b"\nFrom ")[:2]) + b"\n")
    return archive


def recorder(found: set[int], before: int) -> Callable[[Home], None]:
    """Return a check that records how many mails more there are, and that work goes on."""

    def check(home: Home) -> None:
        found.add(numbers(home)[0] - before)
        weights = read_file(home.model("lo") / "adapter" / "adapter_model.safetensors")
        assert weights.encode() == WEIGHTS
        write_one_more(home)

    return check


def test_an_import_is_there_whole_or_not_at_all(cut_power, sealed, tmp_path):
    found: set[int] = set()
    check = recorder(found, numbers(sealed)[0])
    archive = new_mails(tmp_path)
    command = ("-m", "panza_tui", "--home", sealed.root, "import", archive, "--me", WRITER)
    assert cut_power(sealed, check, *command, open_home=give_passphrase) > 20
    assert found == {0, 2}


def test_a_mail_is_forgotten_whole_or_not_at_all(cut_power, sealed):
    found: set[int] = set()
    check = recorder(found, numbers(sealed)[0])
    command = ("-m", "panza_tui", "--home", sealed.root, "forget", "--mail", "1", "--yes")
    assert cut_power(sealed, check, *command, open_home=give_passphrase) > 20
    assert found == {-1, 0}


def test_a_home_is_encrypted_whole_or_can_be_finished(cut_power, plain_home):
    found: set[int] = set()
    states = set()
    mails = recorder(found, numbers(plain_home)[0])
    with closing(database.connect(plain_home.database)) as connection:
        words = connection.execute("SELECT body FROM mails WHERE id = 1").get.split("\n")[0]

    def open_home(home: Home) -> None:
        states.add(encryption.read_encryption(home).state)
        if encryption.read_encryption(home).state == "on":
            _has_no_words(home, words.encode(), b"weights of", b"the boat")
        finish(home)

    command = ("-m", "panza_tui", "--home", plain_home.root, "encrypt", "on")
    assert cut_power(plain_home, mails, *command, open_home=open_home) > 20
    assert found == {0}
    assert states == {"off", "encrypting", "on"}


def _has_no_words(home: Home, *words: bytes) -> None:
    for path in home.root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(word in content for word in words), path


def test_a_home_is_decrypted_whole_or_can_be_finished(cut_power, sealed):
    found: set[int] = set()
    states = set()
    mails = recorder(found, numbers(sealed)[0])

    def open_home(home: Home) -> None:
        states.add(encryption.read_encryption(home).state)
        finish(home)

    command = ("-m", "panza_tui", "--home", sealed.root, "encrypt", "off")
    assert cut_power(sealed, mails, *command, open_home=open_home) > 20
    assert found == {0}
    assert states == {"off", "decrypting", "on"}


def test_one_of_the_two_passphrases_always_opens_it(cut_power, sealed):
    found: set[int] = set()
    opened = set()

    def open_home(home: Home) -> None:
        _forget_keys()
        file = key_file(home)
        for passphrase in (OLD, NEW):
            try:
                unwrap(file, passphrase)
            except LockedError:
                continue
            opened.add(passphrase)
            encryption.unlock_home(home, lambda what, right=passphrase: right)

    check = recorder(found, numbers(sealed)[0])
    command = ("-m", "panza_tui", "--home", sealed.root, "encrypt", "rekey")
    assert cut_power(sealed, check, *command, open_home=open_home) > 2
    assert opened == {OLD, NEW}
    assert found == {0}


def test_a_backup_that_has_its_name_is_complete_and_encrypted(cut_power, sealed, tmp_path):
    disk = Home(tmp_path / "disk")
    disk.root.mkdir()
    found = set()

    def check(home: Home) -> None:
        file = home.root / "b.zip"
        found.add(file.exists())
        if file.exists():
            assert verify(file, lambda done, total: None).is_encrypted

    command = ("-m", "panza_tui", "--home", sealed.root, "backup", disk.root / "b.zip")
    assert cut_power(disk, check, *command) > 3
    assert found == {False, True}


def test_a_backup_is_restored_whole_or_not_at_all(cut_power, panza, sealed, tmp_path):
    backup = tmp_path / "b.zip"
    assert panza("backup", backup).code == 0
    assert panza("forget", "--mail", "1", "--yes").code == 0
    found: set[int] = set()
    check = recorder(found, numbers(sealed)[0])
    command = ("-m", "panza_tui", "--home", sealed.root, "restore", backup)

    def is_expected(finding: Finding) -> bool:  # Between the models and the database.
        return finding.subject == "restore"

    options = {"open_home": give_passphrase, "expected": is_expected}
    assert cut_power(sealed, check, *command, **options) > 5
    assert found == {0, 1}
