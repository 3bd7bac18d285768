"""Runs on a processor that is faster in bfloat16, beside the same runs in float32."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

import training.run
from engine.home.home import Home
from training.bases.processor import bfloat16_gain, keep_gain
from training.loop import trainer
from training_run.runs import adapter, fill, lasting_figures, metrics

CHANGES = {"max_steps": 5, "rosa__dropout": 0.0, "rosa__mask_warmup_steps": 2}


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    home = Home(tmp_path_factory.mktemp("home")).prepare()
    fill(home)
    return home


def compute_in(home: Home, dtype: torch.dtype) -> None:
    """Let the home's processor be one that is faster in this format."""
    keep_gain(home, 4.6 if dtype == torch.bfloat16 else 0.002)
    bfloat16_gain.cache_clear()


@pytest.fixture
def formats(monkeypatch) -> set[tuple[str, ...]]:
    """Of each micro-batch: the formats of its products, the frozen weights and the trained ones."""
    seen = set()
    real = trainer.response_loss

    def response_loss(model, batch, dtype):
        frozen = {p.dtype for p in model.parameters() if not p.requires_grad}
        trained = {p.dtype for p in model.parameters() if p.requires_grad}
        seen.add((str(dtype), *map(str, frozen), "|", *map(str, trained)))
        return real(model, batch, dtype)

    monkeypatch.setattr(trainer, "response_loss", response_loss)
    return seen


@pytest.mark.parametrize("method", ["rosa", "lora", "full"])
def test_a_run_in_bfloat16_has_the_losses_and_masks_of_float32(home, begin, method, formats):
    figures, seen = {}, {}
    for dtype in (torch.float32, torch.bfloat16):
        compute_in(home, dtype)
        formats.clear()
        name = f"{method}-{dtype.itemsize}"
        begin(name, method, **CHANGES)
        assert training.run.run(home, name) == 0
        figures[dtype], seen[dtype] = lasting_figures(home, name), set(formats)
    frozen = [] if method == "full" else ["torch.bfloat16"]
    assert seen[torch.bfloat16] == {("torch.bfloat16", *frozen, "|", "torch.float32")}
    for loss in ("held_out_loss_base", "held_out_loss", "validation_loss"):
        expected = figures[torch.float32][loss]
        assert figures[torch.bfloat16][loss] == pytest.approx(expected, rel=0.005), loss
    if method == "rosa":
        one, two = (adapter(home.model(f"rosa-{size}")) for size in (4, 2))
        masks = [key for key in one if "indices" in key]
        shared = sum(len(set(one[key].tolist()) & set(two[key].tolist())) for key in masks)
        assert shared >= 0.9 * sum(one[key].numel() for key in masks)


@pytest.mark.parametrize("method", ["rosa", "lora", "full"])
def test_a_run_in_bfloat16_resumes_exactly(home, begin, stop_after, method):
    compute_in(home, torch.bfloat16)
    begin(f"{method}-whole", method, **CHANGES)
    assert training.run.run(home, f"{method}-whole") == 0
    begin(f"{method}-stopped", method, **CHANGES)
    assert stop_after(f"{method}-stopped", 3) == 130
    assert training.run.run(home, f"{method}-stopped") == 0
    whole, stopped = (home.model(f"{method}-{how}") for how in ("whole", "stopped"))
    assert metrics(stopped) == metrics(whole)
    kept = "full/model" if method == "full" else "adapter/adapter_model"
    first, second = (load_file(folder / f"{kept}.safetensors") for folder in (whole, stopped))
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert {tensor.dtype for tensor in first.values()} <= {torch.float32, torch.int32}
