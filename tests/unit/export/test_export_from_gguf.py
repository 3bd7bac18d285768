"""A base in a GGUF, trained in its Hugging Face folder and exported into a copy of that GGUF."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from export_homes import SETTINGS, TEXTS, train_adapter
from test_from_gguf import MODELS
from tiny_ggufs import write_gguf

from engine.errors import PanzaError
from engine.events import silent
from engine.generators.llama_cpp_generator import LlamaCppGenerator
from engine.generators.transformers_generator import TransformersGenerator
from engine.gguf_files.stored import open_stored
from engine.home.home import Home
from engine.models.models import read_card
from engine.prompt.prompt import Message
from training.bases.base_model import resolve_base
from training.export.run import export_model
from training.personal_model import load_personal

CHAT = [Message("system", "Write as the user."), Message("user", "Instruction: thank Ada.")]
ANSWER = "Dear Ada, thank you and the others for the 14 boxes."


def trained_on(tmp_path, name, method="lora", **options):
    """A home with a model whose base is a GGUF of the kind."""
    home = Home(tmp_path / "home").prepare()
    architecture, fields, given = MODELS[name]
    if "rope.scaling.original_context_length" in fields:
        fields = fields | {"rope.scaling.original_context_length": 2048}
    path = write_gguf(tmp_path / "base.gguf", architecture, fields, **(given | options))
    folder = resolve_base(home, str(path), allow_download=False)
    train_adapter(home, folder, method, base=str(path))
    return home, path


@pytest.mark.parametrize("name", MODELS)
def test_an_export_says_what_the_trained_model_says(tmp_path, name):
    home, base = trained_on(tmp_path, name)
    path = export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)
    figures = read_card(home, "tiny").figures
    assert figures["gguf_loss"] == pytest.approx(figures["pytorch_loss"], rel=0.005)
    model, tokenizer = load_personal(home, read_card(home, "tiny"), SETTINGS, dtype=torch.float32)
    gguf = LlamaCppGenerator(path, 2048, lambda: 1)
    likelihoods = [
        each.log_likelihood(CHAT, ANSWER)
        for each in (gguf, TransformersGenerator(model, tokenizer, 2048))
    ]
    gguf.close()
    assert likelihoods[0] == pytest.approx(likelihoods[1], rel=0.005)
    before, after = open_stored(base), open_stored(path)
    assert after.fields.keys() - before.fields.keys() <= {"general.name", "general.file_type"}
    for tensor in before.tensors.values():
        if tensor.name.startswith("token_embd") or len(tensor.shape) == 1:
            unchanged = after.tensors[tensor.name]
            assert unchanged.kind == tensor.kind
            rows = (0, tensor.rows)
            assert np.array_equal(unchanged.values(*rows), tensor.values(*rows))


@pytest.mark.parametrize("kind", ["Q8_0", "Q5_K_M", "Q4_K_M"])
@pytest.mark.parametrize("name", ["Llama 2, Mistral", "Qwen 3", "Phi-3", "Gemma 2", "Granite"])
def test_a_quantised_base_is_exported_in_its_own_kinds(tmp_path, name, kind):
    home, base = trained_on(tmp_path, name, kind="Q8_0")
    path = export_model(home, "tiny", kind, SETTINGS, silent, TEXTS)
    figures = read_card(home, "tiny").figures
    assert figures["gguf_loss"] == pytest.approx(
        figures["pytorch_loss"], rel=0.01 if kind == "Q8_0" else 0.05
    )
    embeddings = (open_stored(p).tensors["token_embd.weight"] for p in (base, path))
    first, second = embeddings
    assert second.kind == first.kind
    assert np.array_equal(second.values(0, second.rows), first.values(0, first.rows))


def test_a_base_that_changed_since_the_training_is_refused(tmp_path):
    home, base = trained_on(tmp_path, "Qwen 2.5")
    export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)
    path = home.model("tiny") / "tiny-F16.gguf"
    before = path.read_bytes()
    write_gguf(base, "qwen2", tied=True, seed=1)
    with pytest.raises(PanzaError, match="changed since") as raised:
        export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)
    assert "\n" not in str(raised.value)
    base.write_bytes(base.read_bytes()[:-100])
    with pytest.raises(PanzaError, match="cut short"):
        export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)
    base.unlink()
    with pytest.raises(PanzaError, match=r"base\.gguf"):
        export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)
    assert path.read_bytes() == before
