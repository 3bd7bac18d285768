"""A base whose weights stay quantised computes and learns what the dequantised one does."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tiny_ggufs import HEAD, byte_tokens, write_gguf

from engine import settings
from engine.errors import PanzaError
from engine.home.home import Home
from training.bases.base_model import load_base, load_folder, resolve_base
from training.bases.base_shape import read_shape
from training.bases.from_gguf.folder import SOURCE, source_of
from training.bases.quantised_layers import QuantisedEmbedding, QuantisedLinear
from training.cost.memory_estimate import stays_quantised
from training.examples.tokens import Example
from training.export.base_weights import GgufWeights, base_weights
from training.loop.methods import prepare_model
from training.loop.micro_batches import pack_for, response_loss
from training.rosa import make_masks, rosa_layers

DEFAULTS = settings.load_settings(environment={})
GEMMA = {"attention.key_length": HEAD, "attention.value_length": HEAD}
MODELS = {
    "llama": {"architecture": "llama"},
    "tied": {"architecture": "llama", "tied": True},
    "qwen2": {"architecture": "qwen2", "tied": True},
    "phi3": {"architecture": "phi3"},
    "gemma3": {"architecture": "gemma3", "fields": GEMMA, "tied": True, "layers": 3},
    "granite": {"architecture": "granite", "fields": {"logit_scale": 4.0}, "tied": True},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Keeps what was converted for later tests."""
    return Home(tmp_path_factory.mktemp("home")).prepare()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """(name, kind) -> the file of that model, made once."""
    folder = tmp_path_factory.mktemp("written")

    def write(name, kind):
        path = folder / f"{name}-{kind}.gguf"
        return path if path.exists() else write_gguf(path, kind=kind, **MODELS[name])

    return write


def loaded(home, path, dtype=torch.float32):
    """The model with its weights as in the file, and with all of them dequantised."""
    folder = resolve_base(home, str(path), allow_download=False, unpacked=False)
    assert not list(folder.glob("*.safetensors"))
    quantised = load_folder(folder, dtype, quantised=True)
    return quantised, load_folder(folder, dtype)


def examples():
    torch.manual_seed(0)
    ids = torch.randint(0, len(byte_tokens()), (3, 20)).tolist()
    return [Example(number, tuple(row), 12) for number, row in enumerate(ids)]


@pytest.mark.parametrize("name", MODELS)
def test_it_computes_the_same(home, written, name):
    quantised, dense = loaded(home, written(name, "Q4_0"))
    layers = [m for m in quantised.modules() if isinstance(m, QuantisedLinear)]
    assert len(layers) == sum(type(m) is torch.nn.Linear for m in dense.modules())
    assert isinstance(quantised.get_input_embeddings(), QuantisedEmbedding)
    assert (quantised.dtype, quantised.training) == (torch.float32, False)
    ids = torch.arange(20)[None]
    with torch.no_grad():
        torch.testing.assert_close(quantised(ids).logits, dense(ids).logits, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["llama", "gemma3"])
def test_the_unpacked_folder_holds_the_same_up_to_float16(home, written, tmp_path, name):
    path = written(name, "Q4_0")
    _, dense = loaded(home, path)
    other = Home(tmp_path).prepare()
    unpacked, _ = load_base(other, str(path), allow_download=False, dtype=torch.float32)
    buffers = dict(dense.named_buffers())
    assert buffers.keys() == dict(unpacked.named_buffers()).keys()
    held = dense.state_dict() | buffers
    for key, values in [*unpacked.state_dict().items(), *unpacked.named_buffers()]:
        torch.testing.assert_close(held[key], values, rtol=1e-3, atol=1e-4)


def test_its_memory_is_that_of_the_file(home, written):
    path = written("tied", "Q4_0")
    quantised, _ = loaded(home, path)
    held = {p.data_ptr(): p.numel() * p.element_size() for p in quantised.parameters()}
    assert sum(held.values()) == read_shape(path).stored


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_weights_that_take_no_less_memory_are_dequantised(home, written, dtype):
    quantised, dense = loaded(home, written("llama", "F16"), dtype)
    layers = [m for m in quantised.modules() if isinstance(m, QuantisedLinear)]
    assert bool(layers) == (dtype is torch.float32)
    ids = torch.arange(8)[None]
    with torch.no_grad():
        torch.testing.assert_close(quantised(ids).logits, dense(ids).logits, rtol=0.02, atol=0.02)


