"""Models in an encrypted home: exported, drafted with, loaded and checked, never there in plain."""

from __future__ import annotations

from contextlib import closing

import pytest
import torch
from export_homes import SETTINGS, TEXTS, store, train_adapter
from tiny_tokenizers import smollm_tokenizer, tiny_model

from encryption.encrypted_homes import encrypt
from engine.damage.model_sums import check_sums
from engine.database import database
from engine.encryption import in_memory, unlocked
from engine.encryption.unlocked import LockedError
from engine.errors import UsageError
from engine.events import silent
from engine.generators import Sampling
from engine.generators.loading import open_generator
from engine.home.home import Home
from engine.models.models import read_card
from engine.prompt.prompt import Message
from engine.settings import load_settings
from panza_tui.jobs.contenders import _count_weights
from panza_tui.jobs.export import export
from training.export.run import export_model
from training.personal_model import keep_personal, load_for_drafting, load_personal

ASKED = [Message("user", "Say that the boat is ready.")]


@pytest.fixture
def home(tmp_path) -> Home:
    home = Home(tmp_path / "home").prepare()
    tokenizer = smollm_tokenizer()
    store(home, tokenizer, tiny_model(tokenizer))
    return home


def draft(home: Home, backend: str) -> str:
    connection = database.connect(home.database)
    generator = open_generator(
        home,
        connection,
        SETTINGS,
        model="tiny",
        plain_base=False,
        backend=backend,
        load_transformers=lambda card: load_for_drafting(home, SETTINGS, card),
    )
    left = [path for path in in_memory._own_folder().iterdir() if path.is_dir()]
    assert left == []  # The copy has no name any more while the model drafts.
    text = "".join(generator.generator.stream(ASKED, Sampling(max_tokens=12, temperature=0.0)))
    generator.close()
    connection.close()
    return text


def test_a_base_in_the_cache_drafts_without_being_encrypted(home):
    cached = home.cache / "mail-base-1"
    export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS).rename(cached)
    encrypt(home)
    before = cached.read_bytes()
    settings = load_settings(
        None, {"model.base": str(cached), "drafting.threads": 1}, environment={}
    )
    with closing(database.connect(home.database)) as connection:
        generator = open_generator(
            home,
            connection,
            settings,
            model=None,
            plain_base=True,
            backend="llama-cpp",
            load_transformers=lambda card: pytest.fail("transformers"),
        )
    sampling = Sampling(max_tokens=4, temperature=0.0)
    assert "".join(generator.generator.stream(ASKED, sampling)) is not None
    generator.close()
    assert cached.read_bytes() == before


def is_sealed(path) -> bool:
    return path.read_bytes().startswith(b"panza-tui file 1")


def test_an_encrypted_gguf_drafts_as_the_plain_one(home):
    plain = export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)
    content = plain.read_bytes()
    drafts = {backend: draft(home, backend) for backend in ("llama-cpp", "transformers")}
    encrypt(home)
    assert is_sealed(plain)
    assert {backend: draft(home, backend) for backend in drafts} == drafts
    plain.unlink()
    again = export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)
    assert is_sealed(again)
    assert len(again.read_bytes()) < len(content) * 1.1
    assert not list(home.model("tiny").glob("*partial*"))
    assert draft(home, "llama-cpp") == drafts["llama-cpp"]
    assert check_sums(home.model("tiny"))[1] == []
    with pytest.raises(UsageError, match="Ollama can't read"):
        export(home, SETTINGS, silent, name="tiny", for_ollama=True)


def test_an_adapter_is_loaded_exported_and_saved_encrypted(home):
    train_adapter(home, home.root / "base", "rosa")
    card = read_card(home, "tiny")
    before, _ = load_personal(home, card, SETTINGS, dtype=torch.float32)
    weights = {name: value.clone() for name, value in before.state_dict().items()}
    counted = _count_weights(home.model("tiny") / "adapter")
    key = encrypt(home)
    model, _ = load_personal(home, card, SETTINGS, dtype=torch.float32)
    assert all(value.equal(weights[name]) for name, value in model.state_dict().items())
    assert _count_weights(home.model("tiny") / "adapter") == counted
    keep_personal(model, home.model("tiny"), "rosa")
    assert all(is_sealed(p) for p in (home.model("tiny") / "adapter").iterdir() if p.is_file())
    assert check_sums(home.model("tiny"))[1] == []
    assert is_sealed(export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS))
    unlocked.lock(key.id)
    with pytest.raises(LockedError):
        load_personal(home, card, SETTINGS, dtype=torch.float32)
