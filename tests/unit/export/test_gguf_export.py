"""Export to GGUF: the file matches the model, and a bad file never replaces a good one."""

from __future__ import annotations

import os

import gguf
import numpy as np
import pytest
import torch
from export_homes import SETTINGS, TEXTS, store, store_and_export
from tiny_tokenizers import (
    byte_level_tokenizer,
    llama3_tokenizer,
    smollm_tokenizer,
    tiny_model,
)
from tokenizers import pre_tokenizers
from tokenizers.models import BPE

from engine.errors import PanzaError, UsageError
from engine.events import Finished, Progress, Started, Warn, silent
from engine.gguf_files import patching
from engine.gguf_files.reading import metadata, open_gguf
from engine.gguf_files.stored import open_stored
from engine.home.home import Home
from engine.models.models import gguf_of, read_card
from engine.models.packaged import embedded_base_gguf
from training.bases.base_model import load_tokenizer
from training.bases.from_gguf.tokenizer import tokenizer_from_gguf
from training.export import base_file, gguf_file, gguf_tokenizer, quantise, run, verify
from training.export.quantise import FILE_TYPES
from training.export.run import _kind, export_model
from training.export.verify import FIGURES, PROBES, cut_windows, predicted_tokens

_ROUNDING = {"Q8_0": 0.01, "Q5_K_M": 0.05, "Q4_K_M": 0.1}
"""Mean rounding error of a weight relative to the mean weight: half a step of 8, 5 and 4 bits."""


def as_floats(tensor) -> np.ndarray:
    return gguf.dequantize(tensor.data, tensor.tensor_type)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def exported(home):
    """A home with a model and a good F16 file of it."""
    return home, store_and_export(home)


def test_an_f16_file_has_the_loss_of_the_model(home):
    tokenizer = smollm_tokenizer()
    store(home, tokenizer, tiny_model(tokenizer))
    events = []
    path = export_model(home, "tiny", "F16", SETTINGS, events.append, TEXTS)
    assert path == home.model("tiny") / "tiny-F16.gguf"
    assert gguf_of(home, read_card(home, "tiny")) == path
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    result = events[-1].result
    assert result["gguf_loss"] == pytest.approx(result["pytorch_loss"], rel=1e-3)
    stages = {event.stage: event for event in events if isinstance(event, Progress)}
    assert all(event.done == event.total for event in stages.values())
    assert set(stages) == {
        "converting the base",
        "reading the original",
        "writing",
        "checking",
    }
    assert not list(home.model("tiny").glob("*partial*"))


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_K_M", "Q5_K_M"])
def test_quantised_files_pass_their_check(exported, kind):
    home, whole = exported
    events = []
    path = export_model(home, "tiny", kind, SETTINGS, events.append, TEXTS)
    assert path.name == f"tiny-{kind}.gguf"
    assert path.stat().st_size < whole.stat().st_size
    reader = open_gguf(path)
    assert metadata(reader)["general.file_type"] == FILE_TYPES[kind]
    original = {tensor.name: tensor for tensor in open_gguf(whole).tensors}
    for tensor in reader.tensors:
        expected = as_floats(original[tensor.name])
        rounding = np.abs(as_floats(tensor) - expected).mean() / np.abs(expected).mean()
        assert rounding == 0 if len(tensor.shape) == 1 else 0 < rounding < _ROUNDING[kind]
    result = events[-1].result
    assert result["distance"] > 0
    change = abs(result["gguf_loss"] / result["pytorch_loss"] - 1)
    assert change <= (0.01 if kind == "Q8_0" else 0.05)
    figures = read_card(home, "tiny").figures
    assert figures.items() <= result.items()
    assert figures.keys() - FIGURES == ({"importance_tokens"} if kind != "Q8_0" else set())
    stages = [event.stage for event in events if isinstance(event, Progress)]
    assert list(dict.fromkeys(stages)) == [
        "converting the base",
        "reading the original",
        "writing",
        "checking",
    ]


def test_a_costly_rounding_is_said(exported, monkeypatch):
    home, _ = exported
    limits = tuple((least, distance, 0.0) for least, distance, _ in verify._LIMITS)
    monkeypatch.setattr(verify, "_LIMITS", limits)
    events = []
    export_model(home, "tiny", "Q8_0", SETTINGS, events.append, TEXTS)
    warnings = [event.text for event in events if isinstance(event, Warn)]
    assert any("rounding costs more than usual" in text for text in warnings)
    with pytest.raises(PanzaError, match="does not match"):
        export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)


