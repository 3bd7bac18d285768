"""Training runs that are stopped or killed, and resume exactly."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import training.loop.trainer
import training.run
from engine.events import EventLog, Failed, Started, Warn, read_events
from engine.home.home import Home
from engine.models.models import read_card
from training.cards import write_card
from training.loop.micro_batches import mean_loss
from training.personal_model import load_personal
from training.runs.checkpoints import last_checkpoint, remove_damaged_checkpoints
from training_run.runs import (
    adapter,
    await_step,
    defaults,
    examples_of,
    lasting_figures,
    metrics,
    start,
)

# --- stopping and resuming


@pytest.mark.parametrize("step", [2, 4, 5, 7])
def test_a_stopped_and_resumed_rosa_run_is_the_uninterrupted_one(
    home, begin, stop_after, whole, step
):
    # Before the mask (step 4), as it is made, at an epoch's end (5), after it.
    name = f"stopped-{step}"
    folder = begin(name)
    assert stop_after(name, step) == 130
    assert read_card(home, name).state == "stopped"
    assert read_events(folder / "events.jsonl")[-1] == Failed(
        f"stopped after step {step}", resumable=True
    )
    assert last_checkpoint(folder).name == f"checkpoint-{step}"
    assert training.run.run(home, name) == 0
    started = [e for e in read_events(folder / "events.jsonl") if isinstance(e, Started)]
    assert [e.about["resumed_from"] for e in started] == [None, f"checkpoint-{step}"]
    assert metrics(folder) == metrics(whole)
    assert lasting_figures(home, name) == lasting_figures(home, "whole")
    expected = adapter(whole)
    assert adapter(folder).keys() == expected.keys()
    for key, value in adapter(folder).items():
        assert torch.equal(value, expected[key]), key


@pytest.mark.parametrize("method", ["lora", "full"])
def test_lora_and_full_runs_resume_exactly_too(home, begin, stop_after, method):
    begin(f"{method}-whole", method)
    assert training.run.run(home, f"{method}-whole") == 0
    begin(f"{method}-stopped", method)
    assert stop_after(f"{method}-stopped", 3) == 130
    assert training.run.run(home, f"{method}-stopped") == 0
    folders = [home.model(f"{method}-{how}") for how in ("whole", "stopped")]
    assert metrics(folders[0]) == metrics(folders[1])
    kept = "full/model" if method == "full" else "adapter/adapter_model"
    first, second = (load_file(folder / f"{kept}.safetensors") for folder in folders)
    assert all(torch.equal(first[key], second[key]) for key in first)
    card = read_card(home, f"{method}-whole")
    trained, tokenizer = load_personal(home, card, defaults(), dtype=torch.float32)
    data = examples_of(home, card.name, tokenizer)
    assert mean_loss(trained, data.held_out, 512) == pytest.approx(
        card.figures["held_out_loss"], abs=1e-4
    )


def test_time_and_memory_of_the_stopped_part_count(home, begin, stop_after):
    begin("counted", "lora")
    stop_after("counted", 2)
    card = read_card(home, "counted")
    write_card(
        home,
        dataclasses.replace(
            card, figures=card.figures | {"seconds": 1000.0, "peak_memory_gib": 99.0}
        ),
    )
    assert training.run.run(home, "counted") == 0
    figures = read_card(home, "counted").figures
    assert 1000.0 < figures["seconds"] < 2000.0
    assert figures["peak_memory_gib"] == 99.0


def test_a_stop_before_a_step_is_made_keeps_the_run_startable(home, begin, stop_after, monkeypatch):
    folder = begin("early", "lora", max_steps=4)

    class Early(EventLog):
        def __call__(self, event):
            super().__call__(event)
            if isinstance(event, Started):
                os.kill(os.getpid(), signal.SIGTERM)

    def stop_early() -> Failed:
        with monkeypatch.context() as patch:
            patch.setattr(training.run, "EventLog", Early)
            assert training.run.run(home, "early") == 130
        assert read_card(home, "early").state == "stopped"
        return read_events(folder / "events.jsonl")[-1]

    assert stop_early() == Failed("stopped after step 0", resumable=True)
    assert stop_after("early", 2) == 130
    assert stop_early() == Failed("stopped after step 2", resumable=True)
    assert training.run.run(home, "early") == 0


def test_a_stop_after_the_last_step_changes_nothing(home, begin, stop_after):
    begin("late", "lora", max_steps=3)
    assert stop_after("late", 3) == 0
    assert read_card(home, "late").state == "finished"
    assert read_card(home, "late").figures["steps"] == 3


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def test_incomplete_checkpoints_are_skipped_and_removed(home, begin, stop_after, whole):
    folder = begin("torn")
    stop_after("torn", 7)
    checkpoints = folder / "checkpoints"
    good = checkpoints / "checkpoint-7"
    for number, state in ((8, None), (9, '{"global_step": 9, "log_his'), (10, "[]")):
        torn = checkpoints / f"checkpoint-{number}"
        torn.mkdir()
        (torn / "adapter_model.safetensors").write_bytes(b"half")
        if state is not None:
            (torn / "trainer_state.json").write_text(state)
    half_removed = checkpoints / "checkpoint-3"  # The kill came as it was cleared away.
    half_removed.mkdir()
    (half_removed / "trainer_state.json").write_text('{"global_step": 3}')
    assert last_checkpoint(folder) == good
    assert stop_after("torn", 8) == 130
    assert last_checkpoint(folder).name == "checkpoint-8"
    warnings = [e.text for e in read_events(folder / "events.jsonl") if isinstance(e, Warn)]
    assert [text.partition(" ")[0] for text in warnings] == [
        f"checkpoint-{step}" for step in (3, 8, 9, 10)
    ]
    assert all("resumes from checkpoint-7" in text for text in warnings)
    assert training.run.run(home, "torn") == 0
    assert metrics(folder) == metrics(whole)
    assert all(torch.equal(v, adapter(whole)[k]) for k, v in adapter(folder).items())


@pytest.mark.parametrize(
    ("name", "spoil", "wrong"),
    [
        ("adapter_model.safetensors", cut, "cut short"),
        ("optimizer.pt", cut, "cut short"),
        ("scheduler.pt", Path.unlink, "missing"),
        ("rng_state.pth", cut, "cut short"),
        ("trainer_state.json", cut, "missing or cut short"),
    ],
)
def test_a_run_falls_back_to_the_checkpoint_before_a_cut_one(tmp_path, whole, name, spoil, wrong):
    for step in (5, 7):
        folder = tmp_path / "checkpoints" / f"checkpoint-{step}"
        shutil.copytree(whole / "adapter", folder)
        for other in ("optimizer.pt", "scheduler.pt", "rng_state.pth"):
            torch.save({"step": step}, folder / other)
        (folder / "trainer_state.json").write_text(json.dumps({"global_step": step}))
    assert last_checkpoint(tmp_path).name == "checkpoint-7"
    assert remove_damaged_checkpoints(tmp_path) == []
    spoil(tmp_path / "checkpoints" / "checkpoint-7" / name)
    assert last_checkpoint(tmp_path).name == "checkpoint-5"
    assert remove_damaged_checkpoints(tmp_path) == [
        f"checkpoint-7 was incomplete ({name} is {wrong}) and has been removed; "
        "the run resumes from checkpoint-5."
    ]
    spoil(tmp_path / "checkpoints" / "checkpoint-5" / name)
    assert "starts over" in remove_damaged_checkpoints(tmp_path)[0]
    assert last_checkpoint(tmp_path) is None


@pytest.mark.parametrize("lost", [False, True])
def test_the_best_epoch_is_found_in_a_home_that_was_moved(
    home, begin, stop_after, tmp_path, monkeypatch, lost
):
    losses = iter((1.0, 3.0, 2.0))
    monkeypatch.setattr(training.loop.trainer, "mean_loss", lambda *_: next(losses))
    name = f"moved-{'lost' if lost else 'whole'}"
    begin(name, training__epochs=3)
    assert stop_after(name, 7) == 130
    moved = Home(tmp_path / "moved")
    shutil.move(home.model(name), moved.model(name))
    shutil.copy(home.database, moved.database)
    folder = moved.model(name)
    best = folder / "checkpoints" / "checkpoint-5"
    expected = load_file(best / "adapter_model.safetensors")
    if lost:
        shutil.rmtree(best)
    assert training.run.run(moved, name) == 0
    assert read_card(moved, name).figures["validation_loss"] == (2.0 if lost else 1.0)
    found = adapter(folder)
    assert all(torch.equal(v, expected[k]) for k, v in found.items()) != lost
    warnings = [e.text for e in read_events(folder / "events.jsonl") if isinstance(e, Warn)]
    assert any("checkpoint-5, the best epoch's, is lost" in text for text in warnings) == lost


def test_a_process_is_stopped_resumed_killed_and_resumed(home, begin, capfd, monkeypatch):
    # Too long to end by itself; without validation it has no patience either.
    folder = begin("long", "lora", training__epochs=1000, training__validation=0.0)
    first = start(home, "long")
    try:
        await_step(folder, first, 3)
        capfd.readouterr()
        monkeypatch.setattr(training.run, "lower_priority", lambda: None)  # It would last.
        monkeypatch.setattr("sys.argv", ["run", "--home", str(home.root), "long"])
        with pytest.raises(SystemExit) as second:
            training.run.main()
        assert second.value.code == 1
        error = capfd.readouterr().err
        assert f"the training run 'long' (process {first.pid})" in error
        assert error.count("\n") == 1
        first.send_signal(signal.SIGINT)
        first.communicate()
        assert first.returncode == 130
    finally:
        first.kill()
    assert read_card(home, "long").state == "stopped"
    stopped_at = int(last_checkpoint(folder).name.removeprefix("checkpoint-"))

    third = start(home, "long")
    try:
        await_step(folder, third, stopped_at + 12)
    finally:
        third.kill()
        third.communicate()
    assert read_card(home, "long").state == "started"
    emitted = read_events(folder / "events.jsonl")
    assert [e.about["resumed_from"] for e in emitted if isinstance(e, Started)][1] == (
        f"checkpoint-{stopped_at}"
    )
    left = last_checkpoint(folder)
    step = int(left.name.removeprefix("checkpoint-"))
    assert step > stopped_at
    assert len(list((folder / "checkpoints").iterdir())) <= 3  # two, and possibly an incomplete one

    card = read_card(home, "long")
    write_card(home, dataclasses.replace(card, data=card.data | {"max_steps": step + 2}))
    assert training.run.run(home, "long") == 0
    started = [e for e in read_events(folder / "events.jsonl") if isinstance(e, Started)]
    assert started[-1].about["resumed_from"] == left.name
    assert read_card(home, "long").figures["steps"] == step + 2