@pytest.mark.parametrize("method", ["rosa", "lora"])
@pytest.mark.parametrize("name", ["llama", "qwen2", "granite"])
def test_losses_masks_and_gradients_are_the_same(home, written, name, method):
    found = []
    for model in loaded(home, written(name, "Q4_0")):
        torch.manual_seed(1)
        trained = prepare_model(model, method, replace(DEFAULTS.rosa, d=0.05, dropout=0.0)).train()
        (batch,) = pack_for(trained, examples(), 512)
        masks = []
        if method == "rosa":
            make_masks(trained, [batch], response_loss, gradient="mean")
            masks = [layer.rosa_indices["default"] for _, layer in rosa_layers(trained)]
        loss = response_loss(trained, batch)
        loss.backward()
        grads = [p.grad for p in trained.parameters() if p.requires_grad]
        assert all(grad is not None for grad in grads)
        found.append((loss.detach(), grads, masks))
    (loss, grads, masks), (expected, of_dense, of_dense_masks) = found
    torch.testing.assert_close(loss, expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(grads, of_dense, rtol=1e-2, atol=1e-3)
    assert all(torch.equal(a, b) for a, b in zip(masks, of_dense_masks, strict=True))


def test_export_reads_the_weights_that_it_was_trained_with(home, written):
    path = written("llama", "Q4_0")
    _, dense = loaded(home, path)
    folder = resolve_base(home, str(path), allow_download=False, unpacked=False)
    weights = base_weights(folder)
    assert isinstance(weights, GgufWeights)
    assert set(weights.names()) == set(dense.state_dict())
    for name, expected in dense.state_dict().items():
        assert weights.shape(name) == tuple(expected.shape)
        found = weights.rows(name)
        assert torch.equal(found.view(expected.shape), expected)
        if expected.dim() > 1:
            assert torch.equal(weights.rows(name, 5, 23), expected[5:23])


def test_a_file_that_was_moved_is_found_where_it_is_now(home, tmp_path):
    path = write_gguf(tmp_path / "a.gguf", "llama", kind="Q4_0", seed=1)
    folder = resolve_base(home, str(path), allow_download=False, unpacked=False)
    moved = path.rename(tmp_path / "b.gguf")
    assert resolve_base(home, str(moved), allow_download=False, unpacked=False) == folder
    assert source_of(folder) == moved
    load_base(home, str(moved), allow_download=False, dtype=torch.float32, quantised=True)


def test_a_record_of_the_file_that_is_damaged_is_written_again(home, tmp_path):
    path = write_gguf(tmp_path / "a.gguf", "llama", kind="Q4_0", seed=2)
    folder = resolve_base(home, str(path), allow_download=False, unpacked=False)
    (folder / SOURCE).write_text("{")
    with pytest.raises(PanzaError, match=r"source\.json.* is damaged"):
        source_of(folder)
    assert resolve_base(home, str(path), allow_download=False, unpacked=False) == folder
    assert source_of(folder) == path


def test_a_full_disk_after_a_move_is_a_one_line_error(home, tmp_path, monkeypatch):
    path = write_gguf(tmp_path / "a.gguf", "llama", kind="Q4_0", seed=2)
    folder = resolve_base(home, str(path), allow_download=False, unpacked=False)
    before = (folder / SOURCE).read_bytes()
    moved = path.rename(tmp_path / "b.gguf")

    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.disk.durable.write_file", full)
    with pytest.raises(PanzaError, match="No space left on device") as raised:
        resolve_base(home, str(moved), allow_download=False, unpacked=False)
    assert "\n" not in str(raised.value)
    assert (folder / SOURCE).read_bytes() == before


def test_the_weights_of_another_model_are_refused(home, written, tmp_path):
    path = write_gguf(tmp_path / "a.gguf", "llama", kind="Q4_0", seed=3)
    folder = resolve_base(home, str(path), allow_download=False, unpacked=False)
    path.write_bytes(written("qwen2", "Q4_0").read_bytes())
    with pytest.raises(PanzaError, match="is not the one that was trained on"):
        base_weights(folder)
    with pytest.raises(PanzaError, match="can't be loaded"):
        load_folder(folder, torch.float32, quantised=True)


def test_a_file_that_is_gone_is_a_one_line_error(home, tmp_path):
    path = write_gguf(tmp_path / "a.gguf", "llama", kind="Q4_0", seed=1)
    folder = resolve_base(home, str(path), allow_download=False, unpacked=False)
    path.unlink()
    with pytest.raises(PanzaError) as raised:
        load_folder(folder, torch.float32, quantised=True)
    assert "\n" not in str(raised.value)


def test_a_model_that_is_only_used_stays_quantised_where_it_does_not_fit(written):
    shape = read_shape(written("llama", "Q4_0"))
    assert stays_quantised(shape, 4, 0.1)
    assert not stays_quantised(shape, 4, 8.0)
    assert not stays_quantised(replace(shape, stored=0), 4, 0.1)