def test_auto_keeps_16_bits_of_a_tiny_model_and_fewer_of_larger_ones(exported):
    home, _ = exported
    assert export_model(home, "tiny", None, SETTINGS, silent, TEXTS).name == "tiny-F16.gguf"
    kinds = [_kind("auto", weights) for weights in (135_000_000, 500_000_000, 1_500_000_000)]
    assert kinds == ["F16", "Q8_0", "Q4_K_M"]


def test_a_file_without_the_permutation_is_refused_and_the_older_kept(exported, monkeypatch):
    home, path = exported
    before, card = path.read_bytes(), read_card(home, "tiny")
    monkeypatch.setattr(gguf_file, "_HEADS", {})
    with pytest.raises(PanzaError, match="does not match"):
        export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)
    assert path.read_bytes() == before
    assert read_card(home, "tiny") == card
    assert not list(home.model("tiny").glob("*partial*"))


def test_a_file_with_another_pre_tokenizer_is_refused(exported, monkeypatch):
    home, path = exported
    before = path.read_bytes()
    monkeypatch.setattr(gguf_tokenizer, "pre_tokenizer_name", lambda parsed: "llama-bpe")
    with pytest.raises(PanzaError, match="reads text differently"):
        export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)
    assert path.read_bytes() == before


def test_weights_with_nan_are_refused(home):
    tokenizer = smollm_tokenizer()
    model = tiny_model(tokenizer)
    model.model.layers[1].mlp.up_proj.weight.data[3, 5] = float("nan")
    store(home, tokenizer, model)
    with pytest.raises(PanzaError):
        export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)
    assert not list(home.model("tiny").glob("*.gguf"))


def test_a_head_of_its_own_and_biases_are_exported(home):
    tokenizer = smollm_tokenizer()
    model = tiny_model(tokenizer, tie_word_embeddings=False, attention_bias=True, head_dim=32)
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter)
    store(home, tokenizer, model)
    path = export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)
    tensors = {tensor.name: as_floats(tensor) for tensor in open_gguf(path).tensors}
    head = model.lm_head.weight.detach().half().float().numpy()
    assert np.array_equal(tensors["output.weight"], head)
    assert not np.array_equal(tensors["token_embd.weight"], head)
    for number, layer in enumerate(model.model.layers):
        for ours, theirs in {"v_proj": "attn_v", "o_proj": "attn_output"}.items():
            bias = getattr(layer.self_attn, ours).bias.detach().numpy()
            assert np.array_equal(tensors[f"blk.{number}.{theirs}.bias"], bias)
        for ours, theirs in {"q_proj": "attn_q", "k_proj": "attn_k"}.items():
            # The rows of each head are in another order, half and half instead of by turns.
            bias = getattr(layer.self_attn, ours).bias.detach().numpy()
            by_turns = bias.reshape(-1, 2, 16).swapaxes(1, 2).reshape(-1)
            assert np.array_equal(tensors[f"blk.{number}.{theirs}.bias"], by_turns)


def test_llama_3_is_exported_with_its_long_rotations(home, monkeypatch):
    tokenizer = llama3_tokenizer()
    rope = {
        "rope_type": "llama3",
        "rope_theta": 1000.0,
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64,
    }
    store(home, tokenizer, tiny_model(tokenizer, rope_parameters=rope))
    path = export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)
    values = metadata(open_gguf(path))
    assert values["tokenizer.ggml.pre"] == "llama-bpe"
    assert values["tokenizer.ggml.add_bos_token"] is True
    monkeypatch.setattr(gguf_file, "frequency_factors", lambda config: None)
    with pytest.raises(PanzaError, match="does not match"):
        export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)


def test_the_metadata_is_that_of_the_embedded_gguf(home):
    original = metadata(open_gguf(embedded_base_gguf(home)))
    tokenizer = tokenizer_from_gguf(embedded_base_gguf(home))
    store(home, tokenizer, tiny_model(tokenizer, vocab_size=len(tokenizer)))
    made = metadata(open_gguf(export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)))
    keys = {key for key in original if key.startswith("tokenizer.")}
    assert keys == {key for key in made if key.startswith("tokenizer.")}
    for key in keys:
        assert made[key] == original[key], key
    assert {key for key in original if key.startswith("llama.")} <= set(made)


