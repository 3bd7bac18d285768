"""The home is private, and locks end with the process that holds them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import PanzaError, UsageError
from engine.home.home import Home, default_home
from engine.home.locks import hold, hold_write, holder, is_held, training_is_active

HOLDING = (
    "import sys; from pathlib import Path; from engine.home.locks import hold\n"
    "with hold(Path(sys.argv[1]), 'panza-tui import'):\n"
    "    print('held', flush=True); sys.stdin.read()\n"
)


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def other():
    """Return a function that starts a process which holds a lock until its stdin closes."""
    started = []

    def start(path: Path) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDING, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


# --- home


def test_the_home_and_all_in_it_are_private(home):
    (home.root / "panza.db").touch()
    for path in (home.root, home.cache, home.models, home.root / "panza.db"):
        assert path.stat().st_mode & 0o077 == 0


def test_preparing_twice_is_fine(home):
    assert home.prepare() == home


def test_making_a_home_touches_nothing(tmp_path):
    assert Home(tmp_path / "new").database == tmp_path / "new" / "panza.db"
    assert not (tmp_path / "new").exists()


def test_a_home_that_can_not_be_made_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PanzaError, match=r"can't be created.*--home or PANZA_HOME"):
        Home(tmp_path / "file" / "home").prepare()


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "/etc", "-x", "a\n", "a b", "é"])
def test_a_model_name_can_not_leave_the_home(home, name):
    with pytest.raises(UsageError, match="is not a model name"):
        home.model(name)


@pytest.mark.parametrize("name", ["a", "smollm2-135m-instruct-rosa", "x.1_2", "9" * 64])
def test_a_plain_model_name_is_a_folder(home, name):
    assert home.model(name) == home.models / name


def test_panza_home_names_the_home(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PANZA_HOME", "mine")
    assert default_home().root == tmp_path / "mine"
    monkeypatch.setenv("PANZA_HOME", "")
    assert default_home().root.is_absolute()
    assert default_home().root != tmp_path


# --- locks


def test_a_second_process_gets_the_name_of_the_lock_holder(home, other):
    path = home.write_lock
    process = other(path)
    assert is_held(path)
    assert holder(path) == f"panza-tui import (process {process.pid})"
    with (
        pytest.raises(PanzaError, match=rf"panza-tui import \(process {process.pid}\) is running"),
        hold(path, "another", wait=0),
    ):
        pass


def test_a_lock_is_free_when_its_holder_ends(home, other):
    process = other(home.write_lock)
    process.communicate("")
    assert not is_held(home.write_lock)
    with hold_write(home, "me"):
        assert holder(home.write_lock) == f"me (process {os.getpid()})"


def test_a_killed_process_leaves_no_lock(home, other):
    process = other(home.write_lock)
    process.kill()
    process.communicate()
    with hold(home.write_lock, "me", wait=0):
        pass


def test_waiting_lasts_until_the_other_is_done(home, other, monkeypatch):
    process = other(home.write_lock)
    # Instead of sleeping, the other one is let go.
    monkeypatch.setattr("engine.home.locks.time.sleep", lambda seconds: process.communicate(""))
    with hold(home.write_lock, "me", wait=60):
        assert process.poll() == 0


def test_a_lock_is_free_after_an_error_within(home):
    with pytest.raises(ValueError, match="within"), hold(home.write_lock, "me"):
        raise ValueError("within")
    assert not is_held(home.write_lock)


def test_a_shorter_holder_replaces_a_longer_one_in_the_lock_file(home):
    with hold(home.write_lock, "a very long description of what is done"):
        pass
    with hold(home.write_lock, "b"):
        assert holder(home.write_lock) == f"b (process {os.getpid()})"


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "{}", "\x00"])
def test_a_lock_file_that_says_nothing_names_no_holder(home, text):
    home.write_lock.write_text(text)
    assert holder(home.write_lock) is None


def test_a_training_run_is_followed_while_it_runs(home):
    assert not training_is_active(home)
    for name in ("one", "two"):
        home.model(name).mkdir()
    with hold(home.model("two") / "run.lock", "run"):
        assert training_is_active(home)
    assert not training_is_active(home)
    assert not is_held(home.model("one") / "run.lock")
