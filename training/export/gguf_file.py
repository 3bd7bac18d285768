"""Write a Hugging Face model and tokenizer as a GGUF file, tensor by tensor, in little memory.

The format is ggml's GGUF version 3, written by `gguf`. Supports the Llama family.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from engine.errors import PanzaError
from engine.generators.hugging_face_tokenizer import HuggingFaceTokenizer
from training.bases.embedded_base import to_interleaved
from training.export.pre_tokenizers import pre_tokenizer_name

_ROTATED = {"q_proj": "num_attention_heads", "k_proj": "num_key_value_heads"}


def write_gguf(
    model: Any,
    tokenizer: Any,
    path: Path,
    *,
    name: str,
    progress: Callable[[int, int], None],
) -> None:
    """Write a float32 model as F16 (norms and other vectors as F32), synced to the disk.

    progress: called with (tensors written, of all). Raises PanzaError before anything is written
    for a model without a tested conversion, and OSError for a disk error.
    """
    import gguf

    config = model.config
    _require_supported(config)
    parsed = json.loads(tokenizer.backend_tokenizer.to_str())
    pre_tokenizer = pre_tokenizer_name(parsed)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    tensors = [(_gguf_name(names, key), key, weight) for key, weight in _weights(model)]

    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[gguf.MODEL_ARCH.LLAMA])
    try:
        _add_architecture(writer, config, name)
        _add_tokenizer(writer, tokenizer, parsed, pre_tokenizer, config.vocab_size)
        frequencies = _frequency_factors(config)
        if frequencies is not None:
            tensors.insert(0, ("rope_freqs.weight", "", frequencies))
        for gguf_name, _, weight in tensors:
            kind = _stored_type(weight)
            writer.add_tensor_info(gguf_name, weight.shape, kind, weight.numel() * kind.itemsize)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for done, (_, key, weight) in enumerate(tensors, start=1):
            writer.write_tensor_data(_as_stored(key, weight, config))
            progress(done, len(tensors))
        writer.flush()
        for file in writer.fout or ():
            os.fsync(file.fileno())
    finally:
        writer.close()


def _require_supported(config: Any) -> None:
    rope = config.rope_parameters or {}
    supported = config.model_type == "llama" and rope.get("rope_type", "default") in _ROPE_TYPES
    if not supported:
        raise PanzaError(
            f"Models of type '{config.model_type}' can't be exported to GGUF yet; nothing was "
            "changed. Draft with --backend transformers instead."
        )


def _weights(model: Any) -> Iterator[tuple[str, Any]]:
    """The weights by their Hugging Face names, without a head that is tied to the embeddings."""
    for key, weight in model.state_dict().items():
        if key == "lm_head.weight" and model.config.tie_word_embeddings:
            continue
        yield key, weight


def _gguf_name(names: Any, key: str) -> str:
    name = names.get_name(key, try_suffixes=(".weight", ".bias"))
    if name is None:
        raise PanzaError(
            f"The weight '{key}' has no name in GGUF files; nothing was changed. "
            "Draft with --backend transformers instead."
        )
    return str(name)


def _stored_type(weight: Any) -> Any:
    import numpy as np

    return np.dtype(np.float16 if weight.dim() > 1 else np.float32)


def _as_stored(key: str, weight: Any, config: Any) -> Any:
    """The weight as the array to write.

    llama.cpp's rotary embedding pairs neighbouring rows of q and k, Hugging Face's pairs rows half
    a head apart, so those rows are reordered. A file without that loads, but generates nonsense.
    """
    import numpy as np

    array = weight.float().numpy()
    heads = next((count for part, count in _ROTATED.items() if f".{part}." in key), None)
    if heads is not None:
        array = to_interleaved(array, getattr(config, heads))
    return np.ascontiguousarray(array, dtype=_stored_type(weight))


def _add_architecture(writer: Any, config: Any, name: str) -> None:
    import gguf

    head_size = config.head_dim or config.hidden_size // config.num_attention_heads
    writer.add_name(name)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(head_size)
    writer.add_value_length(head_size)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(head_size)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])


_ROPE_TYPES = ("default", "llama3")


def _frequency_factors(config: Any) -> Any:
    """The divisor of each rotary frequency; None where the model does not scale them.

    llama3 (Llama 3.1 and later) lowers the low frequencies for long contexts.
    """
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    rope = config.rope_parameters
    if rope.get("rope_type", "default") == "default":
        return None
    import torch

    scaled, _ = ROPE_INIT_FUNCTIONS["llama3"](config, torch.device("cpu"))
    pairs = torch.arange(scaled.numel(), dtype=torch.float32) / scaled.numel()
    return rope["rope_theta"] ** -pairs / scaled


def _add_tokenizer(
    writer: Any, tokenizer: Any, parsed: dict[str, Any], pre_tokenizer: str, vocab_size: int
) -> None:
    """The byte-level BPE tokenizer: tokens, merges, special tokens and chat template."""
    import gguf

    # Embedding rows without a token need unique names, too.
    tokens = [f"[PAD{index}]" for index in range(vocab_size)]
    kinds = [gguf.TokenType.UNUSED] * vocab_size
    for token, index in parsed["model"]["vocab"].items():
        tokens[index], kinds[index] = token, gguf.TokenType.NORMAL
    for added in parsed["added_tokens"]:
        tokens[added["id"]] = added["content"]
        special = added["special"]
        kinds[added["id"]] = gguf.TokenType.CONTROL if special else gguf.TokenType.USER_DEFINED
    merges = parsed["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre_tokenizer)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in merges])
    for role in ("bos", "eos", "unk", "pad"):
        index = getattr(tokenizer, f"{role}_token_id")
        if index is not None:
            getattr(writer, f"add_{role}_token_id")(index)
    writer.add_add_bos_token(HuggingFaceTokenizer(tokenizer).adds_bos)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(tokenizer.chat_template)
