"""Training runs that finish, with every method and setting."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import training.loop.train
import training.run
from engine import settings
from engine.database import database
from engine.events import Finished, Progress, Started, Warn, read_events
from engine.home.home import Home
from engine.models.models import read_card
from engine.prompt.prompt import build_prompt
from training.bases.processor import keep_gain
from training.examples.tokens import build_example
from training.examples.training_pairs import training_pairs
from training.loop.micro_batches import mean_loss
from training.personal_model import load_personal
from training.rosa import low_rank_parameters, masks_made
from training.runs.past_mails import fewest_as_good, losses_with_past_mails
from training.runs.run_folder import create_run, read_split
from training_run.runs import SMALL, defaults, examples_of, fill, metrics

# --- one process, from start to end


def test_a_run_in_its_own_process_finishes_without_network(home, begin, tmp_path, base):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "def audit(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo'):\n"
        "        raise RuntimeError(f'network: {event} {arguments}')\n"
        "sys.addaudithook(audit)\n"
    )
    folder = begin("own-process", "rosa")
    done = subprocess.run(
        # A relative home, as a person may type it.
        [sys.executable, "-m", "training.run", "--home", home.root.name, "own-process"],
        cwd=home.root.parent,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    card = read_card(home, "own-process")
    assert card.state == "finished"
    assert {"train", "validation", "held_out"} <= set(card.data)
    assert card.figures["steps"] == 10
    assert card.figures["held_out_loss"] < card.figures["held_out_loss_base"]
    assert not (folder / "checkpoints").exists()
    emitted = read_events(folder / "events.jsonl")
    assert isinstance(emitted[0], Started)
    assert isinstance(emitted[-1], Finished)
    assert emitted[-1].result == card.figures
    steps = [event.done for event in emitted if isinstance(event, Progress)]
    assert steps == list(range(11))
    model, tokenizer = load_personal(home, card, defaults(), dtype=torch.float32)
    assert masks_made(model)
    held_out = examples_of(home, "own-process", tokenizer).held_out
    assert mean_loss(model, held_out, 512) == pytest.approx(card.figures["held_out_loss"], abs=1e-4)
    with model.disable_adapter():
        base_loss = mean_loss(model, held_out, 512)
    assert base_loss == pytest.approx(card.figures["held_out_loss_base"], abs=1e-4)
    assert all(not path.stat().st_mode & 0o077 for path in folder.rglob("*"))


ELSEWHERE = """
import sys
import torch
from peft import AutoPeftModelForCausalLM
import training.rosa

model = AutoPeftModelForCausalLM.from_pretrained(sys.argv[1]).eval()
ids = torch.tensor([[int(word) for word in sys.argv[2].split()]])
with torch.no_grad():
    logits = {"adapted": model(ids).logits, "merged": model.merge_and_unload()(ids).logits}
