"""Which GGUF of the base an export copies, and what it refuses to place in one."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from export_homes import SETTINGS, TEXTS, store_and_export, train_adapter
from tiny_tokenizers import tiny_model

from engine.errors import PanzaError
from engine.events import Progress
from engine.gguf_files.patching import patch_gguf
from engine.gguf_files.stored import open_stored
from engine.home.home import Home
from training.bases.base_model import load_tokenizer
from training.export import gguf_file, quantise
from training.export.placing import place_weights
from training.export.run import export_model


@pytest.fixture
def exported(tmp_path):
    """A home with a model and a good F16 file of it."""
    home = Home(tmp_path / "home").prepare()
    return home, store_and_export(home)


# --- a GGUF of the base beside its folder


def beside(home):
    """Write a GGUF of the base into its folder."""
    base = home.root / "base"
    path = base / "base-F16.gguf"
    gguf_file.write_gguf(
        base, load_tokenizer(base), path, name="base", progress=lambda done, total: None
    )
    return path


def stages_of(home, kind="F16"):
    events = []
    export_model(home, "tiny", kind, SETTINGS, events.append, TEXTS)
    return {event.stage for event in events if isinstance(event, Progress)}


def test_a_gguf_beside_the_base_is_taken(exported):
    home, _ = exported
    beside(home)
    assert "converting the base" not in stages_of(home)


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_K_M"])
def test_a_quantised_one_is_taken_too_and_untouched_tensors_keep_their_kind(exported, kind):
    home, path = exported
    source = open_stored(beside(home))
    kinds = quantise.tensor_kinds(source, set(), kind, home.root)
    patch_gguf(source, home.root / "base" / "q.gguf", {}, kinds)
    source.path.unlink()
    train_adapter(home, home.root / "base", "lora")
    assert "converting the base" not in stages_of(home)
    made = open_stored(path).tensors
    assert made["token_embd.weight"].kind.name == kinds["token_embd.weight"]
    assert made["blk.0.attn_q.weight"].kind.name == "F16"


@pytest.mark.parametrize("seed_or_size", [{"seed": 1}, {"intermediate_size": 64}])
def test_a_gguf_of_another_model_is_not_taken(exported, seed_or_size):
    home, _ = exported
    tokenizer = load_tokenizer(home.root / "base")
    other = home.root / "other"
    seed = seed_or_size.pop("seed", 0)
    model = tiny_model(tokenizer, **seed_or_size)
    if seed:
        torch.manual_seed(seed)
        torch.nn.init.normal_(model.model.layers[1].mlp.up_proj.weight, std=0.2)
    model.save_pretrained(other)
    tokenizer.save_pretrained(other)
    path = home.root / "base" / "other.gguf"
    gguf_file.write_gguf(other, tokenizer, path, name="o", progress=lambda done, total: None)
    assert "converting the base" in stages_of(home)


@pytest.mark.parametrize("content", [b"", b"GGUF", b"something else" * 99])
def test_a_damaged_gguf_beside_the_base_is_not_taken(exported, content):
    home, _ = exported
    (home.root / "base" / "damaged.gguf").write_bytes(content)
    assert "converting the base" in stages_of(home)


# --- what can't be exported


def placed(source, weights):
    with pytest.raises(PanzaError) as raised:
        place_weights(weights, source)
    assert "\n" not in str(raised.value)
    assert "nothing was changed" in str(raised.value).lower()
    return str(raised.value)


class Weights:
    """Trained weights of one name. rows: of the base, as a list of lists."""

    def __init__(self, name, rows):
        self.changed = frozenset([name])
        self._rows = torch.tensor(rows)

    def shape(self, name):
        return tuple(self._rows.shape)

    def base_rows(self, name, start=0, stop=None):
        return self._rows[start:stop]


def test_weights_without_a_place_are_refused_by_name(exported):
    source = open_stored(exported[1])
    ones = torch.ones(4, 4).tolist()
    assert "'lm_head'" in placed(source, Weights("lm_head.weight", ones))
    name = "model.layers.0.mlp.gate.weight"
    assert f"'{name}'" in placed(source, Weights(name, ones))
    name = "model.layers.0.self_attn.q_proj.weight"
    assert "[64, 64]" in placed(source, Weights(name, ones))
    assert "several experts" in placed(source, Weights(name, [ones]))
    others = torch.randn(64, 64).tolist()
    assert "of another model" in placed(source, Weights(name, others))
    stranger = replace(source, fields=source.fields | {"general.architecture": Field("strange")})
    assert "'strange'" in placed(stranger, Weights(name, ones))


class Field:
    def __init__(self, value):
        self._value = value

    def contents(self):
        return self._value
