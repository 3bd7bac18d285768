"""A model's card is read back as written, and a failed write keeps the older one."""

from dataclasses import replace

import pytest

from engine.errors import PanzaError
from engine.home.home import Home
from engine.models.models import ModelCard, read_card
from engine.settings import as_toml_values, from_toml_values, load_settings
from training.cards import write_card


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home").prepare()


CARD = ModelCard(
    name="first",
    base="smollm2-135m-instruct",
    method="rosa",
    created=1_790_000_000,
    state="finished",
    gguf="first-Q8_0.gguf",
    data={"mails": 120, "fingerprint": 'a"b\\c\nd', "languages": ["en", "de"]},
    figures={"loss": 2.41, "base_loss": 3.06},
)


def test_a_written_card_is_read_back(home):
    settings = load_settings(environment={})
    card = replace(CARD, settings=as_toml_values(settings))
    path = write_card(home, card)
    assert read_card(home, "first") == card
    assert from_toml_values(read_card(home, "first").settings, "card") == settings
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["card.toml"]


def test_none_is_left_out_at_every_depth(home):
    write_card(home, replace(CARD, data={"mails": 3, "oldest": None, "by": {"year": None}}))
    assert read_card(home, "first").data == {"mails": 3, "by": {}}


def test_a_failed_write_keeps_the_older_card(home, monkeypatch):
    write_card(home, CARD)

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(PanzaError, match="No space left on device"):
        write_card(home, replace(CARD, gguf="other.gguf"))
    assert read_card(home, "first") == CARD
    assert [entry.name for entry in home.model("first").iterdir()] == ["card.toml"]
