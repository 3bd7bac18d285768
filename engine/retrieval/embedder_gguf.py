"""Convert all-MiniLM-L6-v2 from safetensors to a BERT GGUF in half precision, without torch."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from engine.disk import durable
from engine.errors import PanzaError
from engine.home.home import Home
from engine.models.packaged import embedded_embedder_folder

# The names of tensors in transformers -> in llama.cpp.
_LAYER_PARTS = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
_EMBEDDING_PARTS = {
    "word_embeddings": "token_embd",
    "position_embeddings": "position_embd",
    "token_type_embeddings": "token_types",
    "LayerNorm": "token_embd_norm",
}

# llama.cpp adds these to single-precision sums and aborts if they are in half precision.
_SINGLE_PRECISION = {"position_embd.weight", "token_types.weight"}


def embedder_gguf(home: Home, rebuild: bool = False) -> Path:
    """Return the embedder's GGUF in the home's cache; write it first if absent, or to `rebuild` it.

    A partly written file never gets the final name. Raises PanzaError if it can't be written.
    """
    path = home.cache / "all-minilm-l6-v2.f16.gguf"
    if path.exists() and not rebuild:
        return path
    folder = embedded_embedder_folder(home)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        home.cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        with durable.drafted(path, unfinished):
            _write(folder, unfinished)
    except OSError as error:
        raise PanzaError(
            f"The embedder can't be written to {home.cache} ({error.strerror or error}); "
            "make room there and retry."
        ) from error
    return path


def _write(folder: Path, path: Path) -> None:
    import gguf
    from safetensors.numpy import load_file

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    writer = gguf.GGUFWriter(path, "bert")
    try:
        _add_architecture(writer, config)
        _add_vocabulary(writer, folder)
        for name, values in load_file(folder / "model.safetensors").items():
            new_name = _tensor_name(name)
            if new_name is not None:
                is_half = values.ndim == 2 and new_name not in _SINGLE_PRECISION
                writer.add_tensor(new_name, values.astype(np.float16 if is_half else np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def _add_architecture(writer: Any, config: dict[str, Any]) -> None:
    import gguf

    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)


def _add_vocabulary(writer: Any, folder: Path) -> None:
    """Add the vocabulary, without which llama.cpp does not load the file.

    WordPiece marks continuations (##x), llama.cpp marks word starts instead.
    """
    import gguf

    words = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    words = words[:-1] if words[-1] == "" else words
    special = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}
    tokens, kinds = [], []
    for word in words:
        is_continuation = word.startswith("##") and len(word) > 2
        is_special = word in special
        tokens.append(word if is_special else word[2:] if is_continuation else "\u2581" + word)
        kinds.append(gguf.TokenType.CONTROL if is_special else gguf.TokenType.NORMAL)
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_type_count(2)
    writer.add_bos_token_id(words.index("[CLS]"))
    writer.add_sep_token_id(words.index("[SEP]"))
    writer.add_pad_token_id(words.index("[PAD]"))
    writer.add_unk_token_id(words.index("[UNK]"))
    writer.add_mask_token_id(words.index("[MASK]"))


def _tensor_name(name: str) -> str | None:
    """Return a tensor's name in llama.cpp; None if sentence embeddings do not need it."""
    stem, _, kind = name.rpartition(".")
    group, _, rest = stem.partition(".")
    if group == "embeddings":
        part = _EMBEDDING_PARTS.get(rest)
        return f"{part}.{kind}" if part else None
    if group == "encoder":
        _, number, part = rest.split(".", 2)
        return f"blk.{number}.{_LAYER_PARTS[part]}.{kind}"
    return None
