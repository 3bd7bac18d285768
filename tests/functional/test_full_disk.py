"""A home on a disk that is full or read-only."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Panza, assert_one_line, bundled_messages, stored

from engine import left_out
from engine.database.database import connect
from engine.disk.files import read_small
from engine.encryption import conversion, unlocked
from engine.encryption.key_file import Cost, key_file, new_key, wrap
from engine.errors import PanzaError
from engine.home.home import Home


@contextlib.contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """Mount a file system for a test; skip it if that is not permitted."""
    folder.mkdir(exist_ok=True)
    try:
        done = subprocess.run(["mount", *options, str(folder)], capture_output=True, check=False)
    except OSError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip("mounting is not permitted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_home_that_can_not_be_written(mails_home: Home, panza: Panza) -> None:
    root = str(mails_home.prepare().root)
    with mounted(mails_home.root, "--bind", root):
        subprocess.run(["mount", "-o", "remount,bind,ro", root], check=True)
        for line in (["playback"], ["import", root], ["train"]):
            assert_one_line(panza(*line), 1)


def test_a_read_only_home_without_a_cache_is_searched_by_words(
    model_home: Home, panza: Panza, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left_out, "_lines", {})
    root = str(model_home.prepare().root)
    model_home.cache.unlink()
    model_home.cache.mkdir()
    with mounted(model_home.root, "--bind", root):
        subprocess.run(["mount", "-o", "remount,bind,ro", root], check=True)
        for line in (["search", "wheel"], ["--ask", "wheel", "--fast", "--max-tokens", "2"]):
            done = panza(*line)
            assert done.code == 0, done.err
            assert done.out.strip()
            said = "Note: Past mails were searched by their words alone. The embedder can't be"
            assert done.err.count(said) == 1
            left_out._lines.clear()


@pytest.fixture
def full_home(mails_home: Home) -> Iterator[Home]:
    """`mails_home` on a small disk that is almost full."""
    content = mails_home.database.read_bytes()
    cache = mails_home.cache.resolve()
    with mounted(mails_home.root, "-t", "tmpfs", "-o", "size=3m", "tmpfs"):
        mails_home.database.write_bytes(content)
        mails_home.cache.symlink_to(cache)
        with contextlib.closing(connect(mails_home.prepare().database)) as connection:
            connection.execute("DELETE FROM instructions WHERE mail_id = 5")
        yield mails_home


def fill(home: Home) -> Path:
    """Fill the disk completely."""
    filler = home.root / "filler"
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return filler


def test_a_full_disk_damages_nothing(full_home: Home, tmp_path: Path, panza: Panza) -> None:
    archive = tmp_path / "sent.mbox"
    archive.write_bytes(bundled_messages(161))
    before = stored(full_home)
    filler = fill(full_home)
    for line in (["import", archive], ["playback"], ["train"], ["status"], ["--ask", "x"]):
        assert_one_line(panza(*line), 1, "disk", "Make room")
    filler.unlink()
    with contextlib.closing(connect(full_home.database)) as connection:  # As the app does.
        connection.execute("SELECT count(*) FROM mails").fetchall()
        filler = fill(full_home)
        for line in (["import", archive], ["playback"]):
            assert_one_line(panza(*line), 1, "disk is full")
        asked = panza("--ask", "x", "--plain-base", "--max-tokens", "2", "--no-retrieval")
        assert (asked.code, asked.out != "\n") == (0, True)
        assert "could not be saved" in asked.err
        filler.unlink()
    assert stored(full_home) == before
    assert panza("import", archive).code == 0
    found = json.loads(panza("status", "--json").out)
    assert found["mails"] == found["indexed"] > 32


def test_a_full_home_is_not_put_down_to_the_place_of_its_backup(
    full_home: Home, tmp_path: Path, panza: Panza
) -> None:
    filler = fill(full_home)
    done = panza("backup", tmp_path / "b.zip")
    assert_one_line(done, 1, "The database can't be read or written", "Make room")
    assert "b.zip" not in done.err
    filler.unlink()
    assert panza("backup", tmp_path / "b.zip").code == 0


@pytest.mark.parametrize(
    ("filled_at", "undone"), [("database", True), ("models/lo/card.toml", False)]
)
def test_a_disk_that_fills_up_while_a_home_is_encrypted_costs_nothing(
    full_home: Home, monkeypatch: pytest.MonkeyPatch, filled_at: str, undone: bool
) -> None:
    monkeypatch.setattr(unlocked, "_known", {})
    monkeypatch.setattr(conversion, "_check_room", lambda home: None)  # Others fill it later.
    model = full_home.model("lo")
    model.mkdir(parents=True)
    card = b'name = "lo"\nbase = "x"\nmethod = "rosa"\ncreated = 1\nstate = "finished"\n' * 99
    (model / "card.toml").write_bytes(card)
    (model / "events.jsonl").write_text('{"event": "sample", "text": "A draft"}\n')
    before = stored(full_home)
    key = new_key()
    new = wrap(key, "six random words", "encrypting", Cost(64, 1, 1))
    for start in (conversion.encrypt_home, conversion.decrypt_home):
        was = key_file(full_home)

        def fill_at(what: str) -> None:
            if what == filled_at:
                fill(full_home)

        with pytest.raises(PanzaError, match="ake room") as raised:
            start(full_home, was or new, key, fill_at)
        is_stuck = "can't be used until" in str(raised.value)
        if start is conversion.encrypt_home:  # Undoing it writes nothing that is not there yet.
            assert is_stuck != undone
        (full_home.root / "filler").unlink()
        if not is_stuck:
            assert key_file(full_home) == was
            assert stored(full_home) == before
        start(full_home, key_file(full_home) or new, key, lambda what: None)
        unlocked.unlock(key)
        assert stored(full_home) == before
        assert read_small(model / "card.toml").encode() == card
    assert key_file(full_home) is None
