"""A base model of a few kilobytes for tests that train."""

from __future__ import annotations

from pathlib import Path

from engine.home import Home
from engine.packaged_models import embedded_base_gguf


def write_tiny_base(home: Home, folder: Path, **config: float) -> Path:
    """A random model of two small layers, with the embedded base's tokenizer."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from training.bases.from_gguf.tokenizer import tokenizer_from_gguf

    tokenizer = tokenizer_from_gguf(embedded_base_gguf(home))
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
