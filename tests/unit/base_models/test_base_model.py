"""Base models: the embedded one is converted exactly, and wrong names give one plain line."""

import random

import pytest

from engine.errors import PanzaError
from engine.home.home import Home
from engine.mail_base import MAIL_BASE
from engine.models.packaged import EMBEDDED_BASE, embedded_base_gguf
from training.bases import base_model, processor
from training.bases.base_model import choose_dtype, load_base, resolve_base
from training.bases.from_gguf import folder as from_gguf
from training.export import verify
from training.export.safetensors_rows import FolderWeights
from training.export.streaming import StreamedModel
from training.export.trained import TrainedWeights


class Nameless:
    """The weights of a base that has none."""

    def names(self):
        return ()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("home")).prepare()


@pytest.fixture(scope="module")
def embedded(home):
    import torch

    return load_base(home, EMBEDDED_BASE, allow_download=False, dtype=torch.float32)


def unicode_texts():
    """Random mixtures of scripts, digits, blanks and contractions."""
    draw = random.Random(0)
    ranges = [(32, 127), (0xA0, 0x250), (0x370, 0x600), (0x900, 0xA00), (0x4E00, 0x4F00)]
    ranges += [(0x2000, 0x2100), (0x2150, 0x2190), (0x660, 0x66A), (0x1F300, 0x1F600)]
    words = ["don't", "I'LL", " ", "  ", "\n", "\r\n", "2026", "x1y2", "<|im_end|>", "e\u0301"]
    for _ in range(300):
        parts = [
            chr(draw.randrange(*draw.choice(ranges))) if draw.random() < 0.5 else draw.choice(words)
            for _ in range(draw.randrange(1, 40))
        ]
        yield "".join(parts)


def test_the_tokenizer_reads_as_llama_cpp_does(home, embedded):
    _, tokenizer = embedded
    verify.check_token_ids(embedded_base_gguf(home), tokenizer, list(unicode_texts()))


def test_digits_stay_apart(embedded):
    # transformers' own conversion of the GGUF joins some that llama.cpp splits.
    _, tokenizer = embedded
    assert tokenizer.tokenize("½ ²") == ["Â½", "Ġ", "Â²"]


def test_the_weights_say_what_the_gguf_says(home, embedded):
    _, tokenizer = embedded
    text = "Dear Sam, thank you for the report of last week. I read it twice and I like it. " * 3
    windows = verify.cut_windows(tokenizer, [text])
    original = verify.gguf_losses(
        embedded_base_gguf(home), windows, threads=1, progress=lambda done: None
    )
    folder = resolve_base(home, EMBEDDED_BASE, allow_download=False)
    weights = TrainedWeights(FolderWeights(folder), None, None)
    converted = StreamedModel(folder, weights).losses(windows, lambda done: None)
    # llama.cpp rounds activations to 8 bits beside 4-bit weights.
    assert verify.compare(converted, original).accepts(bits=8)


def test_no_weight_is_allocated_for_a_streamed_model(tmp_path):
    from transformers import LlamaConfig

    # Embeddings of 256 TiB, more than a process can address.
    LlamaConfig(
        vocab_size=1 << 40,
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        architectures=["LlamaForCausalLM"],
    ).save_pretrained(tmp_path)
    model = StreamedModel(tmp_path, TrainedWeights(Nameless(), None, None))._model
    assert all(parameter.is_meta for parameter in model.parameters())
    assert not any(buffer.is_meta for buffer in model.buffers())


def test_model_and_tokenizer_agree(embedded):
    model, tokenizer = embedded
    assert model.config.vocab_size == len(tokenizer) == 49152
    assert model.lm_head.weight is model.model.embed_tokens.weight
    assert tokenizer.eos_token == "<|im_end|>"
    assert not model.training


def test_the_conversion_is_done_once_and_leaves_nothing_half(home, embedded, monkeypatch):
    assert {entry.name for entry in home.cache.glob("*.partial")} == set()
    monkeypatch.setattr(from_gguf, "convert", None)
    assert resolve_base(home, EMBEDDED_BASE, allow_download=False).is_dir()


