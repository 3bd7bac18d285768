"""Personal models: base with adapter, exact merging, and errors for broken folders."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

from engine.errors import PanzaError
from engine.home.home import Home
from engine.models.models import ModelCard
from engine.settings import load_settings
from training.personal_model import load_for_drafting, load_personal
from training.rosa import RosaConfig

SETTINGS = load_settings(environment={})
IDS = torch.arange(20).reshape(2, 10)
METHODS = ("lora", "rosa")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A tiny Hugging Face folder with random weights and a tokenizer of single bytes."""
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE
    from transformers import PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("base")
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=260,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(BPE({token: index for index, token in enumerate(alphabet)}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(
        tokenizer_object=backend, eos_token="<end>", chat_template="{{ messages }}"
    ).save_pretrained(folder)
    return folder


def adapter_config(method):
    modules = ["q_proj", "v_proj", "up_proj"]
    if method == "rosa":
        return RosaConfig(r=4, d=0.05, target_modules=modules, task_type="CAUSAL_LM")
    return LoraConfig(r=4, target_modules=modules, task_type="CAUSAL_LM")


@pytest.fixture
def personal(tmp_path, base):
    """method -> a home, a card, and what the trained model says, its adapter being random."""

    def make(method):
        home = Home(tmp_path / "home").prepare()
        model = LlamaForCausalLM.from_pretrained(base).eval()
        adapted = get_peft_model(model, adapter_config(method)).eval()
        for parameter in adapted.parameters():
            if parameter.requires_grad:
                torch.nn.init.normal_(parameter, std=0.1)
        adapted.save_pretrained(home.model("mine") / "adapter")
        with torch.no_grad():
            said = adapted(IDS).logits
        return home, ModelCard("mine", str(base), method, 1, "finished"), said

    return make


def says(model):
    with torch.no_grad():
        return model(IDS).logits


@pytest.mark.parametrize("method", METHODS)
def test_a_personal_model_says_what_was_trained(personal, method):
    home, card, said = personal(method)
    model, tokenizer = load_personal(home, card, SETTINGS, dtype=torch.float32)
    torch.testing.assert_close(says(model), said)
    assert tokenizer.chat_template
    assert not model.training


def test_a_fully_trained_model_is_its_own_folder(tmp_path, base):
    home = Home(tmp_path).prepare()
    model = LlamaForCausalLM.from_pretrained(base)
    torch.nn.init.normal_(model.lm_head.weight)
    model.save_pretrained(home.model("mine") / "full")
    card = ModelCard("mine", str(base), "full", 1, "finished")
    loaded, _ = load_personal(home, card, SETTINGS, dtype=torch.float32)
    torch.testing.assert_close(says(loaded), says(model.eval()))


def test_drafting_takes_the_base_without_a_card(tmp_path, base):
    home = Home(tmp_path).prepare()
    settings = load_settings(environment={}, overrides={"model.base": str(base)})
    model, _ = load_for_drafting(home, settings, None)
    expected = LlamaForCausalLM.from_pretrained(base).eval()
    torch.testing.assert_close(says(model.cpu().float()), says(expected), rtol=0.05, atol=0.05)


def _remove(folder):
    (folder / "adapter_model.safetensors").unlink()


def _tear(folder):
    path = folder / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:200])


def _drop_config(folder):
    (folder / "adapter_config.json").unlink()


def _spoil_config(folder):
    (folder / "adapter_config.json").write_text("{")


def _lose_a_weight(folder):
    from safetensors.torch import load_file, save_file

    path = folder / "adapter_model.safetensors"
    weights = load_file(path)
    weights.pop(next(iter(weights)))
    save_file(weights, path)


def _pickle(folder):
    _remove(folder)
    torch.save({}, folder / "adapter_model.bin")


@pytest.mark.parametrize(
    "breaking", [_remove, _tear, _drop_config, _spoil_config, _lose_a_weight, _pickle]
)
@pytest.mark.parametrize("method", METHODS)
def test_a_broken_adapter_is_a_one_line_error(personal, method, breaking):
    home, card, _ = personal(method)
    breaking(home.model("mine") / "adapter")
    with pytest.raises(PanzaError, match="train it again") as raised:
        load_personal(home, card, SETTINGS, dtype=torch.float32)
    assert "\n" not in str(raised.value)
