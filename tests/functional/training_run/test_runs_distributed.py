"""A run in two processes has the masks and losses of one, started by torchrun alone."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

import training.run
from engine.events import Started, read_events
from engine.models.models import read_card
from training.cards import write_card
from training.loop.canary_exposure import OTHERS
from training.runs.checkpoints import last_checkpoint
from training_run.runs import adapter, await_step, metrics


def torchrun(home, name: str) -> subprocess.Popen:
    launcher = ["-m", "torch.distributed.run", "--nproc-per-node", "2"]
    meeting = ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"]
    return subprocess.Popen(
        [sys.executable, *launcher, *meeting, "-m", "training.run", "--home", str(home.root), name],
        cwd=home.root,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_run_in_two_processes_is_the_run_in_one(home, begin, monkeypatch):
    monkeypatch.setattr("training.loop.canary_exposure.OTHERS", OTHERS)  # As torchrun's have it.
    # The last step of an epoch has a single mail: one process then has none.
    changes = {"training__epochs": 1, "rosa__dropout": 0.0, "rosa__mask_warmup_steps": 2}
    alone, together = begin("alone", **changes), begin("together", **changes)
    assert training.run.run(home, "alone") == 0
    launched = torchrun(home, "together")
    _, error = launched.communicate(timeout=300)
    assert launched.returncode == 0, error

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


def test_a_run_of_two_processes_is_stopped_and_resumed_by_one(home, begin):
    # Too long to end by itself.
    folder = begin("parted", training__epochs=1000, training__validation=0.0)
    launched = torchrun(home, "parted")
    try:
        await_step(folder, launched, 6)  # The masks are made at step 4.
        launched.send_signal(signal.SIGINT)
        launched.communicate(timeout=300)
    finally:
        launched.kill()
    assert read_card(home, "parted").state == "stopped"
    left = last_checkpoint(folder)
    step = int(left.name.partition("-")[2])
    assert step >= 6

    card = read_card(home, "parted")
    write_card(home, dataclasses.replace(card, data=card.data | {"max_steps": step + 2}))
    masks = load_file(left / "adapter_model.safetensors")
    assert training.run.run(home, "parted") == 0
    started = [e for e in read_events(folder / "events.jsonl") if isinstance(e, Started)]
    assert started[-1].about["resumed_from"] == left.name
    assert read_card(home, "parted").figures["steps"] == step + 2
    for name, tensor in adapter(folder).items():
        assert torch.equal(tensor, masks[name]) == ("indices" in name), name
