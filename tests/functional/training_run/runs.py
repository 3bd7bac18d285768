"""Shared by the tests of training runs: made-up mails, and reading what a run left."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import apsw
import torch
from safetensors.torch import load_file

import training.run
from engine import settings
from engine.database import database
from engine.events import EventLog, Metric, Progress, follow, read_events, silent
from engine.home.home import Home
from engine.mail.stored.store import insert_mail
from engine.mail.types import Mail
from engine.models.models import read_card
from training.loop.run_data import load_run_data

MAILS = 24
TOPICS = ["the boat", "your invoice", "the garden", "our trip", "the violin", "a new roof"]
SMALL = {
    "training.epochs": 2,
    "training.batch_size": 4,
    "training.micro_batch_tokens": 128,
    "training.retrieval_share": 0.0,
    "training.replay_share": 0.0,
    "rosa.r": 4,
    "rosa.d": 0.02,
    "rosa.dropout": 0.1,
    "rosa.mask_warmup_steps": 4,
}

NOT_LEARNING = {"tokens_per_second", "peak_memory_gib", "copied_words"}
"""What depends on the machine, or is measured on sample drafts, which a stop leaves out."""


def a_mail(number: int) -> Mail:
    topic = TOPICS[number % len(TOPICS)]
    body = f"Ahoy Kim,\n\n{topic} is ready, number {number}. Shall we meet at {number % 12}?\n\nRo"
    return Mail(
        fingerprint=f"mail {number}",
        message_id=None,
        thread=f"thread {number}",
        date=1_700_000_000 + number * 86_400,
        date_known=True,
        sender="ro@example.org",
        recipients=(("Kim Lee", "kim@example.org"),),
        subject=topic,
        body=body,
        original=body,
        language="en",
        answered=None,
        left_out=None,
        source="made up",
    )


def defaults() -> settings.Settings:
    return settings.load_settings(environment={})


def fill(home: Home, count: int = MAILS) -> None:
    with contextlib.closing(database.connect(home.database)) as connection:
        for number in range(count):
            insert_mail(connection, a_mail(number))
        connection.execute(
            "INSERT INTO instructions "
            "SELECT id, 'Say that ' || subject || ' is ready.', 'hand', '', 0, '', '' "
            "FROM mails"
        )


class Interrupting(EventLog):
    """Sends this process SIGINT as soon as a step is reported."""

    at: int = 0

    def __call__(self, event):
        super().__call__(event)
        if isinstance(event, Progress) and event.stage == "train" and event.done == self.at > 0:
            os.kill(os.getpid(), signal.SIGINT)


def metrics(folder: Path) -> dict[tuple[int, str], float]:
    """(step, name) -> metric; one that is reported twice must be the same.

    Without metrics that depend on the machine.
    """
    found: dict[tuple[int, str], float] = {}
    for event in read_events(folder / "events.jsonl"):
        if isinstance(event, Metric):
            for name in event.values.keys() - NOT_LEARNING:
                value = event.values[name]
                assert found.setdefault((event.step, name), value) == value
    return found


def adapter(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter" / "adapter_model.safetensors")


def lasting_figures(home: Home, name: str) -> dict[str, float]:
    figures = read_card(home, name).figures
    return {k: v for k, v in figures.items() if k not in ("seconds", "peak_memory_gib")}


def examples_of(home: Home, name: str, tokenizer):
    card = read_card(home, name)
    chosen = settings.from_toml_values(card.settings, "card")
    with contextlib.closing(database.connect(home.database)) as connection:
        return load_run_data(home, connection, name, chosen, tokenizer, silent)


def be_a_copy() -> None:
    """Prepare a forked copy of this process.

    torch's thread pool does not come along, and of several threads that ask for it at once, as
    those that load a model do, one makes a new one while the others find none.
    """
    torch.set_num_threads(1)


def start(home: Home, name: str) -> subprocess.Popen:
    """A run in a copy of this process, so that nothing has to be imported again.

    SQLite does not go on in a copy: one that finds this database open fails to open it again.
    """
    assert str(home.database) not in map(_file_of, apsw.connections())

    def be_the_run() -> None:
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # By one of them Popen waits for an exec.
        be_a_copy()
        sys.argv = ["run", "--home", str(home.root), name]
        sys.stderr = os.fdopen(2, "w", buffering=1)
        try:
            training.run.main()
        except SystemExit as end:
            os._exit(end.code)
        except BaseException:
            traceback.print_exc()
        os._exit(1)

    return subprocess.Popen(["never"], preexec_fn=be_the_run, stderr=subprocess.PIPE, text=True)


def _file_of(connection: apsw.Connection) -> str:
    """The file that a connection has open; '' if it is closed."""
    try:
        return connection.filename
    except apsw.ConnectionClosedError:
        return ""


def await_step(folder: Path, process: subprocess.Popen, step: int) -> None:
    for event in follow(folder / "events.jsonl", stop=lambda: process.poll() is not None):
        if isinstance(event, Progress) and event.stage == "train" and event.done >= step:
            return
    raise AssertionError(f"the run ended: {process.stderr.read()}")


def wait_for(holds: Callable[[], bool], process: subprocess.Popen) -> None:
    """Wait until the condition holds; fails if the process ends before."""
    while not holds():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.02)  # A run has low priority: polling without a pause would stop it.


def failed_with(home: Home, name: str, capfd) -> str:
    capfd.readouterr()
    assert training.run.run(home, name) == 1
    error = capfd.readouterr().err
    assert error.count("\n") == 1, error
    return error.strip()
