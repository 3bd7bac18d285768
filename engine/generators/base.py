"""What the two backends do alike: prompts, reuse of the last one, sampling and streaming."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from engine.errors import PanzaError
from engine.generators import Sampling, decoding
from engine.prompt import Message
from engine.prompt_tokens import ModelTokenizer, prompt_token_ids, text_token_ids


class BaseGenerator(abc.ABC):
    """A generator (engine.generators.Generator) over a model with a key-value cache.

    Prompts are evaluated in blocks and stay in the cache, so that a prefix in common with the last
    prompt costs nothing. Subclasses evaluate tokens and edit the cache. context_length: tokens of
    prompt and draft together.
    """

    def __init__(self, tokenizer: ModelTokenizer, context_length: int) -> None:
        self._tokenizer = tokenizer
        self._context_length = context_length
        self._prompt: list[int] = []  # What the cache begins with.
        self._logits_after_prompt: np.ndarray | None = None

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[str]:
        """Yield the answer to a chat; see engine.generators.Generator."""
        prompt = prompt_token_ids(self._tokenizer, messages)
        return self._write(prompt, sampling, decoding.BLOCK, stopped)

    def complete(self, text: str, sampling: Sampling) -> Iterator[str]:
        """Yield the continuation of plain text; see engine.generators.Generator."""
        return self._write(text_token_ids(self._tokenizer, text), sampling, 1, lambda: False)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """How many tokens the rendered prompt has."""
        return len(prompt_token_ids(self._tokenizer, messages))

    @abc.abstractmethod
    def close(self) -> None:
        """Free the model's memory; may be called twice."""

    @abc.abstractmethod
    def _evaluate(self, tokens: Sequence[int]) -> np.ndarray | None:
        """Append tokens to the cache. Returns the logits after them; None when it was aborted.

        The logits, float32 [vocabulary], are valid until the next call.
        """

    @abc.abstractmethod
    def _truncate_cache(self, length: int) -> bool:
        """Cut the cache to its first `length` tokens; False if this kind of model can't."""

    @abc.abstractmethod
    def _clear_cache(self) -> None:
        """Empty the cache."""

    @abc.abstractmethod
    def _ends_text(self, token: int) -> bool:
        """Whether the model ends its answer with `token`."""

    @abc.abstractmethod
    def _text_decoder(self) -> Callable[[int], str]:
        """A function for consecutive tokens: the text that is complete with each of them.

        The bytes of a character may be spread over several tokens.
        """

    def _write(
        self, prompt: list[int], sampling: Sampling, block: int, stopped: Callable[[], bool]
    ) -> Iterator[str]:
        """Yield the continuation of a prompt. block: see decoding.reusable."""
        if len(prompt) >= self._context_length:
            raise PanzaError(
                f"The prompt has {len(prompt)} tokens and the context only "
                f"{self._context_length}; shorten the text, or raise drafting.context_tokens."
            )
        return decoding.until_stop(self._pieces(prompt, sampling, block, stopped), sampling.stop)

    def _pieces(
        self, prompt: list[int], sampling: Sampling, block: int, stopped: Callable[[], bool]
    ) -> Iterator[str]:
        def logits_after(token: int | None) -> np.ndarray | None:
            if token is None:
                return self._read_prompt(prompt, block, stopped)
            return self._evaluate([token])

        decode = self._text_decoder()
        room = self._context_length - len(prompt)
        for token in decoding.sample(logits_after, sampling, self._ends_text, room):
            if text := decode(token):
                yield text

    def _read_prompt(
        self, prompt: list[int], block: int, stopped: Callable[[], bool]
    ) -> np.ndarray | None:
        """The logits after a prompt; None when it was stopped.

        Only what differs from the last prompt is evaluated.
        """
        known = prompt == self._prompt and self._logits_after_prompt is not None
        kept = len(prompt) if known else decoding.reusable(self._prompt, prompt, block)
        if not (kept and self._truncate_cache(kept)):
            self._clear_cache()
            kept = 0
        elif known:
            return self._logits_after_prompt
        # Empty while evaluating, since after an error the content of the cache is unknown.
        self._prompt, self._logits_after_prompt = [], None
        for start in range(kept, len(prompt), decoding.BLOCK):
            tokens = prompt[start : start + decoding.BLOCK]
            logits = None if stopped() else self._evaluate(tokens)
            if logits is None:
                self._prompt = prompt[:start]
                return None
        assert logits is not None
        self._prompt, self._logits_after_prompt = prompt, logits.copy()
        return self._logits_after_prompt
