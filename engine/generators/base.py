"""What the two backends do alike: prompts, reuse of the last one, sampling and streaming."""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from engine.errors import PanzaError
from engine.generators import Sampling, Written, decoding
from engine.prompt.prompt import Message
from engine.prompt.tokens import ModelTokenizer, answer_token_ids, prompt_token_ids

_NOTHING = Written(False, 0.0)


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
        self._evaluated_apart = 0  # The tokens of its beginning.
        self._logits_after_prompt: np.ndarray | None = None

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[str]:
        """Yield the answer to a chat; see engine.generators.Generator."""
        prompt = self._checked(prompt_token_ids(self._tokenizer, messages))
        return self._pieces(prompt, sampling, stopped, self._beginning(messages, prompt))

    def stream_several(
        self,
        messages: Sequence[Message],
        samplings: Sequence[Sampling],
        on_text: Callable[[int, str], bool],
        stopped: Callable[[], bool] = lambda: False,
    ) -> list[Written]:
        """Write several answers to a chat at once; see engine.generators.Generator."""
        prompt = self._checked(prompt_token_ids(self._tokenizer, messages))
        beginning = self._beginning(messages, prompt)
        if not samplings or self._read_prompt(prompt, stopped, beginning) is None:
            return [_NOTHING] * len(samplings)
        if not self._fork(len(samplings)):
            return self._one_after_another(messages, samplings, on_text, stopped)
        try:
            return self._grow_together(prompt, samplings, on_text, stopped)
        finally:
            self._join()

    def log_likelihood(self, messages: Sequence[Message], answer: str) -> float:
        """Return the mean log-likelihood of an answer; see engine.generators.Generator."""
        prompt = prompt_token_ids(self._tokenizer, messages)
        tokens = answer_token_ids(self._tokenizer, messages, answer)
        self._checked(prompt + tokens[:-1])
        return decoding.mean_log_likelihood(self._score(prompt, tokens), tokens)

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
    def _fork(self, count: int) -> bool:
        """Let `count` branches continue the prompt in the cache; False if this backend can't."""

    @abc.abstractmethod
    def _evaluate_branches(self, tokens: Mapping[int, int]) -> dict[int, np.ndarray]:
        """Append a token to each of some branches. Returns the logits after each of them.

        A branch for which there is no room is missing; it can't be continued.
        """

    @abc.abstractmethod
    def _join(self) -> None:
        """Remove all branches; the prompt stays in the cache."""

    @abc.abstractmethod
    def _score(self, prompt: list[int], answer: list[int]) -> np.ndarray:
        """Return the logits that predict each token of an answer, float32 [answer, vocabulary].

        The cache of the last prompt stays if there is room.
        """

    @abc.abstractmethod
    def _ends_text(self, token: int) -> bool:
        """Whether the model ends its answer with `token`."""

    @abc.abstractmethod
    def _text_decoder(self) -> Callable[[int], str]:
        """A function for consecutive tokens: the text that is complete with each of them.

        The bytes of a character may be spread over several tokens.
        """

    def _checked(self, tokens: list[int]) -> list[int]:
        """Return tokens that leave room in the context; otherwise PanzaError is raised."""
        if len(tokens) >= self._context_length:
            raise PanzaError(
                f"The prompt has {len(tokens)} tokens and the context only "
                f"{self._context_length}; shorten the text, or raise drafting.context_tokens."
            )
        return tokens

    def _grow_together(
        self,
        prompt: list[int],
        samplings: Sequence[Sampling],
        on_text: Callable[[int, str], bool],
        stopped: Callable[[], bool],
    ) -> list[Written]:
        """Let each branch choose a token, evaluate all of them at once, and so on."""
        assert self._logits_after_prompt is not None
        room = self._context_length - len(prompt)
        choosers = [decoding.Chooser(one, self._ends_text, room) for one in samplings]
        decoders = [self._text_decoder() for _ in samplings]
        complete = [False] * len(samplings)
        logits = dict.fromkeys(range(len(samplings)), self._logits_after_prompt)
        while logits and not stopped():
            chosen: dict[int, int] = {}
            for branch, row in logits.items():
                token = choosers[branch].choose(row)
                text = "" if token is None else decoders[branch](token)
                goes_on = on_text(branch, text) if text else True
                if token is None or choosers[branch].is_full or not goes_on:
                    complete[branch] = True
                else:
                    chosen[branch] = token
            logits = self._evaluate_branches(chosen) if chosen else {}
        return [
            Written(done, chooser.log_likelihood)
            for done, chooser in zip(complete, choosers, strict=True)
        ]

    def _one_after_another(
        self,
        messages: Sequence[Message],
        samplings: Sequence[Sampling],
        on_text: Callable[[int, str], bool],
        stopped: Callable[[], bool],
    ) -> list[Written]:
        written = []
        for index, sampling in enumerate(samplings):
            text = ""
            with contextlib.closing(self.stream(messages, sampling, stopped)) as pieces:  # type: ignore[type-var]
                for piece in pieces:
                    text += piece
                    if not on_text(index, piece) or stopped():
                        break
            done = not stopped()
            written.append(Written(done, self.log_likelihood(messages, text) if done else 0.0))
        return written

    def _beginning(self, messages: Sequence[Message], prompt: list[int]) -> int:
        """How many leading tokens of a prompt are in blocks of their own, as others share them."""
        return 0

    def _pieces(
        self,
        prompt: list[int],
        sampling: Sampling,
        stopped: Callable[[], bool],
        beginning: int = 0,
    ) -> Iterator[str]:
        def logits_after(token: int | None) -> np.ndarray | None:
            if token is None:
                return self._read_prompt(prompt, stopped, beginning)
            return self._evaluate([token])

        decode = self._text_decoder()
        room = self._context_length - len(prompt)
        for token in decoding.sample(logits_after, sampling, self._ends_text, room):
            if text := decode(token):
                yield text

    def _read_prompt(
        self, prompt: list[int], stopped: Callable[[], bool], beginning: int = 0
    ) -> np.ndarray | None:
        """The logits after a prompt; None when it was stopped.

        Only what differs from the last prompt is evaluated. beginning: see `_beginning`.
        """
        known = prompt == self._prompt and self._logits_after_prompt is not None
        kept = len(prompt) if known else self._reusable(prompt, beginning)
        if not (kept and self._truncate_cache(kept)):
            self._clear_cache()
            kept = 0
        elif known:
            return self._logits_after_prompt
        # Empty while evaluating, since after an error the content of the cache is unknown.
        self._prompt, self._logits_after_prompt, self._evaluated_apart = [], None, beginning
        for start, stop in decoding.blocks(kept, beginning, len(prompt)):
            logits = None if stopped() else self._evaluate(prompt[start:stop])
            if logits is None:
                self._prompt = prompt[:start]
                return None
        assert logits is not None
        self._prompt, self._logits_after_prompt = prompt, logits.copy()
        return self._logits_after_prompt

    def _reusable(self, prompt: list[int], beginning: int) -> int:
        """How many leading tokens of a prompt can stay in the cache, as they were evaluated."""
        if beginning != self._evaluated_apart:
            return 0
        return decoding.reusable(self._prompt, prompt, decoding.BLOCK, beginning)
