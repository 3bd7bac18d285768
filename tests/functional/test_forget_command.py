"""`panza-tui forget`, `playback --redo` and what the app's screens do on a real home."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import BUNDLED, WRITER, Panza, bundled_messages

from engine.database.database import connect
from engine.errors import PanzaError
from engine.events import Event
from engine.home.home import Home
from engine.home.locks import hold
from engine.mail.stored.mailbox import BY_HAND
from engine.settings import load_settings
from panza_tui.first_start.home_service import HomeStartService
from panza_tui.first_start.service import Candidate
from panza_tui.mailbox.home_service import HomeMailboxService


def count(home: Home, table: str) -> int:
    return connect(home.database).execute(f"SELECT count(*) FROM {table}").get


def longest_word(home: Home, mail_id: int) -> tuple[str, bytes]:
    """Return a sentence of a mail that occurs in no other mail, and its bytes."""
    body = connect(home.database).execute("SELECT body FROM mails WHERE id = ?", (mail_id,)).get
    line = max(body.splitlines(), key=len)
    return line, line.encode()


def files_with(home: Home, needle: bytes) -> list[Path]:
    return [p for p in home.root.rglob("*") if p.is_file() and needle in p.read_bytes()]


def model_on(home: Home, name: str, *mails: int) -> None:
    folder = home.model(name)
    folder.mkdir(parents=True)
    (folder / "card.toml").write_text(
        f'name = "{name}"\nbase = "smollm2-135m-instruct"\nmethod = "rosa"\ncreated = 1\n'
        'state = "finished"\n'
    )
    split = {"train": list(mails), "validation": [], "held_out": []}
    (folder / "split.json").write_text(json.dumps(split))


def test_a_forgotten_mail_is_removed_everywhere_and_not_imported_again(
    mails_home: Home, panza: Panza
) -> None:
    model_on(mails_home, "lo-rosa", 3)
    _, words = longest_word(mails_home, 3)
    assert files_with(mails_home, words)
    before = count(mails_home, "mails")
    result = panza("forget", "--mail", "3", "--yes")
    assert result.code == 0, result.err
    assert "Forgotten." in result.err
    assert "lo-rosa learnt from it and still knows it" in result.err
    assert result.out == ""
    assert files_with(mails_home, words) == []
    archive = mails_home.root.parent / "again.mbox"
    archive.write_bytes(bundled_messages(45))
    assert panza("import", archive, "--me", WRITER).code == 0
    assert count(mails_home, "mails") == before - 1
    assert files_with(mails_home, words) == []


def test_it_asks_on_a_terminal_and_refuses_elsewhere(mails_home: Home, panza: Panza) -> None:
    for what in (("--mail", "3"), ("--all",)):
        result = panza("forget", *what)
        assert result.code == 2
        assert "confirm with --yes" in result.err
    assert count(mails_home, "mails") > 0
    for answer, code in (("n", 1), ("y", 0)):
        reader, terminal = pty.openpty()
        os.write(reader, f"{answer}\n".encode())
        done = subprocess.run(
            [sys.executable, "-m", "panza_tui", "forget", "--mail", "3"],
            stdin=terminal,
            stdout=subprocess.PIPE,
            stderr=terminal,
            check=False,
        )
        said = os.read(reader, 10_000).decode()
        os.close(reader)
        os.close(terminal)
        assert done.returncode == code, said
        assert "Forget the mail of" in said
        assert done.stdout == b""


@pytest.mark.parametrize("what", [(), ("--mail", "3", "--all"), ("--model", "x", "--mail", "3")])
def test_exactly_one_thing_is_forgotten(mails_home: Home, panza: Panza, what: tuple[str]) -> None:
    result = panza("forget", *what, "--yes")
    assert result.code == 2
    assert "one of --mail ID, --model NAME and --all" in result.err


def test_what_is_not_there_cannot_be_forgotten(home: Home, panza: Panza) -> None:
    assert panza("forget", "--all", "--yes").code == 3
    home.prepare()
    connect(home.database).close()
    assert panza("forget", "--mail", "7", "--yes").code == 2
    result = panza("forget", "--model", "nobody", "--yes")
    assert (result.code, "There is no model 'nobody'" in result.err) == (3, True)


def test_a_model_is_forgotten(mails_home: Home, panza: Panza) -> None:
    model_on(mails_home, "lo-rosa")
    assert panza("forget", "--model", "lo-rosa", "--yes").code == 0
    assert not mails_home.model("lo-rosa").exists()
    assert count(mails_home, "mails") > 0


def test_everything_is_forgotten_unless_a_run_is_active(mails_home: Home, panza: Panza) -> None:
    model_on(mails_home, "lo-rosa", 3)
    _, words = longest_word(mails_home, 3)
    with hold(mails_home.model("lo-rosa") / "run.lock", "the training run 'lo-rosa'"):
        result = panza("forget", "--all", "--yes")
        assert (result.code, "the training run 'lo-rosa'" in result.err) == (1, True)
    assert panza("forget", "--all", "--yes").code == 0
    assert [path.name for path in mails_home.root.iterdir()] == ["write.lock"]
    assert files_with(mails_home, words) == []
    assert json.loads(panza("status", "--json").out)["mails"] == 0


def test_redo_keeps_what_was_written_by_hand(
    mails_home: Home, panza: Panza, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANZA_PLAYBACK_ATTEMPTS", "1")
    monkeypatch.setenv("PANZA_PLAYBACK_MAX_TOKENS", "12")
    connection = connect(mails_home.database)
    connection.execute("DELETE FROM mails WHERE id > 4")
    connection.execute(
        "UPDATE instructions SET origin = 'playback', text = 'old' WHERE mail_id < 3"
    )
    assert "All mails have an instruction" in panza("playback").err
    result = panza("playback", "--redo")
    assert result.code == 0, result.err
    assert "Instructions written: 2" in result.err
    rows = connection.execute("SELECT mail_id, origin, text FROM instructions").fetchall()
    assert {number for number, origin, _ in rows if origin == "hand"} == {3, 4}
    assert "old" not in [text for _, _, text in rows]
    assert panza("playback", "--mail", "3").code == 0
    origin = connection.execute("SELECT origin FROM instructions WHERE mail_id = 3").get
    assert origin in ("playback", "notes")


def test_the_mailbox_on_a_real_home(mails_home: Home) -> None:
    model_on(mails_home, "lo-rosa", 3)
    source = HomeMailboxService(mails_home, lambda: load_settings(environment={}), None)
    ids = source.ids("all")
    assert len(source.lines(ids)) == len(ids)
    opened = source.open(3)
    assert opened is not None
    assert opened.learnt_by == ("lo-rosa",)
    words, _ = longest_word(mails_home, 3)
    hits = source.search(words)
    assert hits[0].id == 3
    assert "meaning" in hits[0].why
    source.leave_out(3)
    assert all(hit.id != 3 for hit in source.search(words))
    again = source.open(3)
    assert again is not None
    assert again.mail.left_out == BY_HAND
    source.take_back(3)
    assert source.search(words)[0].id == 3
    source.write_instruction(3, "ask for a bell")
    source.redo_instruction(3)
    redone = source.open(3)
    assert redone is not None
    assert redone.instruction is not None
    assert redone.instruction.origin in ("playback", "notes")
    at_work = hold(mails_home.root / "jobs" / "playback" / "lock", "panza-tui playback")
    with at_work, pytest.raises(PanzaError, match="panza-tui playback"):
        source.redo_instruction(3)
    assert source.forget(3)[0].startswith("Forgotten.")
    assert source.open(3) is None


def test_the_first_start_on_a_real_home(home: Home) -> None:
    home.prepare()
    source = HomeStartService(home, lambda: load_settings(environment={}), None)
    assert source.state().step.work == "import"
    events: list[Event] = []
    archive = home.root.parent / "-my sent.mbox"  # Not to be taken for an option.
    archive.write_bytes(BUNDLED.read_bytes())
    found = source.find_addresses(archive, events.append, lambda: False)
    assert found[0] == Candidate("Lo Finch", WRITER, found[0].mails)
    assert events
    assert source.find_addresses(archive, events.append, lambda: True) == []
    with pytest.raises(PanzaError, match="is not a mailbox"):
        source.find_addresses(Path(__file__), events.append, lambda: False)
    source.start_import(archive, [WRITER])
    assert source.state().running == "import"
    source.follow("import", events.append, lambda: False)
    standing = source.state()
    assert (standing.running, standing.trouble) == (None, "")
    assert standing.kept == 120
    assert ("calendar", 1, "an invitation or the answer to one") in standing.left_out
    assert standing.step.work == "playback"
    assert source.find_addresses(archive, events.append, lambda: False)[0].known
    source.start_import(archive.with_name("gone.mbox"), [WRITER])
    source.follow("import", events.append, lambda: False)
    assert source.state().trouble == ""  # The step to take now is another one.


def test_only_what_is_ours_is_removed_also_from_a_damaged_home(
    mails_home: Home, panza: Panza, tmp_path: Path
) -> None:
    thesis = mails_home.root / "Documents" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("mine")
    big_disk = tmp_path / "big disk"
    big_disk.mkdir()
    mails_home.models.symlink_to(big_disk)
    mails_home.database.write_bytes(b"damaged")
    refused = panza("forget", "--all")
    assert (refused.code, "a database that can't be read" in refused.err) == (2, True)
    done = panza("forget", "--all", "--yes")
    assert done.code == 0, done.err
    assert str(thesis.parent) in done.err
    assert str(big_disk) in done.err
    assert sorted(os.listdir(mails_home.root)) == ["Documents", "write.lock"]
    assert thesis.read_text() == "mine"
    assert big_disk.exists()
    assert panza("forget", "--all", "--yes").code == 3  # There is nothing more.


def test_models_can_be_forgotten_without_a_database(mails_home: Home, panza: Panza) -> None:
    model_on(mails_home, "lo-rosa", 3)
    model_on(mails_home, "lo-lora", 3)
    mails_home.database.write_bytes(b"damaged")
    assert panza("forget", "--model", "lo-rosa", "--yes").code == 0
    mails_home.database.unlink()
    assert panza("forget", "--model", "lo-lora", "--yes").code == 0
    assert os.listdir(mails_home.models) == []
    assert not mails_home.database.exists()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)])
def test_what_is_no_database_keeps_nothing_else_from_being_forgotten(
    home: Home, panza: Panza, make: Callable[[Path], None]
) -> None:
    model_on(home, "lo", 3)
    make(home.database)
    signal.alarm(60)  # Opening a FIFO waits forever.
    try:
        done = panza("forget", "--all", "--yes")
    finally:
        signal.alarm(0)
    assert done.code == 0, done.err
    assert not home.model("lo").exists()
