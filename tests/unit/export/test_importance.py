"""The importance matrix of an export's quantised weights."""

from __future__ import annotations

import gguf
import numpy as np
import pytest
from export_homes import SETTINGS, TEXTS, store_and_export, train_adapter
from test_from_gguf import MODELS
from tiny_ggufs import write_gguf

from engine.events import silent
from engine.gguf_files.quantising import encode_rows
from engine.gguf_files.stored import open_stored
from engine.home.home import Home
from engine.models.models import read_card
from training.bases.base_model import load_tokenizer, resolve_base
from training.export import run, verify
from training.export.importance import importance_matrix
from training.export.placing import place_weights
from training.export.run import export_model
from training.export.streaming import StreamedModel
from training.export.trained import load_trained


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home").prepare()


@pytest.mark.parametrize("name", ["Llama 2, Mistral", "Phi-3"])
def test_the_error_of_the_layers_on_the_mails_falls(home, tmp_path, monkeypatch, name):
    architecture, fields, given = MODELS[name]
    base = write_gguf(tmp_path / "base.gguf", architecture, fields, **given)
    folder = resolve_base(home, str(base), allow_download=False)
    train_adapter(home, folder, "rosa", base=str(base))
    card = read_card(home, "tiny")
    weights = load_trained(card, home.model(card.name) / "adapter", folder)
    places = place_weights(weights, open_stored(base))
    model = StreamedModel(folder, weights)
    model.losses(verify.cut_windows(load_tokenizer(folder), TEXTS), lambda done: None)

    def errors():
        """By tensor, the mean square of what rounding adds to the layer's output."""
        stored = open_stored(export_model(home, "tiny", "Q4_K_M", SETTINGS, silent, TEXTS)).tensors
        found = {}
        for tensor, place in places.items():
            rows = stored[tensor].rows
            error = stored[tensor].values(0, rows) - place.change(weights.rows)(0, rows)
            if stored[tensor].kind != gguf.GGMLQuantizationType.Q8_0:
                found[tensor] = float(error**2 @ model.column_squares[place.name] @ np.ones(rows))
        return found

    with_matrix = errors()
    assert read_card(home, "tiny").figures["importance_tokens"] >= verify.ENOUGH_TOKENS
    monkeypatch.setattr(run, "importance_matrix", lambda *_: {})
    without = errors()
    assert "importance_tokens" not in read_card(home, "tiny").figures
    assert len(with_matrix) > 4
    assert all(with_matrix[tensor] < without[tensor] for tensor in without)


@pytest.mark.parametrize("kind", ["F16", "Q8_0"])
def test_kinds_without_a_use_for_it_get_none(home, kind):
    store_and_export(home)
    export_model(home, "tiny", "Q4_K_M", SETTINGS, silent, TEXTS)
    assert "importance_tokens" in read_card(home, "tiny").figures
    export_model(home, "tiny", kind, SETTINGS, silent, TEXTS)
    assert "importance_tokens" not in read_card(home, "tiny").figures


def test_few_mails_make_none(home):
    store_and_export(home)
    export_model(home, "tiny", "Q4_K_M", SETTINGS, silent, TEXTS[:1])
    assert "importance_tokens" not in read_card(home, "tiny").figures


@pytest.fixture
def source(tmp_path):
    return open_stored(write_gguf(tmp_path / "base.gguf"))


@pytest.mark.parametrize("kind", ["Q4_0", "Q4_1", "Q5_0", "Q5_1"])
def test_a_block_that_the_mails_never_use_is_kept(source, kind):
    squares = np.ones(64, np.float32)
    squares[32:] = 0
    name = "blk.0.attn_q.weight"
    weight = "model.layers.0.self_attn.q_proj.weight"
    importance = importance_matrix({weight: squares}, source, {name: kind})[name]
    rows = np.random.default_rng(0).normal(size=(8, 64)).astype(np.float32)
    stored = gguf.GGMLQuantizationType[kind]
    encoded = encode_rows(rows, stored, importance=importance)
    assert np.abs(gguf.dequantize(encoded, stored) - rows).max() < 0.3


def test_weights_outside_of_the_layers_and_inputs_that_are_no_numbers_have_none(source):
    broken = np.ones(64, np.float32)
    broken[3] = np.nan
    squares = {
        "lm_head.weight": np.ones(64, np.float32),
        "model.layers.0.self_attn.k_proj.weight": broken,
        "model.layers.0.self_attn.v_proj.weight": np.zeros(64, np.float32),
        "model.layers.0.mlp.up_proj.weight": np.ones(32, np.float32),
        "model.layers.0.mlp.gate_proj.weight": np.full(64, 2, np.float32),
        "a.weight.without.a.name": np.ones(64, np.float32),
    }
    matrix = importance_matrix(squares, source, dict.fromkeys(source.tensors, "Q4_0"))
    assert list(matrix) == ["blk.0.ffn_gate.weight"]
    assert np.array_equal(matrix["blk.0.ffn_gate.weight"], np.ones(64))