torch.save(logits, sys.argv[3])
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"engine", "panza_tui"}))
"""


def test_its_adapter_is_loaded_by_peft_and_training_rosa_alone(home, whole, tmp_path):
    ids = list(range(40, 60))
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(whole / "adapter"), " ".join(map(str, ids)), "found"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
    found = torch.load(tmp_path / "found")
    model, _ = load_personal(home, read_card(home, "whole"), defaults(), dtype=torch.float32)
    with torch.no_grad():
        expected = model(torch.tensor([ids])).logits
        with model.disable_adapter():
            base = model(torch.tensor([ids])).logits
    torch.testing.assert_close(found["adapted"], expected)
    torch.testing.assert_close(found["merged"], expected, rtol=1e-4, atol=1e-4)
    assert not torch.allclose(base, expected, atol=1e-2)


# --- figures


def test_two_epochs_that_are_no_better_end_a_run_and_the_best_is_kept(home, begin):
    # With this rate the loss rises again.
    folder = begin("best", training__epochs=30, training__learning_rate=0.3)
    assert training.run.run(home, "best") == 0
    card = read_card(home, "best")
    losses = [v for (_, name), v in metrics(folder).items() if name == "validation_loss"]
    assert len(losses) == losses.index(min(losses)) + 3 < 30
    warnings = [e.text for e in read_events(folder / "events.jsonl") if isinstance(e, Warn)]
    assert any("no better on the validation mails" in text for text in warnings)
    model, tokenizer = load_personal(home, card, defaults(), dtype=torch.float32)
    data = examples_of(home, "best", tokenizer)
    assert card.figures["validation_loss"] == min(losses)
    assert mean_loss(model, data.validation, 512) == pytest.approx(min(losses), abs=1e-4)
    assert mean_loss(model, data.held_out, 512) == pytest.approx(
        card.figures["held_out_loss"], abs=1e-4
    )


# --- settings that leave something out


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("sparse-only", {"rosa__r": 0}),
        ("low-rank-only", {"rosa__d": 0.0}),
        ("no-validation", {"training__validation": 0.0}),
        ("nothing-held-out", {"training__held_out": 0.0}),
        ("budget-below-one-mail", {"training__micro_batch_tokens": 32}),
        ("with-past-mails", {"training__retrieval_share": 1.0, "retrieval__sources": 2}),
        ("mask-at-once", {"rosa__mask_warmup_steps": 0}),
        ("mean-mask", {"rosa__mask_gradient": "mean", "rosa__mask_batches": 3}),
    ],
)
def test_a_run_with_unusual_settings_finishes(home, begin, name, changes):
    folder = begin(name, max_steps=3, **changes)
    assert training.run.run(home, name) == 0
    card = read_card(home, name)
    assert card.state == "finished"
    assert card.figures["steps"] == 3
    assert ("held_out_loss" in card.figures) == (name != "nothing-held-out")
    assert ("validation_loss" in card.figures) == (name != "no-validation")
    model, _ = load_personal(home, card, defaults(), dtype=torch.float32)
    assert masks_made(model)
    # Any JSON parser can read the events.
    for line in (folder / "events.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=lambda word: pytest.fail(word))


@pytest.mark.parametrize("keep", [True, False])
def test_the_low_rank_part_is_kept_or_is_reset_with_the_mask(home, begin, monkeypatch, keep):
    changes = {"rosa__mask_warmup_steps": 2, "training__warmup_ratio": 0.0}
    begin(f"warmup-{keep}", max_steps=4, rosa__keep_warmup=keep, **changes)
    real, grown, moments = training.loop.train.MailTrainer.training_step, [], []

    def training_step(self, model, inputs, count=None):
        factors = low_rank_parameters(model)
        grown.append(any(factor.any().item() for factor in factors[1::2]))  # B starts at zero.
        moments.append(any(factor in self.optimizer.state for factor in factors))
        return real(self, model, inputs, count)

    monkeypatch.setattr(training.loop.train.MailTrainer, "training_step", training_step)
    assert training.run.run(home, f"warmup-{keep}") == 0
    assert grown == moments == [False, True, keep, True]


def test_so_few_mails_that_none_validates_still_train(tmp_path, base):
    home = Home(tmp_path / "home").prepare()
    fill(home, 20)
    chosen = settings.load_settings(
        None,
        SMALL | {"model.base": str(base), "training.validation": 0.01, "training.held_out": 0.02},
        environment={},
    )
    with contextlib.closing(database.connect(home.database)) as connection:
        card = create_run(home, connection, chosen, method="lora", name="few", max_steps=1)
    assert read_split(home, "few").validation == ()
    assert card.data["validation"] == 0
    assert training.run.run(home, "few") == 0


def test_the_mails_may_be_written_to_while_a_run_reads_them(home, begin):
    begin("beside", "lora", max_steps=1)
    with contextlib.closing(database.connect(home.database)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE mails SET body = 'not yet committed' WHERE id = 1")
        try:
            assert training.run.run(home, "beside") == 0
        finally:
            writer.execute("ROLLBACK")


def test_the_number_of_past_mails_is_chosen_and_kept_on_the_card(tmp_path, base):
    home = Home(tmp_path / "home").prepare()
    keep_gain(home, 1.0)
    fill(home, 60)
    with contextlib.closing(database.connect(home.database)) as connection:
        overrides = SMALL | {"model.base": str(base), "training.validation": 0.2}
        chosen = settings.load_settings(None, overrides, environment={})
        create_run(home, connection, chosen, method="lora", name="some", max_steps=1)
        assert training.run.run(home, "some") == 0
        found = read_card(home, "some")
        split = read_split(home, "some")
        validating = [p for p in training_pairs(connection) if p.mail.id in split.validation]
    losses = losses_with_past_mails(found)
    assert list(losses) == [0, 1, 2, 3]
    assert found.data["sources"] == fewest_as_good(list(losses.values()))
    model, tokenizer = load_personal(home, found, defaults(), dtype=torch.float32)
    built = [
        build_example(
            tokenizer,
            build_prompt(pair.instruction, prompt=chosen.prompt),
            pair.mail.body,
            max_tokens=2048,
        )
        for pair in validating
    ]
    assert losses[0] == pytest.approx(mean_loss(model, built, 512), rel=1e-4)
