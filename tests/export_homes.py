"""Homes with a tiny model to export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from tiny_tokenizers import TEXT, smollm_tokenizer, tiny_model
from transformers import AutoModelForCausalLM

from engine.events import silent
from engine.home.home import Home
from engine.models.models import BASE_FINGERPRINT, Method, ModelCard
from engine.settings import load_settings
from training.bases.base_model import base_fingerprint
from training.cards import write_card
from training.export.run import export_model
from training.rosa import RosaConfig

SETTINGS = load_settings(environment={"PANZA_DRAFTING_THREADS": "1"})
TEMPLATE = "{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}"
TEXTS = [TEXT * 3 + f"Number {index}. " + TEXT for index in range(8)]


def store(home: Home, tokenizer: Any, model: Any, name: str = "tiny") -> None:
    """A fully fine-tuned model whose base is a Hugging Face folder."""
    tokenizer.chat_template = tokenizer.chat_template or TEMPLATE
    base = home.root / "base"
    tokenizer.save_pretrained(base)
    model.save_pretrained(base)
    model.save_pretrained(home.model(name) / "full")
    write_card(home, ModelCard(name, str(base), "full", 1, "finished"))


def store_and_export(home: Home) -> Path:
    """Store a model, and export it as F16."""
    tokenizer = smollm_tokenizer()
    store(home, tokenizer, tiny_model(tokenizer))
    return export_model(home, "tiny", "F16", SETTINGS, silent, TEXTS)


def train_adapter(home: Home, folder: Path, method: Method, base: str = "") -> None:
    """Give the home a model with a random adapter of all linear layers.

    folder: the base's Hugging Face folder. base: its name, if that is not the folder.
    """
    config = {"lora": LoraConfig, "rosa": RosaConfig}[method](
        r=4, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    torch.manual_seed(1)
    adapted = get_peft_model(AutoModelForCausalLM.from_pretrained(folder), config)
    for name, parameter in adapted.named_parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.1)
        if "rosa_A" in name:
            layer = adapted.get_submodule(name.partition(".rosa_A")[0])
            size = layer.rosa_indices["default"].numel()
            layer.set_mask("default", torch.arange(size, dtype=torch.int32) * 7)
            torch.nn.init.normal_(layer.rosa_values["default"])
    adapted.save_pretrained(home.model("tiny") / "adapter")
    name = base or str(folder)
    data = {BASE_FINGERPRINT: base_fingerprint(home, name)}
    write_card(home, ModelCard("tiny", name, method, 1, "finished", data=data))
