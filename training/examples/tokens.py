"""Encode a prompt and its mail as one training example, with labels on the mail only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.generators.hugging_face_tokenizer import HuggingFaceTokenizer
from engine.prompt.prompt import Message
from engine.prompt.tokens import answer_token_ids, prompt_token_ids


@dataclass(frozen=True)
class Example:
    """A mail to train or evaluate on.

    token_ids: prompt, mail and end of turn. prompt_tokens: how many of them are the prompt's; all
    tokens after those are labelled, except the user's further turns in a conversation.
    further_turns: where those are, as (start, end).
    """

    mail_id: int
    token_ids: tuple[int, ...]
    prompt_tokens: int
    further_turns: tuple[tuple[int, int], ...] = ()

    @property
    def labelled_tokens(self) -> int:
        unlabelled = sum(end - start for start, end in self.further_turns)
        return len(self.token_ids) - self.prompt_tokens - unlabelled

    @property
    def labelled_spans(self) -> list[tuple[int, int]]:
        """Where the labelled tokens are, as (start, end)."""
        starts = [self.prompt_tokens, *(end for _, end in self.further_turns)]
        ends = [*(start for start, _ in self.further_turns), len(self.token_ids)]
        return list(zip(starts, ends, strict=True))


def build_example(
    tokenizer: Any, messages: Sequence[Message], mail: str, *, max_tokens: int, mail_id: int = 0
) -> Example | None:
    """Encode a prompt and the mail that answers it.

    tokenizer: of transformers. A mail is cut at `max_tokens`, without an end of turn then, so that
    the model does not learn to stop in mid-sentence. None when no token of the mail fits.
    """
    model_tokenizer = HuggingFaceTokenizer(tokenizer)
    prompt = prompt_token_ids(model_tokenizer, messages)
    answer = answer_token_ids(model_tokenizer, messages, mail)
    room = max_tokens - len(prompt)
    if room <= 0 or len(answer) <= 1:
        return None
    return Example(mail_id, tuple(prompt + answer[:room]), len(prompt))


def build_conversation(tokenizer: Any, messages: Sequence[Message], *, mail_id: int = 0) -> Example:
    """Encode a whole conversation, with labels on each of the assistant's turns.

    Some chat templates change earlier turns when another follows; with those it ends before that.
    """
    model_tokenizer = HuggingFaceTokenizer(tokenizer)
    ids: list[int] = []
    spans = []
    for index, message in enumerate(messages):
        if message.role == "assistant":
            prompt = prompt_token_ids(model_tokenizer, messages[:index])
            if prompt[: len(ids)] != ids:
                break
            spans.append((len(ids), len(prompt)))
            ids = prompt + answer_token_ids(model_tokenizer, messages[:index], message.content)
    return Example(mail_id, tuple(ids), spans[0][1], tuple(spans[1:]))
