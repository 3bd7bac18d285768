"""Write a Hugging Face tokenizer into a GGUF: byte-level BPE, or BPE as SentencePiece has it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from engine.generators.hugging_face_tokenizer import HuggingFaceTokenizer
from training.export.pre_tokenizers import pre_tokenizer_name, unknown_tokenizer

_UNMERGED = -1e9
"""The score of a token that no merge makes."""


@dataclass(frozen=True)
class Vocabulary:
    """A tokenizer.json, and which of llama.cpp's tokenizers reads text as it does.

    pre: the name of its pre-tokenizer, for byte-level BPE ("gpt2"); '' for SentencePiece ("llama").
    space_prefix: whether a space is put before a text.
    """

    parsed: dict[str, Any]
    pre: str
    space_prefix: bool = False


def vocabulary_of(tokenizer: Any) -> Vocabulary:
    """Raises PanzaError for a tokenizer without a tested conversion."""
    parsed = json.loads(tokenizer.backend_tokenizer.to_str())
    if parsed["model"]["type"] == "BPE" and parsed["model"].get("byte_fallback"):
        return Vocabulary(parsed, "", _space_prefix(parsed))
    return Vocabulary(parsed, pre_tokenizer_name(parsed))


def _space_prefix(parsed: dict[str, Any]) -> bool:
    """Whether SentencePiece's rules put a space before a text. Raises PanzaError for others."""
    steps = _steps(parsed["normalizer"], "normalizers") + _steps(
        parsed["pre_tokenizer"], "pretokenizers"
    )
    replaced = False
    prefix = False
    for step in steps:
        match step:
            case {"type": "Prepend", "prepend": "▁"}:
                prefix = True
            case {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}:
                replaced = True
            case {"type": "Metaspace", "replacement": "▁", "split": False, "prepend_scheme": how}:
                replaced, prefix = True, how != "never"
            case {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious"}:
                pass  # No space is left that it could split at.
            case _:
                raise unknown_tokenizer()
    if not replaced:
        raise unknown_tokenizer()
    return prefix


def _steps(rule: dict[str, Any] | None, name: str) -> list[dict[str, Any]]:
    return [] if rule is None else rule.get(name, [rule])


def add_tokenizer(writer: Any, tokenizer: Any, vocabulary: Vocabulary, vocab_size: int) -> None:
    """Write tokens, merges or scores, special tokens and chat template."""
    tokens, kinds = _tokens(vocabulary, vocab_size)
    model = vocabulary.parsed["model"]
    merges = [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]
    if vocabulary.pre:
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(vocabulary.pre)
        writer.add_token_list(tokens)
        writer.add_token_types(kinds)
        writer.add_token_merges(merges)
    else:
        writer.add_tokenizer_model("llama")
        writer.add_tokenizer_pre("default")
        writer.add_token_list(tokens)
        writer.add_token_scores(_scores(tokens, merges))
        writer.add_token_types(kinds)
    for role in ("bos", "eos", "unk", "pad"):
        index = getattr(tokenizer, f"{role}_token_id")
        if index is not None:
            getattr(writer, f"add_{role}_token_id")(index)
    writer.add_add_bos_token(HuggingFaceTokenizer(tokenizer).adds_bos)
    writer.add_add_space_prefix(vocabulary.space_prefix)
    writer.add_chat_template(tokenizer.chat_template)


def _tokens(vocabulary: Vocabulary, vocab_size: int) -> tuple[list[str], list[int]]:
    import gguf

    # Embedding rows without a token need unique names, too.
    tokens = [f"[PAD{index}]" for index in range(vocab_size)]
    kinds = [gguf.TokenType.UNUSED] * vocab_size
    model = vocabulary.parsed["model"]
    for token, index in model["vocab"].items():
        tokens[index], kinds[index] = token, gguf.TokenType.NORMAL
        if not vocabulary.pre and token == model.get("unk_token"):
            kinds[index] = gguf.TokenType.UNKNOWN
        elif not vocabulary.pre and _is_byte(token):
            kinds[index] = gguf.TokenType.BYTE
    for added in vocabulary.parsed["added_tokens"]:
        index = added["id"]
        tokens[index] = added["content"]
        if kinds[index] != gguf.TokenType.UNKNOWN:
            special = added["special"]
            kinds[index] = gguf.TokenType.CONTROL if special else gguf.TokenType.USER_DEFINED
    return tokens, kinds


def _is_byte(token: str) -> bool:
    return len(token) == 6 and token.startswith("<0x") and token.endswith(">")


def _scores(tokens: list[str], merges: list[str]) -> list[float]:
    """SentencePiece merges the pair with the best score first; here that of the first merge."""
    first: dict[str, int] = {}
    for rank, merge in enumerate(merges):
        first.setdefault("".join(merge.split(" ")), rank)
    return [-float(first[token]) if token in first else _UNMERGED for token in tokens]
