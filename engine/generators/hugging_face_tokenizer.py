"""A transformers tokenizer as the prompt rule needs it. Imports nothing heavy."""

from __future__ import annotations

from typing import Any

from engine.prompt.tokens import composed


class HuggingFaceTokenizer:
    """engine.prompt.tokens.ModelTokenizer on a tokenizer that transformers loaded."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.chat_template = tokenizer.chat_template
        self.bos_token = tokenizer.bos_token or ""
        self.eos_token = tokenizer.eos_token or ""
        self.bos_id = tokenizer.bos_token_id
        # By encoding a text: the attribute for it differs from class to class.
        self.adds_bos = self.bos_id is not None and tokenizer("a").input_ids[:1] == [self.bos_id]
        added = tokenizer.added_tokens_decoder.items()
        self._special = frozenset(index for index, token in added if token.special)

    def encode(self, text: str, *, parse_special: bool) -> list[int]:
        """The token ids of a text, without BOS; see ModelTokenizer."""
        encoded = self._tokenizer(
            composed(text).encode("utf-8", "replace").decode(),
            add_special_tokens=False,
            split_special_tokens=not parse_special,
            verbose=False,
        )
        return list(encoded.input_ids)

    def is_special(self, token: int) -> bool:
        """Whether `token` is a special token."""
        return token in self._special
