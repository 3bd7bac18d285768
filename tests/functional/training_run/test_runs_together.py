"""One run in two processes: the masks and losses of one process, through torchrun alone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import training.run
from engine.models import read_card
from training_run.runs import adapter, metrics


def torchrun(home, name: str) -> None:
    launcher = ["-m", "torch.distributed.run", "--nproc-per-node", "2"]
    meeting = ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"]
    done = subprocess.run(
        [sys.executable, *launcher, *meeting, "-m", "training.run", "--home", str(home.root), name],
        cwd=home.root,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_two_processes_make_the_run_of_one(home, begin):
    # The last step of an epoch has a single mail: one process then has none.
    changes = {"training__epochs": 1, "rosa__dropout": 0.0, "rosa__mask_warmup_steps": 2}
    alone, together = begin("alone", **changes), begin("together", **changes)
    assert training.run.run(home, "alone") == 0
    torchrun(home, "together")

    expected, found = metrics(alone), metrics(together)
    assert found.keys() == expected.keys()
    for step_and_name, value in expected.items():
        assert found[step_and_name] == pytest.approx(value, rel=1e-4), step_and_name
    one, two = adapter(alone), adapter(together)
    places = [(key, place) for key in one if "indices" in key for place in one[key].tolist()]
    shared = [(key, place) for key, place in places if place in set(two[key].tolist())]
    assert len(shared) >= 0.999 * len(places)
    assert read_card(home, "together").state == "finished"
    assert not (together / "checkpoints").exists()
