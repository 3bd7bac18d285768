"""A home with made-up mails, a base model of two small layers, and runs of it."""

from __future__ import annotations

import contextlib
import signal
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from tiny_base import write_tiny_base

import training.run
from engine import settings
from engine.database import database
from engine.home.home import Home
from training.bases.processor import keep_gain
from training.loop import samples
from training.runs.run_folder import create_run
from training_run.runs import SMALL, Interrupting, fill


@pytest.fixture(scope="module", autouse=True)
def _alone():
    """No settings file of this machine's user, and the signals as they were."""
    patch = pytest.MonkeyPatch()
    patch.setattr("engine.settings.loading.user_config", lambda: Path("none such"))
    # Sample drafts took two fifths of a run, and the exposure of the canary a quarter of the rest.
    patch.setattr(samples, "SAMPLE_DRAFT_TOKENS", 8)
    patch.setattr("training.loop.canary_exposure.OTHERS", 16)
    # PEFT's card beside each adapter, of which nothing here is told, is compiled anew each time.
    patch.setattr(PeftModel, "create_or_update_model_card", lambda *_: None)
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)
    patch.undo()


@pytest.fixture(scope="session")
def base(tmp_path_factory) -> Path:
    home = Home(tmp_path_factory.mktemp("embedded")).prepare()
    return write_tiny_base(home, tmp_path_factory.mktemp("base") / "tiny", initializer_range=0.2)


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Home:
    """Its runs compute in float32, on any processor."""
    home = Home(tmp_path_factory.mktemp("home")).prepare()
    keep_gain(home, 1.0)
    fill(home)
    return home


@pytest.fixture
def begin(home, base):
    """(name, method, settings) -> the folder of a new run."""

    def make(name, method="rosa", max_steps=None, **changes):
        overrides = SMALL | {key.replace("__", "."): value for key, value in changes.items()}
        chosen = settings.load_settings(None, overrides | {"model.base": str(base)}, environment={})
        with contextlib.closing(database.connect(home.database)) as connection:
            create_run(home, connection, chosen, method=method, name=name, max_steps=max_steps)
        return home.model(name)

    return make


@pytest.fixture
def stop_after(home, monkeypatch):
    """Run a name in this process, with SIGINT in the middle of step `step`; gives the exit code."""

    def run(name: str, step: int) -> int:
        with monkeypatch.context() as patch:
            patch.setattr(training.run, "EventLog", Interrupting)
            patch.setattr(Interrupting, "at", step)
            return training.run.run(home, name)

    return run


@pytest.fixture(scope="session")
def whole_runs():
    """Names of uninterrupted runs that tests compare with, made once."""
    return set()


@pytest.fixture
def whole(home, begin, whole_runs):
    """The folder of a RoSA run that went through without a stop."""
    if "whole" not in whole_runs:
        begin("whole")
        assert training.run.run(home, "whole") == 0
        whole_runs.add("whole")
    return home.model("whole")
