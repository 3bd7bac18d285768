"""Convert chat messages to token ids, in the same way for training, transformers and llama.cpp.

A prompt's token ids are those of the rendered chat template with its special tokens parsed, after
the beginning-of-sequence token if the tokenizer adds one and the template does not.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Protocol

from engine.errors import PanzaError
from engine.prompt.chat_template import Piece, render
from engine.prompt.prompt import Message


class ModelTokenizer(Protocol):
    """A model's tokenizer, from a Hugging Face folder or from a GGUF.

    bos_token, eos_token: '' if the model has none. adds_bos: whether the tokenizer puts BOS before
    every text by default.
    """

    chat_template: str | None
    bos_token: str
    eos_token: str
    bos_id: int | None
    adds_bos: bool

    def encode(self, text: str, *, parse_special: bool) -> list[int]:
        """Return the token ids of a `composed` text, without BOS.

        parse_special: whether to parse special tokens in the text, instead of encoding them as
        plain characters.
        """

    def is_special(self, token: int) -> bool:
        """Return whether `token` is a special token, like BOS or the end of a turn."""


def composed(text: str) -> str:
    """Return a text with composed characters (NFC).

    Some tokenizers of Hugging Face folders do that, but none of llama.cpp's.
    """
    return unicodedata.normalize("NFC", text)


def prompt_token_ids(tokenizer: ModelTokenizer, messages: Sequence[Message]) -> list[int]:
    """Return the token ids of the prompt that asks for the next turn of a chat.

    Special tokens in a message are encoded as plain text. Raises PanzaError if the model has no
    usable chat template.
    """
    return _with_bos(tokenizer, _encode_pieces(tokenizer, render_chat(tokenizer, messages)))


def answer_token_ids(
    tokenizer: ModelTokenizer, messages: Sequence[Message], answer: str
) -> list[int]:
    """Return the token ids of an answer to a chat, with the end of its turn."""
    ids = tokenizer.encode(answer.strip(), parse_special=False)
    return [*ids, *_end_of_turn(tokenizer, messages)]


def _end_of_turn(tokenizer: ModelTokenizer, messages: Sequence[Message]) -> list[int]:
    """The special token that the template writes after an answer; EOS where it writes none."""
    answered = [*messages, Message("assistant", "x")]
    last = render_chat(tokenizer, answered, add_generation_prompt=False)[-1]
    ids = tokenizer.encode(last.text, parse_special=True) if last.control else []
    if end := [token for token in ids if tokenizer.is_special(token)][:1]:
        return end
    return tokenizer.encode(tokenizer.eos_token, parse_special=True)[:1]


def render_chat(
    tokenizer: ModelTokenizer, messages: Sequence[Message], *, add_generation_prompt: bool = True
) -> list[Piece]:
    """Render a chat with the model's template. Raises PanzaError if there is no usable one."""
    if not isinstance(tokenizer.chat_template, str):
        raise PanzaError("The model has no chat template; choose an instruction-tuned one.")
    return render(
        tokenizer.chat_template,
        messages,
        bos_token=tokenizer.bos_token,
        eos_token=tokenizer.eos_token,
        add_generation_prompt=add_generation_prompt,
    )


def _encode_pieces(tokenizer: ModelTokenizer, pieces: Sequence[Piece]) -> list[int]:
    """Return the token ids of the pieces, with special tokens parsed only in the template's own."""
    text = "".join(piece.text for piece in pieces)
    whole = tokenizer.encode(text, parse_special=True)
    separate = [i for p in pieces for i in tokenizer.encode(p.text, parse_special=p.control)]
    # If the whole text has other special tokens, they come from the messages; then the pieces are
    # encoded separately.
    special = [[i for i in ids if tokenizer.is_special(i)] for ids in (whole, separate)]
    return whole if special[0] == special[1] else separate


def _with_bos(tokenizer: ModelTokenizer, ids: list[int]) -> list[int]:
    if not tokenizer.adds_bos or tokenizer.bos_id is None or ids[:1] == [tokenizer.bos_id]:
        return ids
    return [tokenizer.bos_id, *ids]
