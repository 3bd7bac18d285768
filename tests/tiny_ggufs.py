"""GGUFs of a few kilobytes with random weights, in the shapes and with the fields of real ones."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np

HIDDEN, INNER, HEADS, KV_HEADS, HEAD = 64, 96, 4, 2, 16
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = ["t h", "th e", "Ġ the", "i n", "a n", "an d", "Ġ and", "e r", "Ġ a", "o u"]


@functools.cache
def byte_tokens() -> list[str]:
    """The vocabulary of a byte-level BPE: special tokens, all bytes, and what MERGES makes."""
    from tokenizers.pre_tokenizers import ByteLevel

    joined = [merge.replace(" ", "") for merge in MERGES]
    return [*SPECIAL, *sorted(ByteLevel.alphabet()), *joined, "<tool>"]


def write_gguf(
    path: Path,
    architecture: str = "llama",
    fields: Mapping[str, Any] | None = None,
    *,
    layers: int = 2,
    tied: bool = False,
    template: str | None = TEMPLATE,
    general: Mapping[str, str] | None = None,
    without: str = "",
    extra: Mapping[str, np.ndarray] | None = None,
    kind: str = "F32",
    pre_tokenizer: str = "smollm",
    seed: int = 0,
) -> Path:
    """Write a model of `architecture` with random weights.

    fields: of the architecture, besides the usual ones. without: a part of the names of tensors to
    leave out. extra: further tensors. kind: of the matrices. pre_tokenizer: how texts are split.
    """
    writer = gguf.GGUFWriter(path, architecture)
    for name, value in (general or {}).items():
        writer.add_string(name, value)
    usual = {
        "block_count": layers,
        "context_length": 512,
        "embedding_length": HIDDEN,
        "feed_forward_length": INNER,
        "attention.head_count": HEADS,
        "attention.head_count_kv": KV_HEADS,
        "attention.layer_norm_rms_epsilon": 1e-5,
        "rope.dimension_count": HEAD,
        "rope.freq_base": 10_000.0,
    }
    for name, value in {**usual, **(fields or {})}.items():
        add = {int: writer.add_uint32, float: writer.add_float32, str: writer.add_string}
        add[type(value)](f"{architecture}.{name}", value)
    add_byte_vocabulary(writer, pre_tokenizer)
    if template is not None:
        writer.add_chat_template(template)
    draw = np.random.default_rng(seed)
    rows = len(byte_tokens()) + 3  # Some that no token uses.
    for name, shape in tensor_shapes(architecture, layers, rows, tied).items():
        if without and without in name:
            continue
        values = draw.normal(0, 0.15, shape).astype(np.float32)
        if name.endswith("norm.weight"):
            values += 1
        _add(writer, name, values, kind)
    for name, values in (extra or {}).items():
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add(writer: Any, name: str, values: np.ndarray, kind: str) -> None:
    if kind == "F32" or values.ndim == 1:
        writer.add_tensor(name, values)
        return
    stored = gguf.GGMLQuantizationType[kind]
    writer.add_tensor(name, gguf.quantize(values, stored), raw_dtype=stored)


def add_byte_vocabulary(writer: Any, pre_tokenizer: str) -> None:
    """Write the tokenizer of `byte_tokens`; padded to the rows of the embedding."""
    tokens = byte_tokens()
    kinds = [gguf.TokenType.CONTROL] * len(SPECIAL)
    kinds += [gguf.TokenType.NORMAL] * (len(tokens) - len(SPECIAL) - 1)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre_tokenizer)
    unused = [f"[PAD{number}]" for number in range(3)]
    writer.add_token_list([*tokens, *unused])
    writer.add_token_types([*kinds, gguf.TokenType.USER_DEFINED, *[gguf.TokenType.UNUSED] * 3])
    writer.add_token_merges(MERGES)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(2)
    writer.add_add_bos_token(False)


def tensor_shapes(architecture: str, layers: int, rows: int, tied: bool) -> dict[str, Any]:
    """The tensors of an architecture, rows first."""
    shapes: dict[str, Any] = {
        "token_embd.weight": (rows, HIDDEN),
        "output_norm.weight": (HIDDEN,),
    }
    if not tied:
        shapes["output.weight"] = (rows, HIDDEN)
    queries, keys = HEADS * HEAD, KV_HEADS * HEAD
    for layer in range(layers):
        of_layer = {
            "attn_q.weight": (queries, HIDDEN),
            "attn_k.weight": (keys, HIDDEN),
            "attn_v.weight": (keys, HIDDEN),
            "attn_output.weight": (HIDDEN, queries),
            "ffn_gate.weight": (INNER, HIDDEN),
            "ffn_up.weight": (INNER, HIDDEN),
            "ffn_down.weight": (HIDDEN, INNER),
            "attn_norm.weight": (HIDDEN,),
            "ffn_norm.weight": (HIDDEN,),
        }
        if architecture == "qwen2":
            for part, size in (("q", queries), ("k", keys), ("v", keys)):
                of_layer[f"attn_{part}.bias"] = (size,)
        if architecture in ("qwen3", "gemma3"):
            of_layer |= {"attn_q_norm.weight": (HEAD,), "attn_k_norm.weight": (HEAD,)}
        if architecture == "olmo2":
            of_layer |= {"attn_q_norm.weight": (queries,), "attn_k_norm.weight": (keys,)}
            del of_layer["attn_norm.weight"], of_layer["ffn_norm.weight"]
        if architecture in ("gemma2", "gemma3", "olmo2"):
            post = ("post_attention_norm.weight", "post_ffw_norm.weight")
            of_layer |= dict.fromkeys(post, (HIDDEN,))
        if architecture == "phi3":
            for part in ("attn_q", "attn_k", "attn_v", "ffn_gate"):
                del of_layer[f"{part}.weight"]
            of_layer["attn_qkv.weight"] = (queries + 2 * keys, HIDDEN)
            of_layer["ffn_up.weight"] = (2 * INNER, HIDDEN)
        shapes |= {f"blk.{layer}.{name}": shape for name, shape in of_layer.items()}
    return shapes
