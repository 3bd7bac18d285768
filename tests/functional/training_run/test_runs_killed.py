"""Runs that are killed (SIGKILL) at bad moments, and resume as if nothing had happened."""

from __future__ import annotations

import os
import signal

import pytest
import torch
from transformers import Trainer

import training.loop.train
import training.run
from training.rosa import weight_gradients
from training.runs.checkpoints import last_checkpoint
from training_run.runs import adapter, be_a_copy, lasting_figures, metrics


def kill_this_process(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_the_middle_of_the_masks() -> None:
    real, calls = weight_gradients.top_entries, []

    def top_entries(*arguments):
        calls.append(1)
        if len(calls) == 3:
            kill_this_process()
        return real(*arguments)

    weight_gradients.top_entries = top_entries


def between_the_masks_and_their_checkpoint() -> None:
    real = training.loop.train.MailTrainer.training_step

    def step(self, model, inputs, count=None):
        if self.state.global_step == 4:
            kill_this_process()
        return real(self, model, inputs, count)

    training.loop.train.MailTrainer.training_step = step


def before_the_optimizer_is_saved() -> None:
    Trainer._save_optimizer_and_scheduler = kill_this_process


def in_the_middle_of_the_second_checkpoint() -> None:
    real = Trainer._save_rng_state

    def save(self, folder):
        if self.state.global_step > 5:
            kill_this_process()
        real(self, folder)

    Trainer._save_rng_state = save


def as_the_result_is_written() -> None:
    training.loop.train.keep_personal = kill_this_process


@pytest.mark.parametrize(
    ("spoil", "left"),
    [
        (in_the_middle_of_the_masks, None),
        (between_the_masks_and_their_checkpoint, None),
        (before_the_optimizer_is_saved, None),
        (in_the_middle_of_the_second_checkpoint, "checkpoint-5"),
        (as_the_result_is_written, "checkpoint-10"),
    ],
)
def test_a_killed_and_resumed_run_is_the_uninterrupted_one(home, begin, whole, spoil, left):
    name = f"killed-{spoil.__name__.replace('_', '-')}"
    folder = begin(name)
    child = os.fork()
    if child == 0:  # A copy of this process, so that nothing has to be imported again.
        be_a_copy()
        spoil()
        training.run.run(home, name)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    checkpoint = last_checkpoint(folder)
    assert (checkpoint.name if checkpoint else None) == left

    assert training.run.run(home, name) == 0
    assert metrics(folder) == metrics(whole)
    assert lasting_figures(home, name) == lasting_figures(home, "whole")
    expected = adapter(whole)
    assert all(torch.equal(value, expected[key]) for key, value in adapter(folder).items())
