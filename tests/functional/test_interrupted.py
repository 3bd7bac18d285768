"""Commands that are killed, interrupted, or find another one at work."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import PANZA, WRITER, Panza, assert_one_line, bundled_messages, stored

from engine.database.database import connect
from engine.generators.side_by_side import Work
from engine.home.home import Home
from engine.home.locks import hold, holder, is_held
from training.playback.playback import Instruction


def test_a_second_writer_names_the_first_and_gives_up(
    mails_home: Home, tmp_path: Path, panza: Panza, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = functools.partial(hold, mails_home.write_lock, wait=0.0)
    monkeypatch.setattr("panza_tui.jobs.one_writer.hold_write", lambda home, what: impatient(what))
    (tmp_path / "sent.mbox").write_bytes(bundled_messages(5))
    before = stored(mails_home)
    with hold(mails_home.prepare().write_lock, "panza-tui import"):
        for line in (["playback"], ["import", tmp_path / "sent.mbox", "--me", WRITER]):
            done = panza(*line)
            first = f"panza-tui import (process {os.getpid()})"
            assert (done.code, done.out) == (1, "")
            assert done.err.splitlines()[-2] == (
                f"Note: {first} is running; waiting up to 30 s for it."
            )
            assert done.err.splitlines()[-1].startswith(f"panza-tui: {first} is running")
        for line in (["status"], ["search", "wheel"]):
            assert panza(*line).code == 0
    assert stored(mails_home) == before


@pytest.fixture
def run_settings(monkeypatch: pytest.MonkeyPatch, tiny_base: Path) -> None:
    """Runs on the tiny model, long enough to be still running when they are looked at."""
    for key, value in {
        "MODEL_BASE": str(tiny_base),
        "TRAINING_EPOCHS": "1000",
        "TRAINING_VALIDATION": "0",
        "ROSA_MASK_WARMUP_STEPS": "1",
    }.items():
        monkeypatch.setenv(f"PANZA_{key}", value)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # Two would wait for each other on a busy machine.


def begin_training(*arguments: str, until: str) -> subprocess.Popen[str]:
    """Start `panza-tui train --json` as a process, and wait for an event of a kind."""
    command = subprocess.Popen(
        [*PANZA, "train", "--json", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert command.stdout is not None
    for line in command.stdout:
        if json.loads(line)["event"] == until:
            return command
    raise AssertionError(command.communicate()[1])


def process_of(home: Home, name: str) -> int:
    said = holder(home.model(name) / "run.lock")
    assert said is not None
    return int(said.rpartition(" ")[2].rstrip(")"))


def test_a_run_that_is_killed_or_left_alone(
    mails_home: Home, run_settings: None, panza: Panza
) -> None:
    watching = begin_training("--name", "a", until="started")
    for line in ("train --name a", "train --resume a"):
        assert_one_line(panza(*line.split()), 1, "the training run 'a' (process")
    os.kill(process_of(mails_home, "a"), signal.SIGKILL)
    _, err = watching.communicate()
    assert watching.returncode == 1
    line = err.splitlines()[-1]
    assert "killed (signal 9)" in line
    assert "panza-tui train --resume a" in line

    leaving = begin_training("--resume", "a", until="metric")
    os.killpg(leaving.pid, signal.SIGKILL)  # As when its terminal is closed.
    leaving.communicate()
    assert is_held(mails_home.model("a") / "run.lock")
    assert "a: rosa of" in panza("status").out
    assert "running" in panza("status").out
    os.kill(process_of(mails_home, "a"), signal.SIGINT)
    while is_held(mails_home.model("a") / "run.lock"):
        time.sleep(0.05)
    assert json.loads(panza("status", "--json").out)["next"] == "panza-tui train --resume a"


def test_ctrl_c_stops_a_run_and_says_how_to_go_on(
    mails_home: Home, run_settings: None, panza: Panza
) -> None:
    command = begin_training("--name", "b", until="metric")
    command.send_signal(signal.SIGINT)
    out, err = command.communicate()
    assert command.returncode == 130
    assert err.splitlines()[-1] == (
        "panza-tui: The run 'b' was stopped and saved. Resume it with: panza-tui train --resume b"
    )
    events = [json.loads(line) for line in out.splitlines()]
    assert events[-1]["event"] == "failed"
    assert events[-1]["resumable"] is True
    assert not is_held(mails_home.model("b") / "run.lock")


def interrupt(*arguments: object, **options: object) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_import_stores_nothing(
    mails_home: Home, tmp_path: Path, panza: Panza, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored(mails_home)
    archive = tmp_path / "sent.mbox"
    archive.write_bytes(bundled_messages(60))
    with monkeypatch.context() as patch:
        patch.setattr("engine.mail.importing.importing._write_facts", interrupt)
        assert_one_line(panza("import", archive), 130, "this import stored nothing", "import again")
    assert stored(mails_home) == before
    with monkeypatch.context() as patch:
        patch.setattr("engine.retrieval.embedder.embed_query", interrupt)
        assert_one_line(
            panza("import", archive), 130, "mails are stored", "next import, playback or train"
        )
    found = json.loads(panza("status", "--json").out)
    assert found["mails"] > found["indexed"] == 32
    assert panza("import", archive).code == 0
    found = json.loads(panza("status", "--json").out)
    assert found["mails"] == found["indexed"]


def test_an_interrupted_playback_keeps_what_it_wrote(
    mails_home: Home, panza: Panza, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(mails_home.database)
    connection.execute("DELETE FROM instructions")

    def two(mail: object, *others: object, reports: bool) -> Work[Instruction]:
        yield from ()
        if connection.execute("SELECT count(*) FROM instructions").get == 2:
            raise KeyboardInterrupt
        return Instruction("Write to Nils and ask for spokes.", "playback")

    monkeypatch.setattr("training.playback.playback.playing_back", two)
    assert_one_line(
        panza("playback"), 130, "of 2 mails, are kept", "Continue with: panza-tui playback"
    )
    assert connection.execute("SELECT count(*) FROM instructions").get == 2
