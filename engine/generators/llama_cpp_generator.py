"""A GGUF behind the generator protocol, on llama.cpp's public C calls.

The calls are used directly: the binding's `Llama` class swaps the process's stderr while it works
and reads control tokens in mail text.
"""

from __future__ import annotations

import codecs
import contextlib
import ctypes
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import PanzaError
from engine.generators import Sampling, decoding
from engine.generators.gguf_tokenizer import GgufTokenizer
from engine.generators.llama_library import library, open_context, open_model
from engine.prompt import Message
from engine.prompt_tokens import prompt_token_ids, text_token_ids

_DONE, _ABORTED = 0, 2  # What llama_decode returns.


class LlamaCppGenerator:
    """A loaded GGUF. Reads prompts in blocks and keeps them, so a known prefix costs nothing.

    context_tokens: longest prompt and draft together; at most what the model was trained for.
    threads: asked before each prompt, so that a training run begun meanwhile is made room for.
    Raises PanzaError when the file can't be loaded.
    """

    backend = "llama-cpp"

    def __init__(self, path: Path, context_tokens: int, threads: Callable[[], int]) -> None:
        self._llama = library()
        self._threads = threads
        self._model: Any = open_model(path)
        self._tokenizer = GgufTokenizer(self._model)
        self._context: Any = None
        try:
            self._context = open_context(self._model, self._context_params(context_tokens))
        except PanzaError:
            self.close()
            raise
        self._memory = self._llama.llama_get_memory(self._context)
        self._room = self._llama.llama_n_ctx(self._context)
        self._prompt: list[int] = []
        self._after_prompt: np.ndarray | None = None

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[str]:
        """Yield the answer to a chat; see engine.generators.Generator."""
        return self._write(self._chat_tokens(messages), sampling, decoding.BLOCK, stopped)

    def complete(self, text: str, sampling: Sampling) -> Iterator[str]:
        """Yield the continuation of plain text; see engine.generators.Generator."""
        tokens = text_token_ids(self._tokenizer, text)
        return self._write(tokens, sampling, 1, lambda: False)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """How many tokens the rendered prompt has."""
        return len(self._chat_tokens(messages))

    def close(self) -> None:
        """Give the memory back; twice does no harm."""
        if self._context:
            self._llama.llama_free(self._context)
        if self._model:
            self._llama.llama_model_free(self._model)
        self._context = self._model = None

    def _context_params(self, context_tokens: int) -> Any:
        params = self._llama.llama_context_default_params()
        trained = self._llama.llama_model_n_ctx_train(self._model)
        params.n_ctx = min(context_tokens, trained)
        params.n_batch = params.n_ubatch = decoding.BLOCK
        params.n_threads = params.n_threads_batch = self._threads()
        return params

    def _chat_tokens(self, messages: Sequence[Message]) -> list[int]:
        return prompt_token_ids(self._tokenizer, messages)

    def _write(
        self, prompt: list[int], sampling: Sampling, block: int, stopped: Callable[[], bool]
    ) -> Iterator[str]:
        if len(prompt) >= self._room:
            raise PanzaError(
                f"The prompt has {len(prompt)} tokens and the context only {self._room}; "
                "shorten the text, or raise drafting.context_tokens."
            )
        return decoding.until_stop(self._pieces(prompt, sampling, block, stopped), sampling.stop)

    def _pieces(
        self, prompt: list[int], sampling: Sampling, block: int, stopped: Callable[[], bool]
    ) -> Iterator[str]:
        """Whole characters: the bytes of a character may be spread over several tokens."""

        def logits_after(token: int | None) -> np.ndarray | None:
            if token is None:
                return self._read_prompt(prompt, block, stopped)
            self._decode([token])
            return self._logits()

        characters = codecs.getincrementaldecoder("utf-8")("replace")
        room = self._room - len(prompt)
        for token in decoding.sample(logits_after, sampling, self._tokenizer.ends_text, room):
            text = characters.decode(self._tokenizer.bytes_of(token))
            if text:
                yield text

    def _read_prompt(
        self, prompt: list[int], block: int, stopped: Callable[[], bool]
    ) -> np.ndarray | None:
        """The logits after a prompt, of which only what differs from the last one is evaluated.

        A beginning in common is reused in steps of `block` tokens. None when it was stopped.
        """
        threads = self._threads()
        self._llama.llama_set_n_threads(self._context, threads, threads)
        again = prompt == self._prompt and self._after_prompt is not None
        kept = len(prompt) if again else decoding.reusable(self._prompt, prompt, block)
        # A model with recurrent state can't forget a part: it starts again.
        if not self._llama.llama_memory_seq_rm(self._memory, 0, kept, -1):
            self._llama.llama_memory_clear(self._memory, True)
            kept = 0
        elif again:
            return self._after_prompt
        self._prompt, self._after_prompt = prompt[:kept], None
        with self._abort_when(stopped):
            for start in range(kept, len(prompt), decoding.BLOCK):
                tokens = prompt[start : start + decoding.BLOCK]
                if not self._decode(tokens):
                    return None
                self._prompt += tokens
        self._after_prompt = self._logits().copy()
        return self._after_prompt

    @contextlib.contextmanager
    def _abort_when(self, stopped: Callable[[], bool]) -> Iterator[None]:
        """Have llama.cpp ask, many times in an evaluation, whether it shall end it."""
        callback = self._llama.ggml_abort_callback
        ask = callback(lambda data: stopped())
        self._llama.llama_set_abort_callback(self._context, ask, None)
        try:
            yield
        finally:
            self._llama.llama_set_abort_callback(self._context, callback(), None)

    def _decode(self, tokens: list[int]) -> bool:
        """Evaluate tokens; False when it was aborted."""
        array = (ctypes.c_int32 * len(tokens))(*tokens)
        batch = self._llama.llama_batch_get_one(array, len(tokens))
        outcome = self._llama.llama_decode(self._context, batch)
        if outcome not in (_DONE, _ABORTED):
            self._prompt = []
            raise PanzaError("llama.cpp could not evaluate the prompt; is there enough memory?")
        return outcome == _DONE

    def _logits(self) -> np.ndarray:
        """The last token's logits [vocabulary]; valid until the next evaluation."""
        pointer = self._llama.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(pointer, shape=(len(self._tokenizer),))
