from __future__ import annotations

from functools import partial

import pytest

from encryption.encrypted_homes import CHEAP, fill
from engine.encryption import unlocked
from engine.encryption.key_file import wrap
from engine.home.home import Home
from panza_tui.jobs import encryption


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No keys of other tests, and passphrases that are tried in no time."""
    monkeypatch.setattr(unlocked, "_known", {})
    monkeypatch.setattr(unlocked, "_used", {})
    monkeypatch.setattr(encryption, "wrap", partial(wrap, cost=CHEAP))


@pytest.fixture
def home(tmp_path) -> Home:
    home = Home(tmp_path / "home").prepare()
    fill(home)
    return home
