"""The events of a run, and how another process pauses and stops it."""

from __future__ import annotations

import shutil

import pytest
import torch

import training.run
from engine.events import Failed, Metric, Progress, Sample, Started, read_events
from engine.models.models import read_card
from training.bases.base_model import load_tokenizer
from training.loop.samples import SampleCallback, median_length_examples
from training.memorisation.canary import BITS, canary_number
from training.runs import process
from training.runs.run_folder import read_split
from training_run.runs import await_step, examples_of, start, wait_for


def events_of(folder, kind):
    return [event for event in read_events(folder / "events.jsonl") if isinstance(event, kind)]


def test_the_same_three_held_out_instructions_are_drafted_at_every_evaluation(home, whole):
    samples = events_of(whole, Sample)
    evaluated = [e.step for e in events_of(whole, Metric) if "validation_loss" in e.values]
    steps = list(dict.fromkeys(sample.step for sample in samples))
    assert steps == [0, *evaluated]
    by_step = [[s.instruction for s in samples if s.step == step] for step in steps]
    assert len(by_step[0]) == 3
    assert all(instructions == by_step[0] for instructions in by_step)
    numbers = read_split(home, "whole").held_out
    assert len(numbers) >= 3


def test_sample_drafts_change_as_the_model_learns(home, begin):
    fast = {"training__epochs": 1, "training__learning_rate": 0.05, "training__canary": False}
    folder = begin("fast", "lora", **fast)
    assert training.run.run(home, "fast") == 0
    samples = events_of(folder, Sample)
    drafts = {s.text for s in samples if s.step == 0}, {s.text for s in samples if s.step > 0}
    assert drafts[0] != drafts[1]


def test_a_run_with_samples_is_the_run_without_them(home, begin, whole, monkeypatch):
    from training_run.runs import adapter, metrics

    folder = begin("without-samples")
    monkeypatch.setattr(SampleCallback, "_draft", lambda self, model, step: None)
    assert training.run.run(home, "without-samples") == 0
    assert events_of(folder, Sample) == []
    assert metrics(folder) == metrics(whole)
    assert all(torch.equal(v, adapter(whole)[k]) for k, v in adapter(folder).items())


def test_memorisation_is_measured_at_every_evaluation(home, whole):
    measured = events_of(whole, Metric)
    evaluated = [event.step for event in measured if "validation_loss" in event.values]
    bits = {e.step: e.values["canary_exposure"] for e in measured if "canary_exposure" in e.values}
    assert list(bits) == evaluated
    assert all(0 <= value <= BITS for value in bits.values())
    copied = {e.step: e.values["copied_words"] for e in measured if "copied_words" in e.values}
    assert list(copied) == [0, *evaluated]


def test_without_the_canary_nothing_is_planted(home, base, begin):
    tokenizer = load_tokenizer(base)
    with_canary, without = begin("planted"), begin("not-planted", training__canary=False)
    planted = examples_of(home, with_canary.name, tokenizer)
    plain = examples_of(home, without.name, tokenizer)
    assert planted.train[1:] == list(plain.train)
    assert canary_number(0) in tokenizer.decode(planted.train[0].token_ids)
    assert planted.train[0].mail_id not in planted.instructions
    assert planted.train[0] not in planted.to_sample()
    assert plain.copied_words(1, "Nothing of the kind.") == 0


@pytest.mark.parametrize("changes", [{"training__validation": 0.0}, {"training__held_out": 0.0}])
def test_samples_are_drafted_without_validation_or_held_out_mails_too(home, begin, changes):
    name = "sampled-" + next(iter(changes)).rpartition("_")[2]
    folder = begin(name, "lora", training__epochs=1, **changes)
    assert training.run.run(home, name) == 0
    steps = {sample.step for sample in events_of(folder, Sample)}
    assert steps == {0, read_card(home, name).figures["steps"]}


def test_typical_mails_are_those_of_the_middle_length():
    from training.examples.tokens import Example

    lengths = [5, 90, 30, 31, 200, 29, 7]
    examples = [Example(i, tuple(range(10 + n)), 10) for i, n in enumerate(lengths)]
    assert [e.labelled_tokens for e in median_length_examples(examples)] == [30, 31, 29]
    assert median_length_examples([]) == []
    assert median_length_examples(examples[:2]) == examples[:2]


def test_every_step_reports_its_rates_speed_and_memory(whole):
    steps = [event.values for event in events_of(whole, Metric) if "loss" in event.values]
    assert len(steps) == 10
    for values in steps:
        assert values["tokens_per_second"] > 0
        assert values["peak_memory_gib"] > 0
        assert values["gradient_norm"] > 0
        assert values["sparse_learning_rate"] == pytest.approx(values["learning_rate"] / 2)


def test_lora_has_one_learning_rate(home, begin):
    folder = begin("one-rate", "lora", max_steps=1)
    assert training.run.run(home, "one-rate") == 0
    assert not any("sparse_learning_rate" in event.values for event in events_of(folder, Metric))


def test_the_mask_is_reported_once_with_its_density_in_each_layer(whole):
    (masks,) = [
        event.values for event in events_of(whole, Metric) if "mask_density" in event.values
    ]
    layers = {name: value for name, value in masks.items() if "/" in name}
    assert "mask_density/layers.1.mlp.up_proj" in layers
    assert len(layers) == 14
    assert all(value == pytest.approx(0.02, rel=0.05) for value in layers.values())


def test_a_run_is_paused_continued_and_stopped_from_another_process(home, begin):
    folder = begin("watched", "lora", training__epochs=1000, training__validation=0.0)
    assert not process.stop_run(home, "watched")
    running = start(home, "watched")
    try:
        await_step(folder, running, 2)
        assert process.is_running(home, "watched")
        process.pause_run(home, "watched")
        wait_for(lambda: process.is_paused(home, "watched"), running)
        asleep = events_of(folder, Progress)[-1]
        assert asleep.stage == "paused"
        process.continue_run(home, "watched")
        await_step(folder, running, asleep.done + 2)
        assert not process.is_paused(home, "watched")
        process.pause_run(home, "watched")
        wait_for(lambda: process.is_paused(home, "watched"), running)
        assert process.stop_run(home, "watched")  # A pause does not keep it from stopping.
        running.communicate()
        assert running.returncode == 130
    finally:
        running.kill()
    assert read_card(home, "watched").state == "stopped"
    assert events_of(folder, Failed)[-1].resumable
    assert not (folder / process.PAUSED).exists()
    again = start(home, "watched")  # The forgotten pause does not hold it.
    try:
        await_step(folder, again, events_of(folder, Progress)[-1].done + 2)
        assert len(events_of(folder, Started)) == 2
    finally:
        again.kill()
        again.communicate()


def test_a_run_whose_folder_is_removed_ends(home, begin):
    folder = begin("removed", "lora", training__epochs=1000, training__validation=0.0)
    running = start(home, "removed")
    try:
        await_step(folder, running, 2)
        shutil.rmtree(folder)
        _, error = running.communicate()
        assert running.returncode == 1
        assert "The folder of the run was removed" in error
    finally:
        running.kill()
    assert not folder.exists()


def test_the_users_openmp_wait_policy_is_kept(monkeypatch):
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    assert process.considerate_environment()["OMP_WAIT_POLICY"] == "active"
    monkeypatch.delenv("OMP_WAIT_POLICY")
    assert process.considerate_environment()["OMP_WAIT_POLICY"] == "passive"