def test_a_killed_conversion_starts_again(tmp_path, monkeypatch):
    home = Home(tmp_path).prepare()
    partial = home.cache / f"{EMBEDDED_BASE}-{from_gguf._CONVERSION}.partial"
    partial.mkdir()
    (partial / "model.safetensors").write_bytes(b"half")
    monkeypatch.setattr(
        from_gguf,
        "convert",
        lambda path, folder, unpacked: (folder / "config.json").write_text("{}"),
    )
    folder = resolve_base(home, EMBEDDED_BASE, allow_download=False)
    assert {entry.name for entry in folder.iterdir()} == {"config.json", "source.json"}
    assert not partial.exists()


def test_a_full_disk_is_a_one_line_error_and_leaves_nothing(tmp_path, monkeypatch):
    def full(path, folder, unpacked):
        (folder / "model.safetensors").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    home = Home(tmp_path).prepare()
    monkeypatch.setattr(from_gguf, "convert", full)
    with pytest.raises(PanzaError, match="No space left on device"):
        resolve_base(home, EMBEDDED_BASE, allow_download=False)
    assert not [entry for entry in home.cache.iterdir() if entry.is_dir()]


@pytest.mark.parametrize("base", ["no/such-model", "gpt-99", "../up", "/no/such/folder", "", "a b"])
def test_an_unknown_base_lists_what_can_be_named(home, base):
    with pytest.raises(PanzaError, match="allow_download") as raised:
        resolve_base(home, base, allow_download=False)
    assert "\n" not in str(raised.value)
    assert MAIL_BASE in str(raised.value)


def test_an_id_is_found_in_the_local_hub_cache(home, tmp_path, monkeypatch):
    from huggingface_hub import constants

    stored = tmp_path / "models--some--model"
    snapshot = stored / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    (stored / "refs").mkdir()
    (stored / "refs" / "main").write_text("0" * 40)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    assert resolve_base(home, "some/model", allow_download=False) == snapshot


def test_pickled_weights_are_not_loaded(home, tmp_path, embedded):
    import torch

    _, tokenizer = embedded
    tokenizer.save_pretrained(tmp_path)
    embedded[0].config.save_pretrained(tmp_path)
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(PanzaError, match="safetensors"):
        load_base(home, str(tmp_path), allow_download=False, dtype=torch.float32)


def test_a_damaged_folder_is_a_one_line_error(home, tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    (tmp_path / "model.safetensors").write_bytes(b"\x00" * 40)
    import torch

    with pytest.raises(PanzaError) as raised:
        base_model.load_folder(tmp_path, torch.float32)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("spoil", ["lost", "cut"])
def test_a_folder_without_all_its_weights_is_refused(tmp_path, spoil):
    import torch
    from safetensors.torch import load_file, save_file
    from transformers import LlamaConfig, LlamaForCausalLM

    small = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "vocab_size": 16}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2}
    LlamaForCausalLM(LlamaConfig(**small, **heads)).save_pretrained(tmp_path)
    assert base_model.load_folder(tmp_path, torch.float32).training is False
    tensors = load_file(tmp_path / "model.safetensors")
    weight = tensors.pop("model.layers.0.mlp.up_proj.weight")
    if spoil == "cut":
        tensors["model.layers.0.mlp.up_proj.weight"] = weight[:4].contiguous()
    save_file(tensors, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(PanzaError, match=r"mlp\.up_proj\.weight is missing or has another size"):
        base_model.load_folder(tmp_path, torch.float32)


def test_a_model_without_a_chat_template_is_refused(home, tmp_path, embedded):
    _, tokenizer = embedded
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "chat_template.jinja").unlink()
    with pytest.raises(PanzaError, match="chat template"):
        base_model.load_tokenizer(tmp_path)


@pytest.mark.parametrize(
    ("gain", "chosen"), [(4.6, "bfloat16"), (1.2, "float32"), (0.002, "float32")]
)
def test_a_cpu_computes_in_bfloat16_only_where_that_is_faster(tmp_path, monkeypatch, gain, chosen):
    import torch

    monkeypatch.setattr(processor, "measure_gain", lambda: gain)
    dtype = choose_dtype(Home(tmp_path).prepare(), torch.device("cpu"))
    assert dtype == getattr(torch, chosen)
