"""Starting a run from the command and the screen: what is done first, and what a failure leaves."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Panza

from engine.database import connect
from engine.errors import PanzaError
from engine.events import Progress
from engine.home import Home
from engine.retrieval.index import embedding_state
from engine.settings import load_settings
from engine.subprocesses import start_module
from panza_tui.dashboard.home_service import HomeTrainingService
from panza_tui.dashboard.service import RunChoice
from panza_tui.first_start.home_service import HomeStartService
from panza_tui.jobs.background import running_job
from panza_tui.jobs.bases import base_choices
from training.cost import machine


def embedded(home: Home) -> tuple[int, int]:
    state = embedding_state(connect(home.database))
    return state.done, state.total


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int]]:
    """A list of (name, embedded mails, all mails) of the runs that would have been started."""
    runs: list[tuple[str, int, int]] = []

    def start_run(home: Home, name: str) -> subprocess.Popen[bytes]:
        runs.append((name, *embedded(home)))
        raise PanzaError("Here the test ends.")

    monkeypatch.setattr("training.runs.process.start_run", start_run)
    return runs


@pytest.fixture
def train_home(mails_home: Home, tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with mails that were not embedded, to be trained on the tiny base."""
    monkeypatch.setenv("PANZA_MODEL_BASE", str(tiny_base))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with connect(mails_home.database) as connection:
        connection.execute("DELETE FROM vectors")
    return mails_home.prepare()


# What was not embedded is embedded first: examples show similar past mails.


def test_the_command_embeds_what_is_missing(
    train_home: Home, panza: Panza, started: list[tuple[str, int, int]]
) -> None:
    assert panza("train", "--name", "a").err.splitlines()[-1].endswith("Here the test ends.")
    assert started == [("a", 32, 32)]


def test_the_training_screen_embeds_what_is_missing(
    train_home: Home, tiny_base: Path, started: list[tuple[str, int, int]]
) -> None:
    service = HomeTrainingService(train_home, lambda: load_settings())
    with pytest.raises(PanzaError, match="Here the test ends"):
        service.begin(RunChoice(str(tiny_base), name="b"))
    assert started == [("b", 32, 32)]


def test_the_first_start_embeds_what_is_missing(train_home: Home, tiny_base: Path) -> None:
    HomeStartService(train_home, lambda: load_settings(), None).start_training(str(tiny_base))
    job = running_job(train_home, "train")
    assert job is not None
    for event in job.events():
        if isinstance(event, Progress) and event.stage == "index" and event.done == event.total:
            break
    job.stop()
    list(job.events())
    assert embedded(train_home) == (32, 32)


# Without an estimate, a run starts all the same.


def a_module(name: str, *given: str) -> Callable[..., subprocess.Popen[bytes]]:
    """Starts another module in place of the measurement."""

    def start(module: str, arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        return start_module(name, given, **options)

    return start


def killed(module: str, arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
    child = start_module(module, arguments, **options)
    child.send_signal(signal.SIGKILL)
    return child


@pytest.mark.parametrize(
    ("name", "replacement"),
    [
        ("_PATIENCE_SECONDS", 0.01),
        ("start_module", killed),
        ("start_module", a_module("no_such_module")),
        ("start_module", a_module("json.tool", "--help")),  # It ends well, and tells nothing.
    ],
)
def test_a_machine_that_cannot_be_measured_can_train(
    train_home: Home,
    tiny_base: Path,
    panza: Panza,
    started: list[tuple[str, int, int]],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    replacement: object,
) -> None:
    machine.measure_machine.cache_clear()
    monkeypatch.setattr(machine, name, replacement)
    done = panza("train", "--name", "a")
    assert "Note: This machine's speed can't be measured (" in done.err
    assert "Training starts without an estimate of its time and memory." in done.err
    assert "Training 'a' on" in done.err
    assert [run[0] for run in started] == ["a"]
    choice = next(base_choices(train_home, None))
    assert (choice.base, choice.minutes, choice.trouble) == (str(tiny_base), None, "")
    assert "can't be measured" in choice.note


# What can't begin leaves nothing behind.


@pytest.mark.parametrize(
    ("where", "error"),
    [
        ("engine.retrieval.index.index_missing", KeyboardInterrupt()),
        ("engine.retrieval.index.index_missing", PanzaError("no")),
        ("training.cost.estimate.estimate", KeyboardInterrupt()),
        ("training.cost.estimate.estimate", RuntimeError("no")),
        ("training.cost.estimate.measure_machine", KeyboardInterrupt()),
    ],
)
def test_a_run_that_is_not_begun_leaves_no_folder(
    train_home: Home,
    panza: Panza,
    started: list[tuple[str, int, int]],
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    error: BaseException,
) -> None:
    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(where, fail)
    done = panza("train", "--name", "a")
    assert done.code == (130 if isinstance(error, KeyboardInterrupt) else 1)
    assert started == []
    assert list(train_home.models.iterdir()) == []
