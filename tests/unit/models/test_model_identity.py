"""Whether the model that is loaded is still the one that would be loaded now."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from engine.database.database import connect
from engine.errors import NotReadyError
from engine.generators.loading import ModelIdentity, identify_model
from engine.home.home import Home
from engine.models.models import ModelCard, choose_default
from engine.settings import load_settings
from training.cards import write_card

Change = Callable[["Models"], None]


class Models:
    """A home with the models sam, which has a GGUF, and kim, which has none."""

    def __init__(self, home: Home, connection: apsw.Connection, base: Path) -> None:
        self.home, self.connection, self.base = home, connection, base
        self.settings: dict[str, Any] = {}
        self._now = 1_700_000_000
        self.write(base / "model.safetensors")
        self.train("sam")
        self.export("sam")
        self.train("kim")

    def train(self, name: str, **changes: Any) -> None:
        shutil.rmtree(self.home.model(name), ignore_errors=True)
        card = ModelCard(name, str(self.base), "rosa", 0, "finished")
        write_card(self.home, dataclasses.replace(card, **changes))
        self.write(self.home.model(name) / "adapter" / "adapter_model.safetensors")

    def export(self, name: str) -> None:
        card = ModelCard(name, str(self.base), "rosa", 0, "finished", gguf=f"{name}.gguf")
        write_card(self.home, card)
        self.write(self.home.model(name) / card.gguf)

    def write(self, path: Path) -> None:
        """Write a file of constant size, each time with another modification time."""
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"weights")
        self._now += 1
        os.utime(path, (self._now, self._now))

    def identity(self, model: str | None = None) -> ModelIdentity:
        settings = load_settings(overrides=self.settings, environment={})
        return identify_model(
            self.home,
            self.connection,
            settings,
            model=model,
            plain_base=False,
            backend=settings.drafting.backend,
        )


@pytest.fixture
def models(tmp_path: Path) -> Iterator[Models]:
    home = Home(tmp_path / "home").prepare()
    connection = connect(home.database)
    yield Models(home, connection, tmp_path / "base")
    connection.close()


def setting(key: str, value: Any) -> Change:
    return lambda models: models.settings.update({key: value})


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("kim", lambda models: models.export("kim")),
        ("sam", lambda models: models.export("sam")),
        ("sam", lambda models: models.train("sam")),
        ("kim", lambda models: models.train("kim")),
        ("kim", lambda models: models.train("kim", base="another/base")),
        ("kim", lambda models: models.train("kim", method="full")),
        ("kim", lambda models: models.write(models.base / "model.safetensors")),
        ("sam", setting("drafting.backend", "transformers")),
        ("sam", setting("drafting.threads", 3)),
        ("sam", setting("drafting.gpu_layers", 0)),
        ("sam", setting("drafting.context_tokens", 1024)),
        (None, lambda models: choose_default(models.home, models.connection, "sam")),
    ],
    ids=[
        *("exported", "exported again", "trained again", "adapter trained again"),
        *("another base", "another method", "base changed"),
        *("backend", "threads", "GPU", "context", "another default"),
    ],
)
def test_a_change_of_what_is_loaded_is_seen(
    models: Models, name: str | None, change: Change
) -> None:
    before = models.identity(name)
    assert models.identity(name) == before
    change(models)
    assert models.identity(name) != before


@pytest.mark.parametrize("key", ["drafting.seed", "drafting.max_tokens", "retrieval.sources"])
def test_settings_that_loading_does_not_read_change_nothing(models: Models, key: str) -> None:
    before = models.identity("sam")
    models.settings[key] = 7
    assert models.identity("sam") == before


def test_a_model_that_can_not_be_loaded_has_no_identity(models: Models) -> None:
    models.settings["drafting.backend"] = "llama-cpp"
    with pytest.raises(NotReadyError, match="panza-tui export kim"):
        models.identity("kim")
