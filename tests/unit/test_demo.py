"""The demo's stages, with a fake in place of the commands that it runs as processes."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from engine import subprocesses
from engine.disk import locked_folders
from engine.errors import PanzaError
from engine.events import Event, Started
from panza_tui.commands.demo import _summary
from panza_tui.jobs import demo as module

STAND_IN = """
import json, os, pathlib, sys, time
home, arguments = pathlib.Path(os.environ["PANZA_HOME"]), sys.argv[3:]
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps([str(home), *arguments]) + "\\n")
if arguments[0] == os.environ.get("FAILS"):
    sys.exit(7)
if arguments[0] == os.environ.get("LASTS"):
    open(os.environ["CALLS"] + ".lasts", "w").close()
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        open(os.environ["CALLS"] + ".stopped", "w").close()
        sys.exit(130)
if arguments[0] == "train":
    folder = home / "models" / "lo"
    folder.mkdir()
    (folder / "card.toml").write_text(
        'name = "lo"\\nbase = "b"\\nmethod = "rosa"\\ncreated = 1\\nstate = "finished"\\n'
        "[figures]\\nheld_out_loss_base = 3.0\\nheld_out_loss = 1.5\\npeak_memory_gib = 2.0\\n"
    )
if arguments[0] == "--ask":
    which = os.environ["PANZA_MODEL_BASE"] if "--plain-base" in arguments else "own"
    print(json.dumps({"draft": f"{which}: {arguments[1]}"}))
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which the fake records the demo's command lines."""
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    path = tmp_path / "calls"
    monkeypatch.setenv("CALLS", str(path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def start(name: str, arguments: Any, *, folder: Path, **options: Any) -> Any:
        assert name == "panza_tui"
        assert folder.is_dir()
        return subprocesses.start_module("stand_in", arguments, folder=tmp_path, **options)

    monkeypatch.setattr(module, "start_module", start)
    return path


def test_all_stages_run_in_a_temporary_home(calls: Path, capfd: pytest.CaptureFixture[str]) -> None:
    events: list[Event] = []
    result = module.demo(events.append)
    lines = [json.loads(line) for line in calls.read_text().splitlines()]
    assert [line[1] for line in lines] == [
        *("import", "playback", "train", "export"),
        *("--ask",) * 9,
    ]
    assert len({line[0] for line in lines}) == 1
    assert not Path(lines[0][0]).exists()
    assert [event.work for event in events if isinstance(event, Started)] == [
        *("import", "playback", "train", "export", "draft"),
    ]
    writer = module.read_writer()
    first = result.drafts[0]
    assert (first.base, first.mail_base, first.personal) == (
        f"smollm2-135m-instruct: {writer.instructions[0]}",
        f"mail-base-5: {writer.instructions[0]}",
        f"own: {writer.instructions[0]}",
    )
    assert list(result.seconds) == ["import", "playback", "train", "export", "nine drafts"]
    assert "Held-out loss 3.00 -> 1.50 nats/token" in _summary(result)[1]
    assert capfd.readouterr() == ("", "")


def test_what_a_killed_demo_left_is_removed_by_the_next(
    calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, lock = locked_folders.make(tmp_path, "panza-demo-")
    (left / "panza.db").touch()
    module.demo(lambda event: None)
    assert left.exists()  # It may be at work.
    os.close(lock)
    module.demo(lambda event: None)
    assert not list(tmp_path.glob("panza-demo-*"))


@pytest.mark.parametrize(
    ("stage", "words"),
    [("import", "'import' failed"), ("export", r"'export' failed \(exit code 7\)")],
)
def test_a_stage_that_fails_is_named(
    calls: Path, monkeypatch: pytest.MonkeyPatch, stage: str, words: str
) -> None:
    monkeypatch.setenv("FAILS", stage)
    with pytest.raises(PanzaError, match=words):
        module.demo(lambda event: None)
    assert json.loads(calls.read_text().splitlines()[-1])[1] == stage


def test_a_draft_that_fails_is_one_plain_line(calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAILS", "--ask")
    with pytest.raises(PanzaError, match="drafts failed"):
        module.demo(lambda event: None)


def test_an_interrupt_ends_the_stage_before_its_home_is_removed(
    calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LASTS", "playback")
    lasts = calls.with_name("calls.lasts")

    def interrupt() -> None:
        while not lasts.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            module.demo(lambda event: None)
    finally:
        signal.signal(signal.SIGINT, before)
    assert calls.with_name("calls.stopped").exists()
