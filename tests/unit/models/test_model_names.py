"""A model keeps what it was to the home when it is renamed, also if that is cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.database import database
from engine.disk import durable
from engine.errors import PanzaError
from engine.forgetting.forget import forget_model
from engine.home.home import Home
from engine.models.models import ModelCard, choose_default, default_model, rename_model
from engine.models.packaged import EMBEDDED_BASE
from training.cards import write_card
from training.loop.adopt import predecessor


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def connection(home):
    return database.connect(home.database)


def put(home: Home, name: str, created: int = 1, **data) -> ModelCard:
    card = ModelCard(name, EMBEDDED_BASE, "rosa", created, "finished", data=data)
    write_card(home, card)
    return card


class Killed(BaseException):
    """Ends a rename as a kill would: nothing catches it."""


def killed_at(monkeypatch, step, change):
    """Make a change that is killed before its step-th write, and return whether it had that many.

    A write is a rename of a folder, the sync of one, and each statement of a database that writes.
    """
    steps = iter(range(1, step + 1))

    def counted(call):
        def run(*given, **named):
            if next(steps, None) == step:
                raise Killed
            return call(*given, **named)

        return run

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", counted(Path.rename))
        patch.setattr(durable, "sync", counted(durable.sync))
        for name in ("write_fact", "delete_fact"):
            patch.setattr(database, name, counted(getattr(database, name)))
        try:
            change()
        except Killed:
            return True
    return False


@pytest.mark.parametrize("step", range(1, 7))
def test_a_rename_that_is_killed_at_any_step_keeps_the_default(home, connection, monkeypatch, step):
    for created, name in enumerate(("other", "old"), start=1):
        put(home, name, created=created)
    choose_default(home, connection, "old")
    rename_model(home, connection, "old", "former")  # It had other names before.
    rename_model(home, connection, "former", "old")

    def rename():
        rename_model(home, connection, "old", "new")

    if not killed_at(monkeypatch, step, rename):
        assert step > 4
    now = default_model(home, connection).name
    assert now == ("new" if home.model("new").exists() else "old")
    # Another model that gets the name that is free is not taken for it.
    put(home, "unused", created=3)
    free = {"new": "old", "old": "new"}[now]
    rename_model(home, connection, "unused", free)
    assert default_model(home, connection).name == now
    rename_model(home, connection, now, "newer")
    assert default_model(home, connection).name == "newer"
    assert database.read_fact(connection, "default_model") == "newer"


def test_a_killed_rename_leaves_the_default_to_be_forgotten_or_trained_anew(
    home, connection, monkeypatch
):
    put(home, "other", created=1)
    put(home, "old", created=2)
    choose_default(home, connection, "old")
    killed_at(monkeypatch, 3, lambda: rename_model(home, connection, "old", "new"))
    assert default_model(home, connection).name == "new"
    forget_model(home, connection, "new")
    assert connection.execute("SELECT key FROM facts WHERE key <> 'user.name'").fetchall() == []
    put(home, "old", created=3)
    assert default_model(home, connection).name == "other"


def test_names_that_lead_in_a_circle_name_no_model(home, connection):
    put(home, "other")
    database.write_fact(connection, "renamed:a", "b")
    database.write_fact(connection, "renamed:b", "a")
    database.write_fact(connection, "default_model", "a")
    assert default_model(home, connection).name == "other"


def test_an_update_finds_its_renamed_predecessor_and_no_newer_model_of_that_name(home, connection):
    put(home, "old", created=1)
    update = put(home, "old-2", created=2, updated_from="old")
    rename_model(home, connection, "old", "first")
    rename_model(home, connection, "first", "earliest")
    assert predecessor(home, connection, update).name == "earliest"
    put(home, "unused", created=3)
    rename_model(home, connection, "unused", "old")
    with pytest.raises(PanzaError, match="'old', which 'old-2' goes on from, is gone"):
        predecessor(home, connection, update)
