"""A home with mails and a model, and its backup."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from backup.backed_up import CARD, WEIGHTS, back_up, mail
from engine.database import database
from engine.home.home import Home
from engine.mail.stored.store import insert_mail


@pytest.fixture
def home(tmp_path) -> Home:
    home = Home(tmp_path / "home").prepare()
    with closing(database.connect(home.database)) as connection:
        for number in range(30):
            insert_mail(connection, mail(number))
    folder = home.model("lo")
    (folder / "adapter").mkdir(parents=True)
    (folder / "card.toml").write_text(CARD)
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(WEIGHTS)
    return home


@pytest.fixture
def file(home, tmp_path) -> Path:
    back_up(home, tmp_path / "kept.zip")
    return tmp_path / "kept.zip"
