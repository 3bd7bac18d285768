"""A base model of a few kilobytes for tests that train."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.home.home import Home
from engine.models.packaged import embedded_base_gguf
from engine.settings import Prompt
from panza_tui import demo

_TOKENS = 1000
"""Products with a row for each of the embedded base's 49,000 were most of a training step."""


def write_tiny_base(home: Home, folder: Path, **config: float) -> Path:
    """A random model of two small layers with a `small_tokenizer`."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = small_tokenizer(home)
    torch.manual_seed(0)
    layers = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        **config,
    )
    LlamaForCausalLM(layers).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def small_tokenizer(home: Home) -> Any:
    """The embedded base's, trained anew on the bundled mails, and on what every prompt begins with.

    It splits a text in the same way, and has the same chat template and end tokens.
    """
    from training.bases.from_gguf.tokenizer import tokenizer_from_gguf

    whole = tokenizer_from_gguf(embedded_base_gguf(home))
    mails = Path(demo.__file__).with_name("mailbox.mbox").read_text(encoding="utf-8")
    return whole.train_new_from_iterator([mails, *[Prompt().preamble] * 100], _TOKENS)
