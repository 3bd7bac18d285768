"""A base model in a GGUF goes the whole way: trained, exported, drafted with."""

import contextlib

import pytest
from tiny_ggufs import write_gguf

import training.run
from engine import settings
from engine.database import database
from engine.errors import PanzaError
from engine.events import silent
from engine.generators import Sampling
from engine.generators.llama_cpp_generator import LlamaCppGenerator
from engine.models.models import BASE_FINGERPRINT, read_card
from engine.prompt.prompt import Message
from training.export.run import export_model
from training.runs.run_folder import create_run
from training_run.runs import SMALL


@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
def test_a_gguf_is_trained_exported_and_drafted_with(home, tmp_path, monkeypatch, architecture):
    path = write_gguf(tmp_path / "Tiny-Q8.gguf", architecture, {"context_length": 4096}, kind="F16")
    monkeypatch.chdir(tmp_path)
    chosen = settings.load_settings(None, SMALL | {"model.base": path.name}, environment={})
    with contextlib.closing(database.connect(home.database)) as connection:
        card = create_run(home, connection, chosen, method="lora", max_steps=2)
    assert (card.name, card.base) == (
        f"tiny-q8-lora{'' if architecture == 'llama' else '-2'}",
        str(path),
    )
    assert len(card.data[BASE_FINGERPRINT]) == 64
    assert training.run.run(home, card.name) == 0

    exported = export_model(home, card.name, "F16", chosen, silent)
    generator = LlamaCppGenerator(exported, 1024, lambda: 1)
    written = "".join(generator.stream([Message("user", "Say yes.")], Sampling(8)))
    generator.close()
    assert isinstance(written, str)

    write_gguf(path, architecture, {"context_length": 4096}, seed=5)
    with pytest.raises(PanzaError, match=f"has changed since '{card.name}' was trained"):
        export_model(home, card.name, "F16", chosen, silent)
    assert exported.is_file()
    assert read_card(home, card.name).gguf == exported.name
