"""Adapters of several architectures: the exported file says what the trained model says."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from export_homes import SETTINGS, TEXTS, train_adapter
from tiny_tokenizers import (
    TEXT,
    llama3_tokenizer,
    qwen_tokenizer,
    sentencepiece_tokenizer,
    smollm_tokenizer,
    tiny_shape,
)
from transformers import AutoConfig, AutoModelForCausalLM

from engine.events import Finished, silent
from engine.generators.llama_cpp_generator import LlamaCppGenerator
from engine.generators.transformers_generator import TransformersGenerator
from engine.home.home import Home
from engine.models.models import read_card
from engine.prompt.prompt import Message
from training.export.run import export_model
from training.personal_model import load_personal

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_TOKENS = 40
CHAT = [Message("system", "Write as the user."), Message("user", "Instruction: thank Ada.")]
ALPHABET = "".join({*TEXT, *TEMPLATE, *"Instruction: thank Ada, Bo. Write as the user mail"})


def _sentencepiece():
    return sentencepiece_tokenizer(ALPHABET)


MODELS = {
    "Llama 2": ("llama", _sentencepiece, {}),
    "Llama 3": ("llama", llama3_tokenizer, {}),
    "SmolLM2": ("llama", smollm_tokenizer, {"tie_word_embeddings": True}),
    "Mistral": ("mistral", _sentencepiece, {"head_dim": 32}),
    "Qwen 2": ("qwen2", qwen_tokenizer, {}),
    "Qwen 2.5": ("qwen2", qwen_tokenizer, {"tie_word_embeddings": True}),
    "Qwen 3": ("qwen3", qwen_tokenizer, {"head_dim": 32, "tie_word_embeddings": True}),
    "SmolLM3": ("smollm3", llama3_tokenizer, {"num_hidden_layers": 4}),
    "Granite": (
        "granite",
        smollm_tokenizer,
        {
            "embedding_multiplier": 3.0,
            "residual_multiplier": 0.3,
            "attention_multiplier": 0.2,
            "logits_scaling": 4.0,
            "tie_word_embeddings": True,
        },
    ),
    "OLMo 2": ("olmo2", smollm_tokenizer, {}),
}


def write_base(folder, name):
    """A random model in a Hugging Face folder. Returns its tokenizer."""
    model_type, make_tokenizer, changes = MODELS[name]
    tokenizer = make_tokenizer()
    tokenizer.chat_template = TEMPLATE
    torch.manual_seed(0)
    values = {
        **tiny_shape(tokenizer),
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": None,
    }
    config = AutoConfig.for_model(model_type, **(values | changes))
    model = AutoModelForCausalLM.from_config(config)
    for parameter in model.parameters():
        if parameter.dim() == 1:
            torch.nn.init.normal_(parameter, mean=1.0, std=0.2)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def scores(generator, token_ids):
    """The scores of all words at each place of a text after a prompt."""
    return np.array(generator._score(token_ids[:20], token_ids[20:]))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("method", ["lora", "rosa"])
def test_an_exported_adapter_says_what_the_trained_model_says(tmp_path, name, method):
    home = Home(tmp_path / "home").prepare()
    write_base(tmp_path / "base", name)
    train_adapter(home, tmp_path / "base", method)
    events = []
    path = export_model(home, "tiny", "F16", SETTINGS, events.append, TEXTS)
    result = next(event.result for event in events if isinstance(event, Finished))
    assert result["gguf_loss"] == pytest.approx(result["pytorch_loss"], rel=0.005)
    model, tokenizer = load_personal(home, read_card(home, "tiny"), SETTINGS, dtype=torch.float32)
    gguf = LlamaCppGenerator(path, 512, lambda: 1)
    token_ids = tokenizer(TEXT, add_special_tokens=False).input_ids[: 20 + _TOKENS]
    written = scores(gguf, token_ids)
    transformers = TransformersGenerator(model, tokenizer, 512)
    expected = scores(transformers, token_ids)
    assert len(written) == _TOKENS
    assert np.abs(written - expected).mean() < 0.01 * expected.std()
    assert (written.argmax(1) == expected.argmax(1)).mean() >= 0.95
    likelihoods = [each.log_likelihood(CHAT, TEXT) for each in (gguf, transformers)]
    assert likelihoods[0] == pytest.approx(likelihoods[1], rel=0.005)
    gguf.close()


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_K_M"])
@pytest.mark.parametrize("name", ["Mistral", "Qwen 3"])
def test_quantised_exports_are_close(tmp_path, name, kind):
    home = Home(tmp_path / "home").prepare()
    write_base(tmp_path / "base", name)
    train_adapter(home, tmp_path / "base", "lora")
    export_model(home, "tiny", kind, SETTINGS, silent, TEXTS)
    figures = read_card(home, "tiny").figures
    most = {"Q8_0": 0.01, "Q4_K_M": 0.05}[kind]
    assert figures["gguf_loss"] == pytest.approx(figures["pytorch_loss"], rel=most)
