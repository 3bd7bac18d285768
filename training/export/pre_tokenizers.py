"""Find the llama.cpp pre-tokenizer that splits text as a Hugging Face tokenizer does.

llama.cpp has the splitting rules in its code, by name (`tokenizer.ggml.pre`). A wrong name breaks
digits, contractions and some Unicode without an error, so only rules that are exactly those of an
entry here get its name; each entry has a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.errors import PanzaError


@dataclass(frozen=True)
class PreTokenizer:
    """Splitting rules. steps: `pre_tokenizer` of a tokenizer.json as a list.

    whole_words: a word in the vocabulary is one token, whatever the merges (`ignore_merges`).
    """

    name: str
    steps: tuple[dict[str, Any], ...]
    whole_words: bool


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
        steps=(
            {
                "type": "Split",
                "pattern": {
                    "Regex": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
                    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
                },
                "behavior": "Isolated",
                "invert": False,
            },
            {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False},
        ),
        whole_words=True,
    ),
)


def pre_tokenizer_name(tokenizer: dict[str, Any]) -> str:
    """llama.cpp's name for the rules of a tokenizer.json. Raises PanzaError for other rules."""
    model = tokenizer["model"]
    if model["type"] == "BPE" and tokenizer["normalizer"] is None:
        steps = _steps(tokenizer["pre_tokenizer"])
        for entry in _TABLE:
            if steps == entry.steps and model.get("ignore_merges", False) == entry.whole_words:
                return entry.name
    raise PanzaError(
        "This base model's tokenizer can't be exported to GGUF yet; nothing was changed. "
        "Draft with --backend transformers instead."
    )


def _steps(pre_tokenizer: dict[str, Any] | None) -> tuple[dict[str, Any], ...]:
    if pre_tokenizer is None:
        return ()
    steps = pre_tokenizer.get("pretokenizers", [pre_tokenizer])
    # trim_offsets does not affect the tokens.
    return tuple({k: v for k, v in step.items() if k != "trim_offsets"} for step in steps)
