"""The llama.cpp backend, on its public C calls.

The calls are used directly: the binding's `Llama` class swaps the process's stderr while it works
and parses special tokens in mail text.
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
from engine.generators import decoding
from engine.generators.base import BaseGenerator
from engine.generators.gguf_tokenizer import GgufTokenizer
from engine.generators.llama_library import library, open_context, open_model

_DONE, _ABORTED = 0, 2  # What llama_decode returns.


class LlamaCppGenerator(BaseGenerator):
    """A loaded GGUF.

    context_tokens: longest prompt and draft together; at most what the model was trained for.
    threads: called before each prompt, since a training run may have started meanwhile.
    Raises PanzaError when the file can't be loaded.
    """

    backend = "llama-cpp"
    _tokenizer: GgufTokenizer

    def __init__(self, path: Path, context_tokens: int, threads: Callable[[], int]) -> None:
        self._llama = library()
        self._threads = threads
        self._context: Any = None
        self._model: Any = open_model(path)
        try:
            self._context = open_context(self._model, self._context_params(context_tokens))
        except PanzaError:
            self.close()
            raise
        self._memory = self._llama.llama_get_memory(self._context)
        super().__init__(GgufTokenizer(self._model), self._llama.llama_n_ctx(self._context))

    def close(self) -> None:
        """Free the model's memory; may be called twice."""
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

    def _read_prompt(
        self, prompt: list[int], block: int, stopped: Callable[[], bool]
    ) -> np.ndarray | None:
        threads = self._threads()
        self._llama.llama_set_n_threads(self._context, threads, threads)
        with self._abort_when(stopped):
            return super()._read_prompt(prompt, block, stopped)

    @contextlib.contextmanager
    def _abort_when(self, stopped: Callable[[], bool]) -> Iterator[None]:
        """Let llama.cpp ask many times during an evaluation whether to abort it."""
        callback = self._llama.ggml_abort_callback
        abort = callback(lambda data: stopped())
        self._llama.llama_set_abort_callback(self._context, abort, None)
        try:
            yield
        finally:
            self._llama.llama_set_abort_callback(self._context, callback(), None)

    def _evaluate(self, tokens: Sequence[int]) -> np.ndarray | None:
        array = (ctypes.c_int32 * len(tokens))(*tokens)
        batch = self._llama.llama_batch_get_one(array, len(tokens))
        outcome = self._llama.llama_decode(self._context, batch)
        if outcome == _ABORTED:
            return None
        if outcome != _DONE:
            raise PanzaError("llama.cpp could not evaluate the prompt; is there enough memory?")
        pointer = self._llama.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(pointer, shape=(len(self._tokenizer),))

    def _truncate_cache(self, length: int) -> bool:
        # A model with recurrent state can't remove a part of it.
        return bool(self._llama.llama_memory_seq_rm(self._memory, 0, length, -1))

    def _clear_cache(self) -> None:
        self._llama.llama_memory_clear(self._memory, False)

    def _ends_text(self, token: int) -> bool:
        return self._tokenizer.ends_text(token)

    def _text_decoder(self) -> Callable[[int], str]:
        characters = codecs.getincrementaldecoder("utf-8")("replace")
        return lambda token: characters.decode(self._tokenizer.bytes_of(token))
