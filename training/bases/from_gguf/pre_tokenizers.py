"""How llama.cpp splits a text before byte-level BPE, by the name in a GGUF."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_RULES = Path(__file__).with_name("pre_tokenizers.toml")

_BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False}


@dataclass(frozen=True)
class SplittingRules:
    """split: patterns that are applied one after the other. names: those that mean these rules.

    whole_words: a piece that is in the vocabulary is one token, whatever the merges.
    """

    names: tuple[str, ...]
    split: tuple[str, ...]
    whole_words: bool

    @property
    def name(self) -> str:
        """The first of its names."""
        return self.names[0]

    @property
    def steps(self) -> tuple[dict[str, Any], ...]:
        """The rules as `pre_tokenizer` of a tokenizer.json has them."""
        options = {"behavior": "Isolated", "invert": False}
        splits = ({"type": "Split", "pattern": {"Regex": p}, **options} for p in self.split)
        return (*splits, _BYTE_LEVEL)


@functools.cache
def all_rules() -> tuple[SplittingRules, ...]:
    """All rules that are known."""
    import tomli

    entries = tomli.loads(_RULES.read_text(encoding="utf-8"))["rules"]
    return tuple(
        SplittingRules(tuple(entry["names"]), tuple(entry["split"]), entry["whole_words"])
        for entry in entries
    )


def rules_named(name: str) -> SplittingRules | None:
    """The rules with a name of `tokenizer.ggml.pre`; None if they are not known."""
    return next((rules for rules in all_rules() if name in rules.names), None)
