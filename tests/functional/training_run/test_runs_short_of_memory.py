"""Runs for which there is not enough memory."""

from __future__ import annotations

import pytest
import torch

import training.loop.base_to_train
import training.loop.trainer
import training.run
from engine.events import Warn, read_events
from training.cost import estimate
from training_run.runs import adapter, failed_with, metrics


@pytest.fixture
def memory_for(monkeypatch):
    """(tokens) -> micro-batches of more tokens raise the allocator's error."""

    def limit(tokens: int) -> None:
        real = training.loop.trainer.response_loss

        def response_loss(model, batch, dtype):
            loss = real(model, batch, dtype)
            if batch["input_ids"].numel() > tokens:
                torch.empty(1 << 60)
            return loss

        monkeypatch.setattr(training.loop.trainer, "response_loss", response_loss)

    return limit


def test_out_of_memory_makes_micro_batches_smaller_and_keeps_the_steps(home, begin, memory_for):
    roomy = begin("roomy", max_steps=3, rosa__dropout=0.0, training__micro_batch_tokens=2000)
    assert training.run.run(home, "roomy") == 0
    short = begin("short", max_steps=3, rosa__dropout=0.0, training__micro_batch_tokens=2000)
    memory_for(150)
    assert training.run.run(home, "short") == 0
    warnings = [e.text for e in read_events(short / "events.jsonl") if isinstance(e, Warn)]
    assert warnings
    assert all("was not enough memory" in text for text in warnings)
    expected, found = metrics(roomy), metrics(short)
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, rel=1e-4), key
    assert adapter(short).keys() == adapter(roomy).keys()


def test_no_memory_for_one_mail_ends_the_run_in_one_line(home, begin, memory_for, capfd):
    begin("none", "lora")
    memory_for(10)
    error = failed_with(home, "none", capfd)
    assert "training.micro_batch_tokens" in error
    assert "training.max_tokens" in error


def test_a_base_that_does_not_fit_is_refused_before_it_is_loaded(home, begin, capfd, monkeypatch):
    begin("too-large", "full")
    monkeypatch.setattr(estimate, "free_gib", lambda device: 0.3)
    monkeypatch.setattr(
        training.loop.base_to_train, "load_folder", lambda *a, **k: pytest.fail("it was loaded")
    )
    error = failed_with(home, "too-large", capfd)
    assert "GiB are free" in error
    assert "model.base" in error
