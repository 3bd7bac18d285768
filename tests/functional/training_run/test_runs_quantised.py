"""Runs whose base stays quantised in memory."""

from __future__ import annotations

import contextlib

import pytest
import torch
from tiny_ggufs import write_gguf

import training.run
from engine import settings
from engine.database import database
from engine.events import Warn, read_events, silent
from engine.models.models import read_card
from training.bases.base_shape import read_shape
from training.bases.quantised_layers import QuantisedLinear
from training.cost import estimate
from training.cost.memory_estimate import Saving, memory_gib
from training.export.run import export_model
from training.loop.micro_batches import mean_loss
from training.personal_model import load_personal
from training.runs.run_folder import create_run
from training_run.runs import SMALL, adapter, examples_of, metrics

PACKED = Saving(quantised=True)
TWICE = Saving(quantised=True, recomputed=True)


@pytest.fixture(scope="module")
def gguf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    fields = {"context_length": 4096}
    return write_gguf(folder / "tiny-q8.gguf", "llama", fields, layers=6, kind="Q8_0", tied=True)


@pytest.fixture
def begin_on(home, gguf):
    """(name, method) -> the folder of a new run on the GGUF."""

    def make(name, method="rosa"):
        chosen = settings.load_settings(None, SMALL | {"model.base": str(gguf)}, environment={})
        with contextlib.closing(database.connect(home.database)) as connection:
            create_run(home, connection, chosen, method=method, name=name, max_steps=5)
        return home.model(name)

    return make


@pytest.fixture
def little_memory(gguf, monkeypatch):
    """(saving, method) -> there is only as much memory as a run takes that way."""

    def limit(saving, method="rosa"):
        chosen = settings.load_settings(None, SMALL, environment={})
        free = memory_gib(read_shape(gguf), chosen, method, 4, saving)
        monkeypatch.setattr(estimate, "free_gib", lambda device: free)

    return limit


def said(folder):
    """What the run said of memory."""
    events = read_events(folder / "events.jsonl")
    return "; ".join(e.text for e in events if isinstance(e, Warn) and "memory" in e.text)


def test_a_run_learns_the_same_however_it_saves_memory(home, begin_on, little_memory):
    unpacked = begin_on("unpacked")
    assert training.run.run(home, unpacked.name) == 0
    assert said(unpacked) == ""
    expected = metrics(unpacked)
    for name, saving in {"packed": PACKED, "twice": TWICE}.items():
        little_memory(saving)
        folder = begin_on(name)
        assert training.run.run(home, name) == 0
        assert "stay quantised" in said(folder)
        assert ("computed twice" in said(folder)) == saving.recomputed
        found = metrics(folder)
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            assert found[key] == pytest.approx(value, rel=0.02, abs=1e-3), key


@pytest.mark.parametrize("saving", [PACKED, TWICE])
def test_a_stopped_run_resumes_exactly(home, begin_on, little_memory, stop_after, saving):
    little_memory(saving, "lora")
    kind = "twice" if saving.recomputed else "packed"
    straight, stopped = begin_on(f"straight-{kind}", "lora"), begin_on(f"stopped-{kind}", "lora")
    assert training.run.run(home, straight.name) == 0
    assert stop_after(stopped.name, 3) == 130
    assert training.run.run(home, stopped.name) == 0
    assert "stay quantised" in said(stopped)
    assert metrics(stopped) == metrics(straight)
    for key, value in adapter(stopped).items():
        assert torch.equal(value, adapter(straight)[key]), key


def test_its_model_is_used_and_exported_without_unpacking_the_base(
    home, begin_on, little_memory, monkeypatch
):
    little_memory(PACKED, "lora")
    monkeypatch.setattr("training.personal_model.free_gib", lambda device: 0.1)
    begin_on("small", "lora")
    assert training.run.run(home, "small") == 0
    card = read_card(home, "small")
    chosen = settings.load_settings(environment={})
    model, tokenizer = load_personal(home, card, chosen, dtype=torch.float32)
    assert any(isinstance(module, QuantisedLinear) for module in model.modules())
    held_out = examples_of(home, "small", tokenizer).held_out
    assert mean_loss(model, held_out, 512) == pytest.approx(card.figures["held_out_loss"], abs=1e-4)
    exported = export_model(home, "small", "F16", chosen, silent)
    assert exported.is_file()
    checked = read_card(home, "small").figures
    assert checked["gguf_loss"] == pytest.approx(checked["pytorch_loss"], rel=0.005)
