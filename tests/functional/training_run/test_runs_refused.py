"""Training runs that can't start or resume: a one-line error each."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
from types import SimpleNamespace

import pytest
import torch
from peft import PeftModel
from transformers import Trainer

import training.loop.base_to_train
import training.loop.train
import training.run
from engine import settings
from engine.database import database
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.events import Failed, read_events
from engine.models.models import read_card
from training.cards import write_card
from training.runs.checkpoints import last_checkpoint
from training.runs.run_folder import create_run
from training_run.runs import adapter, failed_with

# --- errors are one line


def test_a_lost_split_is_a_one_line_error(home, begin, capfd):
    folder = begin("no-split", "lora")
    (folder / "split.json").unlink()
    error = failed_with(home, "no-split", capfd)
    assert "split.json is lost or damaged; train 'no-split' again" in error
    assert read_card(home, "no-split").state == "failed"
    assert read_events(folder / "events.jsonl")[-1] == Failed(error, resumable=False)


def test_a_damaged_card_is_a_one_line_error(home, begin, capfd):
    folder = begin("no-card", "lora")
    (folder / "card.toml").write_text("base = ")
    assert "The card of model 'no-card' is damaged" in failed_with(home, "no-card", capfd)
    assert (folder / "card.toml").read_text() == "base = "


def test_a_lost_base_model_is_a_one_line_error(home, begin, capfd):
    begin("no-base", "lora")
    card = read_card(home, "no-base")
    write_card(home, dataclasses.replace(card, base="/none/such"))
    assert "no base model '/none/such'" in failed_with(home, "no-base", capfd)


def test_a_card_does_not_switch_the_network_on(home, begin, capfd, monkeypatch):
    """It may come from a backup that somebody else made."""
    asked = []

    def snapshot(name, local_files_only, **options):
        asked.append((name, local_files_only))
        raise OSError("not on this disk")

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    begin("stranger", "lora")
    card = read_card(home, "stranger")
    model = card.settings["model"] | {"allow_download": True, "base": "strange/model"}
    changed = card.settings | {"model": model}
    write_card(home, dataclasses.replace(card, base="strange/model", settings=changed))
    assert "no base model 'strange/model' on this disk" in failed_with(home, "stranger", capfd)
    assert set(asked) == {("strange/model", True)}


def test_a_finished_run_is_left_alone(home, begin, whole, capfd):
    before = adapter(whole)
    assert "finished" in failed_with(home, "whole", capfd)
    assert read_card(home, "whole").state == "finished"
    assert all(torch.equal(value, before[key]) for key, value in adapter(whole).items())


def test_a_run_whose_mails_changed_is_not_resumed(home, begin, stop_after, capfd):
    begin("changed", "lora")
    assert stop_after("changed", 1) == 130
    with contextlib.closing(database.connect(home.database)) as connection:
        connection.execute("UPDATE instructions SET text = text || '!' WHERE mail_id = 3")
        try:
            assert "changed since the run 'changed' began" in failed_with(home, "changed", capfd)
            assert not read_events(home.model("changed") / "events.jsonl")[-1].resumable
        finally:
            connection.execute("UPDATE instructions SET text = rtrim(text, '!') WHERE mail_id = 3")


def spoil_the_weights(model):
    with torch.no_grad():
        next(p for p in model.parameters() if p.requires_grad).fill_(float("nan"))


def spoil_the_gradient(model):
    next(p for p in model.parameters() if p.requires_grad).register_hook(lambda g: g * torch.nan)


@pytest.mark.parametrize("spoil", [spoil_the_weights, spoil_the_gradient])
@pytest.mark.parametrize(("step", "kept"), [(3, "no checkpoint yet"), (7, "checkpoint-5")])
def test_nan_ends_the_run(home, begin, capfd, monkeypatch, spoil, step, kept):
    name = f"diverged-{spoil.__name__.rpartition('_')[2]}-{step}"
    folder = begin(name, "lora", training__validation=0.0)
    real = training.loop.train.MailTrainer.training_step

    def training_step(self, model, inputs, num_items_in_batch=None):
        if self.state.global_step == step - 1:
            spoil(model)
        return real(self, model, inputs, num_items_in_batch)

    monkeypatch.setattr(training.loop.train.MailTrainer, "training_step", training_step)
    error = failed_with(home, name, capfd)
    what = "loss" if spoil is spoil_the_weights else "gradient"
    assert f"The {what} of step {step} is not a number" in error
    assert "learning_rate" in error
    assert kept in error
    assert read_card(home, name).state == "failed"
    assert not (folder / "adapter").exists()


@pytest.mark.parametrize("what", ["checkpoint", "result"])
def test_a_disk_that_fills_up_damages_nothing(home, begin, stop_after, monkeypatch, capfd, what):
    name = f"full-disk-{what}"
    folder = begin(name, "lora", training__validation=0.0)
    stop_after(name, 2)
    with monkeypatch.context() as patch:
        real = PeftModel.save_pretrained

        def full(*arguments):
            raise RuntimeError("unexpected pos 64 vs 0")  # As torch.save has it.

        def half(model, draft, **options):
            real(model, draft, **options)
            if "adapter.partial" in str(draft):
                full()

        if what == "checkpoint":
            patch.setattr(Trainer, "_save_rng_state", full)
        else:
            patch.setattr(PeftModel, "save_pretrained", half)
        patch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=0))
        error = failed_with(home, name, capfd)
    failure = read_events(folder / "events.jsonl")[-1]
    assert failure == Failed(error, resumable=True)
    assert "(the disk is full)" in error
    kept = "checkpoint-2" if what == "checkpoint" else "checkpoint-10"
    assert f"{kept} is kept; make room" in error
    assert last_checkpoint(folder).name == kept
    assert not list(folder.glob(".*.partial"))
    assert training.run.run(home, name) == 0


def test_a_run_that_does_not_exist_is_an_error(home):
    with pytest.raises(NotReadyError, match="There is no model 'nobody'"):
        training.run.run(home, "nobody")


def test_a_folder_that_can_not_be_written_is_an_error(home, begin, monkeypatch):
    begin("read-only", "lora")

    def refuse(path, *arguments):
        raise OSError(30, "Read-only file system", str(path))

    monkeypatch.setattr("engine.home.locks.os.open", refuse)
    with pytest.raises(PanzaError, match=r"run\.lock can't be written \(Read-only file system\)"):
        training.run.run(home, "read-only")


def test_settings_with_nothing_to_train_are_refused_before_anything_is_made(home, begin):
    with pytest.raises(UsageError, match=r"rosa\.r and rosa\.d"):
        begin("nothing", rosa__r=0, rosa__d=0.0)
    with pytest.raises(UsageError, match=r"rosa\.r"):
        begin("no-rank", "lora", rosa__r=0)
    assert not home.model("nothing").exists()


@pytest.mark.parametrize(
    ("method", "setting", "value", "why"),
    [
        ("rosa", "rosa.target_modules", ["nowhere"], "nowhere"),
        ("lora", "rosa.target_modules", ["nowhere"], "nowhere"),
        ("rosa", "rosa.target_modules", ["embed_tokens"], "torch.nn.Linear only"),
        ("rosa", "rosa.mask_memory_mib", 1, "the largest layer needs"),
    ],
)
def test_settings_that_do_not_suit_the_base_are_refused_before_it_is_loaded(
    home, begin, base, capfd, monkeypatch, method, setting, value, why
):
    name = f"unsuited-{method}-{value if isinstance(value, int) else value[0]}"
    begin(name, method, **{setting.replace(".", "__"): value})
    monkeypatch.setattr(
        training.loop.base_to_train, "load_folder", lambda *a, **k: pytest.fail("it was loaded")
    )
    if setting == "rosa.mask_memory_mib":
        monkeypatch.setattr(
            training.loop.base_to_train, "resolve_base", lambda *a, **k: wide(base, home.root)
        )
    error = failed_with(home, name, capfd)
    assert f"{setting} does not suit this base model" in error
    assert why in error


def wide(base, folder):
    """A folder with the base's configuration, but layers of more than a MiB."""
    config = json.loads((base / "config.json").read_text()) | {"intermediate_size": 8192}
    (folder / "wide").mkdir()
    (folder / "wide" / "config.json").write_text(json.dumps(config))
    return folder / "wide"


def test_a_taken_name_is_refused(begin, whole):
    with pytest.raises(PanzaError, match="There is a model 'whole' already"):
        begin("whole")


def test_a_relative_base_is_stored_with_its_absolute_path(home, base, monkeypatch):
    monkeypatch.chdir(base.parent)
    chosen = settings.load_settings(None, {"model.base": "tiny"}, environment={})
    with contextlib.closing(database.connect(home.database)) as connection:
        card = create_run(home, connection, chosen, method="lora")
        assert card.base == str(base)
        assert card.name == "tiny-lora"
        assert create_run(home, connection, chosen, method="lora").name == "tiny-lora-2"
