"""The tokenizer in a GGUF, run by llama.cpp, as the prompt rule needs it."""

from __future__ import annotations

import codecs
import ctypes
from collections.abc import Callable
from typing import Any

from engine.generators.llama_library import library
from engine.prompt.tokens import composed

_PIECE_BYTES = 256
"""Longest text of one token; vocabularies have some of 128 spaces."""


class GgufTokenizer:
    """engine.prompt.tokens.ModelTokenizer on a model that llama.cpp loaded.

    model: the native pointer, which must outlive this object.
    """

    def __init__(self, model: Any) -> None:
        self._llama = library()
        self.vocabulary = self._llama.llama_model_get_vocab(model)
        template = self._llama.llama_model_chat_template(model, None)
        self.chat_template = template.decode("utf-8", "replace") if template else None
        bos = self._special(model, "bos", self._llama.llama_vocab_bos(self.vocabulary))
        eos = self._special(model, "eos", self._llama.llama_vocab_eos(self.vocabulary))
        self.bos_token, self.eos_token = self._text(bos), self._text(eos)
        self.bos_id = bos if bos >= 0 else None
        adds_bos = self._llama.llama_vocab_get_add_bos(self.vocabulary)
        self.adds_bos = bool(adds_bos) and self.bos_id is not None

    def encode(self, text: str, *, parse_special: bool) -> list[int]:
        """The token ids of a text, without BOS; see ModelTokenizer."""
        data = composed(text).encode("utf-8", "replace")
        tokens = (ctypes.c_int32 * (len(data) + 8))()
        count = self._llama.llama_tokenize(
            self.vocabulary, data, len(data), tokens, len(tokens), False, parse_special
        )
        return list(tokens[:count])

    def attributes(self, token: int) -> int:
        """llama.cpp's LLAMA_TOKEN_ATTR_* bits of a token."""
        return int(self._llama.llama_vocab_get_attr(self.vocabulary, token))

    def is_special(self, token: int) -> bool:
        """Whether `token` is a special token."""
        special = self._llama.LLAMA_TOKEN_ATTR_CONTROL | self._llama.LLAMA_TOKEN_ATTR_UNKNOWN
        return bool(self.attributes(token) & special)

    def ends_text(self, token: int) -> bool:
        """Whether the model ends its answer with `token`."""
        return bool(self._llama.llama_vocab_is_eog(self.vocabulary, token))

    def bytes_of(self, token: int) -> bytes:
        """The bytes that a token writes; none for a special one."""
        buffer = ctypes.create_string_buffer(_PIECE_BYTES)
        count = self._llama.llama_token_to_piece(
            self.vocabulary, token, buffer, _PIECE_BYTES, 0, False
        )
        return buffer.raw[: max(count, 0)]

    def text_decoder(self) -> Callable[[int], str]:
        """A function for consecutive tokens: the text that is complete with each of them."""
        characters = codecs.getincrementaldecoder("utf-8")("replace")
        return lambda token: characters.decode(self.bytes_of(token))

    def _special(self, model: Any, role: str, token: int) -> int:
        """The token of a role; -1 where llama.cpp takes any one as the file names none."""
        value = ctypes.create_string_buffer(16)
        key = f"tokenizer.ggml.{role}_token_id".encode()
        named = self._llama.llama_model_meta_val_str(model, key, value, len(value)) >= 0
        return token if token >= 0 and (named or self.is_special(token)) else -1

    def __len__(self) -> int:
        return int(self._llama.llama_vocab_n_tokens(self.vocabulary))

    def _text(self, token: int) -> str:
        if token < 0:
            return ""
        return self._llama.llama_vocab_get_text(self.vocabulary, token).decode("utf-8", "replace")