@pytest.mark.parametrize(
    "steps",
    [
        [pre_tokenizers.ByteLevel(add_prefix_space=False)],
        [pre_tokenizers.Whitespace(), pre_tokenizers.ByteLevel(add_prefix_space=False)],
    ],
)
def test_an_unknown_pre_tokenizer_is_refused_before_anything_is_written(home, steps):
    tokenizer = byte_level_tokenizer(BPE(), steps)
    store(home, tokenizer, tiny_model(tokenizer))
    with pytest.raises(PanzaError, match="--backend transformers"):
        export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)
    assert not list(home.model("tiny").glob("*.gguf"))


def test_an_unknown_architecture_is_refused(home):
    from transformers import Starcoder2Config, Starcoder2ForCausalLM

    tokenizer = smollm_tokenizer()
    config = Starcoder2Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
    )
    store(home, tokenizer, Starcoder2ForCausalLM(config))
    with pytest.raises(PanzaError, match="'starcoder2' can't be converted"):
        export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)


def test_an_unknown_quantisation_is_a_usage_error(exported):
    with pytest.raises(UsageError, match="Q8_0"):
        export_model(exported[0], "tiny", "Q9", SETTINGS, silent, TEXTS)


def test_what_a_killed_export_left_is_removed(exported):
    home, _ = exported
    partial = home.model("tiny") / run._PARTIAL
    partial.mkdir()
    (partial / "F16.gguf").write_bytes(b"half")
    export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)
    assert not partial.exists()


def test_too_little_disk_space_is_an_error_before_anything_is_written(exported, monkeypatch):
    home, path = exported
    before = path.read_bytes()
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(base_file.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(PanzaError, match="Make room"):
        export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)
    assert path.read_bytes() == before


def test_a_disk_that_fills_up_during_writing_damages_nothing(exported, monkeypatch):
    home, path = exported
    before = path.read_bytes()

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PanzaError, match="No space left on device"):
        export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)
    assert path.read_bytes() == before
    assert not list(home.model("tiny").glob("*partial*"))


def test_a_failing_quantiser_is_a_one_line_error(exported):
    _, path = exported
    before = path.read_bytes()
    with pytest.raises(PanzaError, match="can't quantise") as raised:
        quantise.tensor_kinds(open_stored(path), set(), "Q9", path.parent)
    assert "\n" not in str(raised.value)
    assert path.read_bytes() == before


def test_a_disk_that_fills_up_in_quantising_damages_nothing(exported, monkeypatch):
    home, path = exported
    before, card = path.read_bytes(), read_card(home, "tiny")
    encode = patching.encode_rows
    written = []

    def full(rows, kind, **options):
        written.append(len(rows))
        if len(written) == 9:
            raise OSError(28, "No space left on device")
        return encode(rows, kind, **options)

    monkeypatch.setattr(patching, "encode_rows", full)
    with pytest.raises(PanzaError, match="No space left on device") as raised:
        export_model(home, "tiny", "Q4_K_M", SETTINGS, silent, TEXTS)
    assert "\n" not in str(raised.value)
    assert path.read_bytes() == before
    assert read_card(home, "tiny") == card
    assert not list(home.model("tiny").glob("*partial*"))


def test_few_mails_are_checked_with_a_warning(exported):
    home, _ = exported
    events = []
    mail = "One short mail."
    export_model(home, "tiny", "F16", SETTINGS, events.append, [mail])
    assert [event.text for event in events if isinstance(event, Warn)] == [
        "There are few mails to check the exported file on; the check is a rough one."
    ]
    windows = cut_windows(load_tokenizer(home.root / "base"), [mail, *PROBES])
    assert events[-1].result["checked_tokens"] == predicted_tokens(windows)


def test_a_file_is_checked_on_the_newest_kept_mails(exported, monkeypatch):
    from engine.database import database

    home, _ = exported
    connection = database.connect(home.database)
    rows = [(1, "old", 10, None), (2, "new", 20, None), (3, "left out", 30, "automatic")]
    for number, body, date, left_out in rows:
        connection.execute(
            "INSERT INTO mails VALUES (?, ?, NULL, 't', ?, 1, 's', '[]', '', ?, '', 'en', NULL, "
            "?, 'test', NULL, NULL)",
            (number, str(number), date, body, left_out),
        )
    connection.close()
    read = []
    check = verify.check_token_ids

    def check_token_ids(path, tokenizer, texts):
        read.append(texts)
        check(path, tokenizer, texts)

    monkeypatch.setattr(verify, "check_token_ids", check_token_ids)
    events = []
    export_model(home, "tiny", "F16", SETTINGS, events.append)
    assert read == [["new", "old"]]
    windows = cut_windows(load_tokenizer(home.root / "base"), ["new", "old", *PROBES])
    assert events[-1].result["checked_tokens"] == predicted_tokens(windows)
