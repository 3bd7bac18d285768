"""Updates: a run goes on from a trained model with what is new, and is compared with it."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import shutil

import pytest
import torch
from safetensors.torch import load_file

import training.run
from engine import settings
from engine.database import database
from engine.drafting.accepted_drafts import accepted_ids
from engine.drafting.drafts import accept_draft, keep_draft
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.events import Finished, Warn, read_events
from engine.forgetting.forget import forget_mail, forget_model
from engine.home.home import Home
from engine.mail.stored.store import insert_mail
from engine.models.models import choose_default, default_model, read_card
from panza_tui.jobs.forget import models_that_learnt
from panza_tui.jobs.update import (
    OFFERED_AT,
    UpdateOffer,
    accepted_since_training,
    update_line,
    update_offer,
)
from training.bases.processor import keep_gain
from training.cards import write_card
from training.runs.run_folder import create_run, read_split
from training.runs.update import check_update, create_update
from training_run.runs import SMALL, Interrupting, a_mail, fill, lasting_figures, metrics

FRESH = SMALL | {"rosa.dropout": 0.0, "training.epochs": 1}


class Writer:
    """A home with a trained model, 'lo', and what its user writes afterwards."""

    def __init__(self, home: Home, base) -> None:
        self.home = home
        self.base = base
        self.connection = database.connect(home.database)

    def create(self, make, *arguments, changes=(), **options):
        overrides = FRESH | {"model.base": str(self.base)} | dict(changes)
        chosen = settings.load_settings(None, overrides, environment={})
        return make(self.home, self.connection, chosen, *arguments, **options)

    def update(self, before="lo", **changes):
        """Update the model `before`, and return the card of the finished run."""
        changes = {key.replace("__", "."): value for key, value in changes.items()}
        card = self.create(create_update, before, changes=changes)
        assert training.run.run(self.home, card.name) == 0
        return read_card(self.home, card.name)

    def write(self, count: int = 4) -> None:
        """Import further mails, with instructions."""
        first = self.connection.execute("SELECT max(id) FROM mails").get
        for number in range(first, first + count):
            insert_mail(self.connection, a_mail(number))
        self.connection.execute(
            "INSERT INTO instructions SELECT id, 'Tell Kim: ' || subject, 'hand', '', 0, '', '' "
            "FROM mails WHERE id > ?",
            (first,),
        )

    def accept(self, count: int = 2, edited: str = ", my way") -> list[int]:
        return [self.accept_one(f"Draft {n}", f"Draft {n}{edited}.") for n in range(count)]

    def accept_one(self, draft: str, final: str) -> int:
        key = keep_draft(
            self.connection,
            conversation=None,
            instruction="say what I mean",
            recipient="Kim",
            thread=[],
            sources=[],
            draft=draft,
            model="lo",
            backend="transformers",
            seed=0,
        )
        assert key is not None
        assert accept_draft(self.connection, key, final)
        return key

    def weights(self, name: str) -> dict[str, torch.Tensor]:
        files = [*self.home.model(name).glob("*/*.safetensors")]
        assert len(files) == 1
        return load_file(files[0])

    @property
    def default(self) -> str:
        return default_model(self.home, self.connection).name


@pytest.fixture(scope="session")
def trained(tmp_path_factory, base):
    """method -> a home with a model that was trained by it, made once; only to be copied."""

    @functools.cache
    def make(method):
        home = Home(tmp_path_factory.mktemp("trained") / "home").prepare()
        keep_gain(home, 1.0)
        fill(home)
        writer = Writer(home, base)
        with contextlib.closing(writer.connection):
            writer.create(create_run, method=method, name="lo")
        assert training.run.run(home, "lo") == 0
        return home

    return make


@pytest.fixture(params=["rosa"])
def writer(request, tmp_path, base, trained):
    home = Home(shutil.copytree(trained(request.param).root, tmp_path / "home"))
    writer = Writer(home, base)
    with contextlib.closing(writer.connection):
        yield writer


@pytest.mark.parametrize("writer", ["rosa", "lora", "full"], indirect=True)
def test_an_update_begins_with_what_the_model_has_learnt(writer):
    writer.accept()
    before = writer.weights("lo")
    card = writer.update(training__learning_rate=0.0, training__sparse_learning_rate=0.0)
    after = writer.weights(card.name)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key], after[key]) for key in before)
    assert card.figures["judged_loss"] == card.figures["judged_loss_before"]
    assert card.figures["held_out_loss_before"] == pytest.approx(
        read_card(writer.home, "lo").figures["held_out_loss"], rel=1e-5
    )
    assert card.data["is_better"] is False
    assert writer.default == "lo"
    assert "no better than 'lo'" in update_line(card, is_default=False)


@pytest.mark.parametrize("writer", ["rosa", "lora", "full"], indirect=True)
def test_an_update_that_got_better_becomes_the_default_and_the_older_can_be_had_back(writer):
    before = writer.weights("lo")
    writer.write()
    writer.accept(3)
    card = writer.update()
    assert (card.name, card.data["updated_from"]) == ("lo-2", "lo")
    assert (card.data["new_mails"], card.data["new_drafts"]) == (3, 3)
    assert card.figures["judged_loss"] < card.figures["judged_loss_before"]
    assert card.data["is_better"] is True
    assert writer.default == "lo-2"
    assert "'lo' is kept" in update_line(card, is_default=True)
    after = writer.weights("lo-2")
    assert any(not torch.equal(before[key], after[key]) for key in before)
    masks = [key for key in before if "indices" in key]
    assert all(torch.equal(before[key], after[key]) for key in masks)
    kept = writer.weights("lo")
    assert all(torch.equal(before[key], kept[key]) for key in before)
    finished = read_events(writer.home.model("lo-2") / "events.jsonl")[-1]
    assert isinstance(finished, Finished)
    assert finished.result == card.figures
    forget_model(writer.home, writer.connection, "lo-2")
    assert writer.default == "lo"


def test_what_was_held_out_stays_so_and_the_new_is_split_alike(writer):
    earlier = read_split(writer.home, "lo")
    writer.write(10)
    writer.accept(10)
    card = writer.create(create_update, "lo")
    split = read_split(writer.home, card.name)
    assert split.earlier == earlier.train
    assert split.held_out[: len(earlier.held_out)] == earlier.held_out
    assert len(split.held_out) == len(earlier.held_out) + 2
    assert len(split.validation) == len(earlier.validation) + 1
    assert len(split.train) == len(earlier.train) + 7
    assert (len(split.drafts), len(split.validation_drafts)) == (9, 1)
    numbered = writer.create(create_update, "lo")
    assert numbered.name == "lo-3"


def test_an_update_is_updated_and_numbered_on(writer):
    writer.accept()
    assert writer.update().name == "lo-2"
    with pytest.raises(NotReadyError, match="nothing new to learn since 'lo-2'"):
        writer.create(create_update, "lo-2")
    writer.accept(1, edited="")
    card = writer.update("lo-2")
    assert (card.name, card.data["updated_from"]) == ("lo-3", "lo-2")
    assert (card.data["new_mails"], card.data["new_drafts"], card.data["drafts"]) == (0, 1, 3)


def test_a_stopped_update_is_resumed_exactly(writer, monkeypatch):
    writer.write()
    writer.accept()
    two = {"training.epochs": 2}
    whole, halved = (writer.create(create_update, "lo", changes=two) for _ in range(2))
    assert training.run.run(writer.home, whole.name) == 0
    choose_default(writer.home, writer.connection, "lo")
    with monkeypatch.context() as patch:
        patch.setattr(training.run, "EventLog", Interrupting)
        patch.setattr(Interrupting, "at", 3)
        assert training.run.run(writer.home, halved.name) == 130
    assert training.run.run(writer.home, halved.name) == 0
    folders = (writer.home.model(card.name) for card in (whole, halved))
    first, second = map(metrics, folders)
    assert first == second
    assert lasting_figures(writer.home, whole.name) == lasting_figures(writer.home, halved.name)
    assert writer.default == halved.name


def test_a_default_that_the_user_chose_is_not_replaced(writer):
    other = dataclasses.replace(read_card(writer.home, "lo"), name="other")
    write_card(writer.home, other)
    choose_default(writer.home, writer.connection, "other")
    writer.write()
    card = writer.update()
    assert card.data["is_better"] is True
    assert writer.default == "other"
    assert "The default model stays" in update_line(card, is_default=False)


def test_an_exported_model_is_replaced_by_an_exported_one_only(writer, monkeypatch):
    exported = dataclasses.replace(read_card(writer.home, "lo"), gguf="lo-Q8_0.gguf")
    write_card(writer.home, exported)
    (writer.home.model("lo") / "lo-Q8_0.gguf").write_bytes(b"GGUF")
    kinds = []

    def export(home, name, kind, settings, emit):
        kinds.append(kind)
        raise PanzaError("The disk is full.")

    monkeypatch.setattr("training.loop.adopt.export_model", export)
    writer.write()
    card = writer.update()
    assert (card.data["is_better"], writer.default, kinds) == (True, "lo", ["Q8_0"])
    log = read_events(writer.home.model(card.name) / "events.jsonl")
    assert any(isinstance(e, Warn) and "The disk is full." in e.text for e in log)
    monkeypatch.setattr("training.loop.adopt.export_model", lambda *given: None)
    choose_default(writer.home, writer.connection, "lo")
    writer.write()
    assert writer.default == "lo" != writer.update().name == writer.default


def test_twenty_accepted_drafts_are_offered_until_a_training_has_seen_them(writer):
    home, connection = writer.home, writer.connection
    writer.accept(OFFERED_AT - 1)
    assert accepted_since_training(home, connection) == OFFERED_AT - 1
    assert update_offer(home, connection) is None
    writer.accept(1, edited="")
    assert update_offer(home, connection) == UpdateOffer("lo", OFFERED_AT)
    card = writer.create(create_update, "lo")
    assert update_offer(home, connection) == UpdateOffer("lo", OFFERED_AT)  # It has learnt nothing.
    write_card(home, dataclasses.replace(card, state="finished"))
    assert (accepted_since_training(home, connection), update_offer(home, connection)) == (0, None)
    # The number of a deleted draft is given again.
    newest = max(accepted_ids(connection))
    connection.execute("DELETE FROM drafts WHERE id = ?", (newest,))
    assert writer.accept(1) == [newest]
    connection.execute("UPDATE drafts SET created = created + 60 WHERE id = ?", (newest,))
    assert accepted_since_training(home, connection) == 1


def test_a_new_training_learns_from_accepted_drafts_too(writer):
    writer.accept(10)
    card = writer.create(create_run, method="rosa", name="anew")
    assert card.data["drafts"] == 9
    assert training.run.run(writer.home, "anew") == 0
    assert accepted_since_training(writer.home, writer.connection) == 0


def test_a_forgotten_mails_drafts_are_forgotten_and_who_learnt_them_is_named(writer):
    words = "The zeppelin over Marrakesh lost its left propeller again, so bring the quincunx."
    insert_mail(writer.connection, dataclasses.replace(a_mail(99), body=words, original=words))
    mail = writer.connection.execute("SELECT max(id) FROM mails").get
    key = writer.accept_one("The zeppelin", f"Ahoy Kim,\n\n{words}\n\nRo")
    other = writer.accept_one("Hi", "Nothing of the kind.")
    card = writer.create(create_update, "lo", changes={"training.validation": 0.0})
    assert read_split(writer.home, card.name).drafts == (key, other)
    forgotten = forget_mail(writer.home, writer.connection, mail)
    assert forgotten.draft_ids == (key,)
    assert list(accepted_ids(writer.connection)) == [other]
    assert models_that_learnt(writer.home, mail, forgotten.draft_ids) == (card.name,)
    assert training.run.run(writer.home, card.name) == 1  # Its data is not what it began with.


@pytest.mark.parametrize("state", ["unknown", "stopped", "lost"])
def test_what_cannot_be_updated_is_told(writer, state):
    writer.accept()
    name = "lo"
    if state == "unknown":
        name, error = "nobody", "There is no model 'nobody'"
    elif state == "stopped":
        write_card(writer.home, dataclasses.replace(read_card(writer.home, "lo"), state="stopped"))
        error = "train --resume lo"
    else:
        for path in (writer.home.model("lo") / "adapter").iterdir():
            path.unlink()
        (writer.home.model("lo") / "adapter").rmdir()
        error = "can't be updated; train a new model"
    with pytest.raises(PanzaError, match=error):
        writer.create(check_update, name, None)


def test_a_taken_name_is_refused(writer):
    writer.accept()
    with pytest.raises(UsageError, match="There is a model 'lo' already"):
        writer.create(check_update, "lo", "lo")


def test_a_model_that_is_gone_ends_its_update_in_one_line(writer, capfd):
    writer.accept()
    card = writer.create(create_update, "lo")
    forget_model(writer.home, writer.connection, "lo")
    assert training.run.run(writer.home, card.name) == 1
    assert "The model 'lo', which 'lo-2' goes on from, is gone" in capfd.readouterr().err
