"""Find the llama.cpp pre-tokenizer that splits text as a Hugging Face tokenizer does.

llama.cpp has the splitting rules in its code, by name (`tokenizer.ggml.pre`). A wrong name breaks
digits, contractions and some Unicode without an error, so only rules that are exactly those of an
entry here get its name; each entry has a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.errors import PanzaError
from training.bases.from_gguf.pre_tokenizers import SplittingRules, all_rules


@dataclass(frozen=True)
class PreTokenizer:
    """Splitting rules. steps: `pre_tokenizer` of a tokenizer.json as a list.

    whole_words: a word in the vocabulary is one token, whatever the merges (`ignore_merges`).
    """

    name: str
    steps: tuple[dict[str, Any], ...]
    whole_words: bool


def _split(pattern: str) -> tuple[dict[str, Any], ...]:
    return SplittingRules((), (pattern,), whole_words=False).steps


_NORMALIZERS = (None, {"type": "NFC"})
"""All text is composed (NFC) before it is encoded, by HuggingFaceTokenizer and GgufTokenizer."""


_TABLE = (
    PreTokenizer(
        name="smollm",
        steps=(
            {"type": "Digits", "individual_digits": True},
            {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True},
        ),
        whole_words=False,
    ),
    PreTokenizer(
        name="llama-bpe",
        steps=_split(
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
            r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
        ),
        whole_words=True,
    ),
    PreTokenizer(
        name="qwen2",
        steps=_split(
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
            r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
        ),
        whole_words=False,
    ),
    PreTokenizer(
        name="tekken",
        steps=_split(
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
            r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
            r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
        ),
        whole_words=True,
    ),
)


def pre_tokenizer_name(tokenizer: dict[str, Any]) -> str:
    """llama.cpp's name for the rules of a tokenizer.json. Raises PanzaError for other rules."""
    model = tokenizer["model"]
    if model["type"] == "BPE" and tokenizer["normalizer"] in _NORMALIZERS:
        steps = _steps(tokenizer["pre_tokenizer"])
        # Those of all_rules() are of tokenizers that were made of a GGUF's.
        known: tuple[PreTokenizer | SplittingRules, ...] = (*_TABLE, *all_rules())
        for rules in known:
            if steps == rules.steps and model.get("ignore_merges", False) == rules.whole_words:
                return rules.name
    raise unknown_tokenizer()


def unknown_tokenizer() -> PanzaError:
    """The error for a tokenizer that no conversion fits."""
    return PanzaError(
        "No GGUF of this base model was found, and its tokenizer can't be converted to one; "
        "nothing was changed. Put a GGUF of the same model into its folder, or draft with "
        "--backend transformers instead."
    )


def _steps(pre_tokenizer: dict[str, Any] | None) -> tuple[dict[str, Any], ...]:
    if pre_tokenizer is None:
        return ()
    steps = pre_tokenizer.get("pretokenizers", [pre_tokenizer])
    # trim_offsets does not affect the tokens.
    return tuple({k: v for k, v in step.items() if k != "trim_offsets"} for step in steps)
