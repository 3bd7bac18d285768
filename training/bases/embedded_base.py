"""Convert a bundled base model, which is a GGUF, to a Hugging Face folder for training.

Done once, with `gguf`'s dequantisation: transformers' own loader takes three times as long (17 s
for 6) and more memory, and its tokenizer joins digits that this model's pre-tokenizer ("smollm")
splits.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from engine import durable
from engine.errors import PanzaError
from engine.files import remove
from engine.home import Home
from engine.locks import hold
from engine.mail_base import MAIL_BASE
from engine.mail_base.merging import mail_base_gguf
from engine.packaged_models import EMBEDDED_BASE, embedded_base_gguf

BUNDLED_BASES = (MAIL_BASE, EMBEDDED_BASE)

_CONVERSION = 1
"""Increased when the conversion changes, so that older folders are not used."""

_CONTROL_TOKEN = 3  # gguf.TokenType.CONTROL

_SECONDS_TO_WAIT = 120
"""For another process that converts it; that takes six seconds, on a busy machine a minute."""

_OUTSIDE_LAYERS = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
}
IN_LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def bundled_base_folder(home: Home, base: str) -> Path:
    """The folder of a bundled base in the home's cache; converted if it is not there yet.

    base: one of BUNDLED_BASES.

    Interrupted by a kill or a full disk, it leaves a partial folder that the next call removes.
    Raises PanzaError.
    """
    folder = home.cache / f"{base}-{_CONVERSION}"
    if folder.is_dir():
        return folder
    with hold(home.cache / "base.lock", "preparing the base model", wait=_SECONDS_TO_WAIT):
        partial = folder.with_suffix(".partial")
        try:
            remove(partial)
            if not folder.is_dir():  # Another process may have made it meanwhile.
                partial.mkdir(parents=True)
                gguf = mail_base_gguf(home) if base == MAIL_BASE else embedded_base_gguf(home)
                convert(gguf, partial)
                durable.replace(partial, folder)
        except PanzaError:
            raise
        except Exception as error:  # Each library has its own error for a full disk.
            shutil.rmtree(partial, ignore_errors=True)
            raise PanzaError(
                f"The base model can't be unpacked into {home.cache} ({str(error)[:200]}). It "
                "takes 280 MB there; nothing else was changed. Make room, then try again."
            ) from error
    return folder


def convert(path: Path, folder: Path) -> None:
    """Write the Llama model of the GGUF at `path` as config, tokenizer and safetensors.

    Weights are stored as float16: the GGUF has 4 and 8 bits, and rounding to 2^-11 changes the loss
    by less than one in ten thousand.
    """
    from transformers import LlamaConfig

    from engine.gguf_files.reading import metadata, open_gguf

    reader = open_gguf(path)
    values = metadata(reader)
    config = LlamaConfig(
        architectures=["LlamaForCausalLM"],
        dtype="float16",
        vocab_size=values["llama.vocab_size"],
        hidden_size=values["llama.embedding_length"],
        intermediate_size=values["llama.feed_forward_length"],
        num_hidden_layers=values["llama.block_count"],
        num_attention_heads=values["llama.attention.head_count"],
        num_key_value_heads=values["llama.attention.head_count_kv"],
        max_position_embeddings=values["llama.context_length"],
        rms_norm_eps=round(values["llama.attention.layer_norm_rms_epsilon"], 9),
        rope_parameters={"rope_type": "default", "rope_theta": values["llama.rope.freq_base"]},
        tie_word_embeddings=True,
        bos_token_id=values["tokenizer.ggml.bos_token_id"],
        eos_token_id=values["tokenizer.ggml.eos_token_id"],
        pad_token_id=values["tokenizer.ggml.padding_token_id"],
    )
    config.save_pretrained(folder)
    tokenizer_from_gguf(values).save_pretrained(folder)
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    _write_weights(reader, heads, folder / "model.safetensors")


def _write_weights(reader: Any, heads: dict[str, int], path: Path) -> None:
    import gguf
    import numpy as np
    from safetensors.numpy import save_file

    tensors = {}
    for tensor in reader.tensors:
        weight = gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float16)
        kind = tensor.name.split(".")[-2]
        if kind in heads:
            weight = _to_half_split(weight, heads[kind])
        tensors[_hugging_face_name(tensor.name)] = weight
    save_file(tensors, path, metadata={"format": "pt"})


def _hugging_face_name(name: str) -> str:
    """blk.7.attn_q.weight -> model.layers.7.self_attn.q_proj.weight"""
    if name in _OUTSIDE_LAYERS:
        return _OUTSIDE_LAYERS[name]
    _, layer, kind, suffix = name.split(".")
    return f"model.layers.{layer}.{IN_LAYER[kind]}.{suffix}"


def _to_half_split(weight: Any, heads: int) -> Any:
    """Reorder each head's rows from llama.cpp's order to Hugging Face's.

    The rotary embedding's pairs are neighbours in the first, half a head apart in the second.
    weight: [heads * head size, inputs].
    """
    import numpy as np

    rows, inputs = weight.shape
    pairs = weight.reshape(heads, rows // heads // 2, 2, inputs)
    return np.ascontiguousarray(pairs.swapaxes(1, 2)).reshape(rows, inputs)


def to_interleaved(weight: Any, heads: int) -> Any:
    """Undo `_to_half_split`."""
    import numpy as np

    halves = weight.reshape(heads, 2, -1, *weight.shape[1:])
    return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(weight.shape)


def tokenizer_from_gguf(values: dict[str, Any]) -> Any:
    """Make the byte-level BPE tokenizer of a GGUF's metadata, with the "smollm" pre-tokenizer."""
    from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE
    from transformers import PreTrainedTokenizerFast

    if values["tokenizer.ggml.pre"] != "smollm":
        raise ValueError("the embedded base model's pre-tokenizer is not the expected one")
    tokens = values["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in values["tokenizer.ggml.merges"]]
    backend = Tokenizer(BPE({token: index for index, token in enumerate(tokens)}, merges))
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    backend.decoder = decoders.ByteLevel()
    kinds = zip(tokens, values["tokenizer.ggml.token_type"], strict=True)
    control = [token for token, kind in kinds if kind == _CONTROL_TOKEN]
    backend.add_special_tokens([AddedToken(token, special=True) for token in control])
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token=tokens[values["tokenizer.ggml.bos_token_id"]],
        eos_token=tokens[values["tokenizer.ggml.eos_token_id"]],
        unk_token=tokens[values["tokenizer.ggml.unknown_token_id"]],
        pad_token=tokens[values["tokenizer.ggml.padding_token_id"]],
        model_max_length=values["llama.context_length"],
        clean_up_tokenization_spaces=False,
        chat_template=values["tokenizer.chat_template"],
    )
