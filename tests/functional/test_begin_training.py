"""Starting a run from the command and the screen: what is done first, and what a failure leaves."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Panza

from engine.database.database import connect
from engine.errors import PanzaError
from engine.events import Progress
from engine.home.home import Home
from engine.models.models import ModelCard, read_card
from engine.retrieval.index import embedding_state
from engine.settings import load_settings
from engine.subprocesses import start_module
from panza_tui.dashboard.home_service import HomeTrainingService
from panza_tui.dashboard.service import RunChoice
from panza_tui.first_start.home_service import HomeStartService
from panza_tui.jobs.background import running_job
from panza_tui.jobs.bases import base_choices
from panza_tui.jobs.update import start_update
from training.cards import write_card
from training.cost import machine
from training.examples.training_pairs import training_pairs


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


# An update goes on from a trained model.


@pytest.fixture
def trained_home(train_home: Home, tiny_base: Path) -> Home:
    """`train_home` with a trained model 'a' that has not seen the newest two mails."""
    mails = [pair.mail.id for pair in training_pairs(connect(train_home.database))]
    card = ModelCard("a", str(tiny_base), "rosa", 1, "finished")
    write_card(train_home, card)
    (train_home.model("a") / "adapter").mkdir()
    sides = {"train": mails[:-2], "validation": [], "held_out": []}
    (train_home.model("a") / "split.json").write_text(json.dumps(sides))
    return train_home


def accept(home: Home, count: int) -> None:
    with connect(home.database) as connection:
        connection.executemany(
            "INSERT INTO drafts (created, instruction, recipient, thread, sources, draft, final, "
            "model, backend, seed) VALUES (2, 'thank her', '', '[]', '[]', 'Ta', ?, 'a', '', 0)",
            [(f"Thanks for the {number} lamps, Ann.",) for number in range(count)],
        )


def test_an_update_says_what_it_goes_on_from_and_with_what(
    trained_home: Home, panza: Panza, started: list[tuple[str, int, int]]
) -> None:
    accept(trained_home, 3)
    with connect(trained_home.database) as connection:
        connection.execute("DELETE FROM instructions WHERE mail_id = (SELECT max(id) FROM mails)")
    done = panza("train", "--update", "a")
    assert "Note: 1 mail without an instruction can't be learnt from" in done.err
    assert "Training 'a-2', which goes on from 'a' with 1 new mail and 3 accepted drafts." in (
        done.err
    )
    assert started == [("a-2", 32, 32)]
    assert panza("train", "--update", "a", "--name", "mine", "--max-steps", "1").code == 1
    assert started[1:] == [("mine", 32, 32)]
    assert read_card(trained_home, "mine").data["max_steps"] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--update", "b"), 3, "There is no model 'b' (there are: a)."),
        (("--update", "a", "--base", "x"), 2, "use it without --base and --method"),
        (("--update", "a", "--method", "lora"), 2, "use it without --base and --method"),
        (("--update", "a", "--resume", "a"), 2, "--resume uses the run's own options"),
        (("--update", "a", "--name", "a"), 2, "There is a model 'a' already"),
    ],
)
def test_an_update_that_makes_no_sense_is_refused(
    trained_home: Home, panza: Panza, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = panza("train", *arguments)
    assert (done.code, words in done.err) == (code, True), done.err
    assert [path.name for path in trained_home.models.iterdir()] == ["a"]


def test_without_anything_new_there_is_no_update(trained_home: Home, panza: Panza) -> None:
    path = trained_home.model("a") / "split.json"
    sides = json.loads(path.read_text())
    mails = [pair.mail.id for pair in training_pairs(connect(trained_home.database))]
    path.write_text(json.dumps(sides | {"train": mails}))
    done = panza("train", "--update", "a")
    assert (done.code, done.out) == (3, "")
    assert "There is nothing new to learn since 'a' was trained" in done.err


def test_an_update_is_started_in_the_background_or_says_why_not(trained_home: Home) -> None:
    with pytest.raises(PanzaError, match="There is no model 'b'"):
        start_update(trained_home, None, "b")
