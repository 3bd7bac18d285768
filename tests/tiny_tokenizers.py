"""Tokenizers of a few hundred tokens, for transformers and in GGUF files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import torch
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from tokenizers.models import BPE
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from engine.generators.gguf_tokenizer import GgufTokenizer
from engine.generators.llama_library import library, model_params
from training.export.gguf_file import write_gguf
from training.export.pre_tokenizers import _TABLE
from training.export.verify import PROBES

BOS, START, END = "<|begin_of_text|>", "<|im_start|>", "<|im_end|>"
TEXT = (
    "Dear all, the 14 boxes came on 3 May at 9:30. I'll bring 250 chairs; don't wait for me! "
    "Grüße, Çelik – naïve café, 你好 мир 😀 ½ of it (see https://example.org/a?b=1).\n\n\tBest,\nSam\n"
)

# Sentencepiece's merges, best first, each of two tokens that are there already.
_MERGES = [("▁", "t"), ("h", "e"), ("▁t", "he"), ("a", "y"), ("▁", "s"), ("▁s", "ay"), ("e", "r")]


def smollm_tokenizer(**tokens: str) -> Any:
    """Byte-level BPE that splits digits and adds no BOS."""
    steps = [
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ]
    return byte_level_tokenizer(BPE(), steps, **tokens)


def llama3_tokenizer(**tokens: str) -> Any:
    """Byte-level BPE with whole words, which puts BOS before every text."""
    regex = next(entry for entry in _TABLE if entry.name == "llama-bpe").steps[0]["pattern"]
    steps = [
        pre_tokenizers.Split(Regex(regex["Regex"]), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
    tokenizer = byte_level_tokenizer(BPE(ignore_merges=True), steps, **tokens)
    tokenizer.backend_tokenizer.post_processor = _adding_bos(tokenizer)
    return tokenizer


def qwen_tokenizer(**tokens: str) -> Any:
    """Byte-level BPE that composes characters (NFC) and adds no BOS."""
    regex = next(entry for entry in _TABLE if entry.name == "qwen2").steps[0]["pattern"]
    steps = [
        pre_tokenizers.Split(Regex(regex["Regex"]), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
    tokenizer = byte_level_tokenizer(BPE(), steps, **tokens)
    tokenizer.backend_tokenizer.normalizer = normalizers.NFC()
    return tokenizer


def byte_level_tokenizer(model: BPE, steps: list[Any], bos_token: str = START) -> Any:
    """A BPE tokenizer trained on a few sentences; `steps` split the text before."""
    backend = Tokenizer(model)
    backend.pre_tokenizer = pre_tokenizers.Sequence(steps)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=["<|endoftext|>", START, END, BOS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator([TEXT, *PROBES], trainer)
    backend.add_tokens([AddedToken("<tool>", special=False, normalized=False)])
    return PreTrainedTokenizerFast(tokenizer_object=backend, bos_token=bos_token, eos_token=END)


def sentencepiece_tokenizer(alphabet: str) -> Any:
    """BPE as Llama 2 has it: "▁" for spaces, bytes for unknown characters, BOS before a text."""
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    tokens += ["▁", *sorted(set(alphabet) - {" ", "\n"}), *(a + b for a, b in _MERGES)]
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    backend = Tokenizer(
        BPE(vocabulary, _MERGES, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    backend.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    backend.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )
    backend = tokenizer.backend_tokenizer
    backend.post_processor = _adding_bos(tokenizer)
    return tokenizer


def tiny_shape(tokenizer: Any) -> dict[str, Any]:
    """The configuration of two small layers."""
    return {
        "vocab_size": len(tokenizer) + 3,  # Rows that no token uses.
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "initializer_range": 0.2,
    }


def tiny_model(tokenizer: Any, **changes: Any) -> Any:
    """A random Llama of two small layers."""
    torch.manual_seed(0)
    values = {
        **tiny_shape(tokenizer),
        "tie_word_embeddings": True,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0},
    }
    return LlamaForCausalLM(LlamaConfig(**(values | changes))).eval()


def write_model(tokenizer: Any, path: Path) -> Path:
    """A GGUF of `tiny_model` with a byte-level tokenizer."""
    folder = path.with_suffix("")
    tiny_model(tokenizer).save_pretrained(folder)
    write_gguf(folder, tokenizer, path, name="tiny", progress=lambda a, b: None)
    return path


def write_sentencepiece_vocabulary(tokenizer: Any, path: Path) -> Path:
    """A GGUF without weights that contains a `sentencepiece_tokenizer`."""
    vocabulary = tokenizer.get_vocab()
    tokens = sorted(vocabulary, key=vocabulary.__getitem__)
    merged = [a + b for a, b in _MERGES]
    scores = [-float(merged.index(t)) if t in merged else -1000.0 for t in tokens]
    kinds = [
        gguf.TokenType.UNKNOWN
        if token == "<unk>"
        else gguf.TokenType.CONTROL
        if token in ("<s>", "</s>")
        else gguf.TokenType.BYTE
        if token.startswith("<0x")
        else gguf.TokenType.NORMAL
        for token in tokens
    ]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_unk_token_id(tokenizer.unk_token_id)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(True)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


class Vocabulary(GgufTokenizer):
    """The tokenizer of a GGUF of which nothing else is loaded."""

    def __init__(self, path: Path) -> None:
        params = model_params()
        params.vocab_only = True
        self.model = library().llama_model_load_from_file(str(path).encode(), params)
        super().__init__(self.model)

    def close(self) -> None:
        library().llama_model_free(self.model)


def _adding_bos(tokenizer: Any) -> Any:
    return processors.TemplateProcessing(
        single=f"{tokenizer.bos_token} $A",
        special_tokens=[(tokenizer.bos_token, tokenizer.bos_token_id)],
    )
