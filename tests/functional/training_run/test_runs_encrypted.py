"""Training runs in an encrypted home: stopped and resumed exactly, with nothing there in plain."""

from __future__ import annotations

import shutil

import pytest
import torch
from safetensors.torch import load_file

import training.run
from engine.disk.files import last_line
from engine.encryption import unlocked
from engine.encryption.conversion import encrypt_home
from engine.encryption.key_file import Cost, key_file, new_key, unwrap, wrap
from engine.encryption.key_record import KEY_FILE
from engine.encryption.stored import readable, write_file
from engine.errors import PanzaError
from engine.events import Sample, read_events
from engine.home.home import Home
from training.runs.checkpoints import last_checkpoint
from training.runs.process import start_run
from training_run.runs import Interrupting, adapter, metrics

PASSPHRASE = "six random words would do here"


@pytest.fixture
def sealed(home, tmp_path, monkeypatch):
    """Encrypt a copy of the home and return it."""
    monkeypatch.setattr(unlocked, "_known", {})
    copy = Home(tmp_path / "home")
    shutil.copytree(home.root, copy.root, ignore=shutil.ignore_patterns("whole"))
    key = new_key()
    file = wrap(key, PASSPHRASE, "encrypting", Cost(64, 1, 1))
    encrypt_home(copy, file, key, lambda what: None)
    return copy


def plain_files(folder) -> list[str]:
    """The files of a run that are not encrypted, and have something in them."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    return sorted(p.name for p in files if not p.read_bytes().startswith(b"panza-tui "))


def test_a_run_is_the_one_of_a_plain_home(home, begin, whole, sealed):
    begin("stopped")
    shutil.copytree(home.model("stopped"), sealed.model("stopped"))
    shutil.rmtree(home.model("stopped"))
    folder = sealed.model("stopped")
    for path in folder.iterdir():  # As if it had been made there.
        write_file(path, path.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training.run, "EventLog", Interrupting)
        patch.setattr(Interrupting, "at", 4)
        assert training.run.run(sealed, "stopped") == 130
    assert last_checkpoint(folder).name == "checkpoint-4"
    assert plain_files(folder) == ["run.lock"]
    assert training.run.run(sealed, "stopped") == 0
    assert plain_files(folder) == ["run.lock"]
    assert not list(folder.rglob("*partial*"))
    assert metrics(folder) == metrics(whole)
    assert any(isinstance(event, Sample) for event in read_events(folder / "events.jsonl"))
    expected = adapter(whole)
    with readable(folder / "adapter") as plain:
        found = load_file(plain / "adapter_model.safetensors")
    assert found.keys() == expected.keys()
    assert all(torch.equal(value, expected[name]) for name, value in found.items())


def test_a_process_of_its_own_gets_the_key(sealed):
    folder = sealed.model("none-such")
    folder.mkdir()
    assert start_run(sealed, "none-such").wait(timeout=120) == 1
    assert "card" in last_line(folder / "log.txt") or "no model" in last_line(folder / "log.txt")
    assert plain_files(folder) == ["run.lock"]


def test_a_locked_run_says_so_in_one_line_and_loses_nothing(sealed):
    key = unwrap(key_file(sealed), PASSPHRASE)
    sealed.model("lo").mkdir()
    unlocked.lock(key.id)
    with pytest.raises(PanzaError, match="is encrypted") as caught:
        training.run.run(sealed, "lo")
    assert "\n" not in str(caught.value)
    assert (sealed.root / KEY_FILE).exists()
