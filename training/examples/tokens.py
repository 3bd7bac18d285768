"""Instruction + mail -> token ids, with labels on the mail alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.chat_template import Piece, render
from engine.prompt import Message


@dataclass(frozen=True)
class Example:
    """One mail to learn, or to be judged on.

    token_ids: prompt, mail and end of turn. prompt_tokens: how many of them are the prompt;
    every token after those is labelled.
    """

    mail_id: int
    token_ids: tuple[int, ...]
    prompt_tokens: int

    @property
    def labelled_tokens(self) -> int:
        return len(self.token_ids) - self.prompt_tokens


def build_example(
    tokenizer: Any, messages: Sequence[Message], mail: str, *, max_tokens: int, mail_id: int = 0
) -> Example | None:
    """Encode a prompt and the mail that answers it.

    A mail beyond `max_tokens` loses its end, and then its end of turn, so that the model does not
    learn to stop in mid-sentence. None when the prompt leaves no room for any of the mail.
    """
    prompt = encode(tokenizer, _render(tokenizer, messages))
    answer = encode(tokenizer, [Piece(mail.strip(), control=False)])
    answer.append(_end_of_turn(tokenizer, messages))
    room = max_tokens - len(prompt)
    if room <= 0 or len(answer) <= 1:
        return None
    return Example(mail_id, tuple(prompt + answer[:room]), len(prompt))


def encode(tokenizer: Any, pieces: Sequence[Piece]) -> list[int]:
    """Token ids of the pieces; special tokens are read in the template's own pieces only."""
    ids: list[int] = []
    for piece in pieces:
        ids += tokenizer(
            piece.text, add_special_tokens=False, split_special_tokens=not piece.control
        ).input_ids
    return ids


def _end_of_turn(tokenizer: Any, messages: Sequence[Message]) -> int:
    """The token with which the model's template ends an answer."""
    answered = [*messages, Message("assistant", "x")]
    last = _render(tokenizer, answered, add_generation_prompt=False)[-1]
    ids = encode(tokenizer, [last]) if last.control else []
    return ids[0] if ids else tokenizer.eos_token_id


def _render(tokenizer: Any, messages: Sequence[Message], **options: bool) -> list[Piece]:
    return render(
        tokenizer.chat_template,
        messages,
        bos_token=tokenizer.bos_token or "",
        eos_token=tokenizer.eos_token or "",
        **options,
    )
