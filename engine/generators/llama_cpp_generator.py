"""The llama.cpp backend, on its public C calls.

The calls are used directly: the binding's `Llama` class swaps the process's stderr while it works
and parses special tokens in mail text.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.base_models.gguf_model import shards_of
from engine.errors import PanzaError
from engine.generators import decoding, llama_batches
from engine.generators.base import BaseGenerator
from engine.generators.gguf_tokenizer import GgufTokenizer
from engine.generators.held_signals import held_signals
from engine.generators.llama_cpp_lanes import LlamaCppLanes, open_lanes
from engine.generators.llama_library import library, open_context, open_model
from engine.generators.saved_beginnings import SavedBeginnings
from engine.prompt.prompt import Message
from engine.prompt.tokens import prompt_token_ids

MOST_BRANCHES = 16
"""Answers that can grow together."""

_SCORED = MOST_BRANCHES + 1  # The sequence in which answers are scored; 0 is that of the prompt.

_BRANCH_CELLS = 1024
"""Tokens of all branches together, besides what the prompt leaves of the context."""

_LARGE = 500_000_000
"""Weights of a model above which the beginning that all prompts share is evaluated on its own."""

_SHORTEST_BEGINNING = 16
"""Tokens; to evaluate fewer takes little longer than the block that they would be in."""


class LlamaCppGenerator(BaseGenerator):
    """A loaded GGUF.

    context_tokens: longest prompt and draft together; at most what the model was trained for.
    threads: called before each prompt, since a training run may have started meanwhile.
    gpu_layers: see open_model. cache: a folder for states of a large model (saved_beginnings);
    None keeps none. Raises PanzaError when the file can't be loaded.
    """

    backend = "llama-cpp"
    _tokenizer: GgufTokenizer

    def __init__(
        self,
        path: Path,
        context_tokens: int,
        threads: Callable[[], int],
        gpu_layers: int = -1,
        cache: Path | None = None,
    ) -> None:
        self._llama = library()
        self._threads = threads
        self._context: Any = None
        self._model: Any = open_model(path, gpu_layers=gpu_layers)
        try:
            self._context = open_context(self._model, self._context_params(context_tokens))
        except PanzaError:
            self.close()
            raise
        self._memory = self._llama.llama_get_memory(self._context)
        self._branches: dict[int, int] = {}  # Number -> length; its sequence is the next number.
        self._scored: list[int] = []  # What sequence _SCORED begins with.
        weights = self._llama.llama_model_n_params(self._model)
        self._keeps_beginnings = weights > _LARGE
        self._saved: SavedBeginnings | None = None
        if cache and self._keeps_beginnings:
            self._saved = SavedBeginnings(cache, [*_stamps(path), context_tokens, gpu_layers])
        super().__init__(GgufTokenizer(self._model), self._trained_length(context_tokens))

    def close(self) -> None:
        """Free the model's memory; may be called twice."""
        if self._context:
            self._llama.llama_free(self._context)
        if self._model:
            self._llama.llama_model_free(self._model)
        self._context = self._model = None

    def open_lanes(self) -> LlamaCppLanes | None:
        """Lanes for answers to different chats; None where this model can't have several."""
        return open_lanes(self, self._model, self._tokenizer, self._threads, self._context_length)

    def _context_params(self, context_tokens: int) -> Any:
        params = self._llama.llama_context_default_params()
        params.n_ctx = self._trained_length(context_tokens) + _BRANCH_CELLS
        params.n_seq_max = _SCORED + 1
        params.kv_unified = True  # Sequences share the cells of their common beginning.
        params.n_batch = params.n_ubatch = decoding.BLOCK
        params.n_threads = params.n_threads_batch = self._threads()
        return params

    def _trained_length(self, context_tokens: int) -> int:
        length = min(context_tokens, self._llama.llama_model_n_ctx_train(self._model))
        original = self._original_length()
        if length <= original < length + _BRANCH_CELLS:
            length = max(original - _BRANCH_CELLS, original // 2)
        return length

    def _original_length(self) -> int:
        """The context before it was extended, 0 if it was not.

        In a larger one, llama.cpp rotates Phi-3's and Phi-4's queries and keys in another way, also
        for short prompts; transformers, with which they are trained, only for long ones.
        """
        values = [ctypes.create_string_buffer(64) for _ in range(2)]
        architecture, original = values
        read = self._llama.llama_model_meta_val_str
        read(self._model, b"general.architecture", architecture, len(architecture))
        name = architecture.value + b".rope.scaling.original_context_length"
        read(self._model, name, original, len(original))
        return int(original.value) if original.value.isdigit() else 0

    def _beginning(self, messages: Sequence[Message], prompt: list[int]) -> int:
        if not self._keeps_beginnings or messages[0].role != "system":
            return 0
        other = prompt_token_ids(self._tokenizer, [messages[0], Message("user", "")])
        length = decoding.reusable(other, prompt, 1)
        return length if length >= _SHORTEST_BEGINNING else 0

    def _read_prompt(
        self, prompt: list[int], stopped: Callable[[], bool], beginning: int = 0
    ) -> np.ndarray | None:
        threads = self._threads()
        self._llama.llama_set_n_threads(self._context, threads, threads)
        if len(self._scored) > _BRANCH_CELLS:
            self._clear_scored()
        with self._abort_when(stopped):
            if beginning and self._saved and not self._reusable(prompt, beginning):
                self._read_beginning(prompt[:beginning], stopped, self._saved)
            return super()._read_prompt(prompt, stopped, beginning)

    def _read_beginning(
        self, tokens: list[int], stopped: Callable[[], bool], saved: SavedBeginnings
    ) -> None:
        """Put the beginning of a prompt into the cache: as it was saved, or save it."""
        self._clear_cache()
        state = saved.read(tokens)
        if state and self._llama.llama_state_seq_set_data(
            self._context, (ctypes.c_uint8 * len(state)).from_buffer_copy(state), len(state), 0
        ):
            self._prompt, self._logits_after_prompt = tokens, None
            self._evaluated_apart = len(tokens)
            return
        self._clear_cache()
        if super()._read_prompt(tokens, stopped, len(tokens)) is not None:
            content = (ctypes.c_uint8 * self._llama.llama_state_seq_get_size(self._context, 0))()
            self._llama.llama_state_seq_get_data(self._context, content, len(content), 0)
            saved.write(tokens, bytes(content))

    @contextlib.contextmanager
    def _abort_when(self, stopped: Callable[[], bool]) -> Iterator[None]:
        """Let llama.cpp ask many times during an evaluation whether to abort it."""
        callback = self._llama.ggml_abort_callback
        with held_signals() as interrupted:
            abort = callback(lambda data: interrupted() or stopped())
            self._llama.llama_set_abort_callback(self._context, abort, None)
            try:
                yield
            finally:
                self._llama.llama_set_abort_callback(self._context, callback(), None)

    def _evaluate(self, tokens: Sequence[int]) -> np.ndarray | None:
        array = (ctypes.c_int32 * len(tokens))(*tokens)
        batch = self._llama.llama_batch_get_one(array, len(tokens))
        outcome = self._llama.llama_decode(self._context, batch)
        if outcome == llama_batches.ABORTED:
            return None
        if outcome != llama_batches.DONE:
            raise PanzaError("llama.cpp could not evaluate the prompt; is there enough memory?")
        return llama_batches.logits(self._context, len(self._tokenizer), -1)

    def _fork(self, count: int) -> bool:
        if count > MOST_BRANCHES:
            return False
        self._clear_scored()
        for branch in range(count):
            self._llama.llama_memory_seq_cp(self._memory, 0, branch + 1, -1, -1)
        self._branches = dict.fromkeys(range(count), 0)
        return True

    def _evaluate_branches(self, tokens: Mapping[int, int]) -> dict[int, np.ndarray]:
        for branch in set(self._branches) - set(tokens):
            self._remove_branch(branch)
        cells = self._context_length + _BRANCH_CELLS - len(self._prompt)
        while self._branches and sum(self._branches.values()) + len(self._branches) > cells:
            self._remove_branch(max(self._branches))
        branches = sorted(self._branches)
        rows = self._decode(
            [tokens[branch] for branch in branches],
            [len(self._prompt) + self._branches[branch] for branch in branches],
            [branch + 1 for branch in branches],
            wanted=len(branches),
        )
        for branch in branches:
            self._branches[branch] += 1
        return dict(zip(branches, rows, strict=True))

    def _join(self) -> None:
        for branch in list(self._branches):
            self._remove_branch(branch)

    def _remove_branch(self, branch: int) -> None:
        self._llama.llama_memory_seq_rm(self._memory, branch + 1, -1, -1)
        del self._branches[branch]

    def _score(self, prompt: list[int], answer: list[int]) -> np.ndarray:
        threads = self._threads()
        self._llama.llama_set_n_threads(self._context, threads, threads)
        tokens = prompt + answer[:-1]
        if len(tokens) > _BRANCH_CELLS:
            self._clear_cache()  # For both there may not be room.
        kept = self._reuse_for_score(prompt)
        self._scored = []
        rows: list[np.ndarray] = []
        for start, stop in llama_batches.even_blocks(kept, len(tokens)):
            # The prompt's last token predicts the answer's first.
            wanted = min(stop - start, max(0, stop - (len(prompt) - 1)))
            sequences = [_SCORED] * (stop - start)
            rows += self._decode(tokens[start:stop], range(start, stop), sequences, wanted=wanted)
        self._scored = tokens
        return np.stack(rows)

    def _reuse_for_score(self, prompt: list[int]) -> int:
        """Begin sequence _SCORED with what is evaluated of a prompt; return how much that is."""
        scored = decoding.reusable(self._scored, prompt, 1)
        read = decoding.reusable(self._prompt, prompt, 1)
        if read > scored:
            self._clear_scored()
            self._llama.llama_memory_seq_cp(self._memory, 0, _SCORED, 0, read)
            return read
        if scored and self._llama.llama_memory_seq_rm(self._memory, _SCORED, scored, -1):
            return scored
        self._clear_scored()
        return 0

    def _clear_scored(self) -> None:
        self._llama.llama_memory_seq_rm(self._memory, _SCORED, -1, -1)
        self._scored = []

    def _decode(
        self, tokens: Sequence[int], positions: Sequence[int], sequences: Sequence[int], wanted: int
    ) -> list[np.ndarray]:
        size = len(self._tokenizer)
        return llama_batches.decode(self._context, size, tokens, positions, sequences, wanted)

    def _truncate_cache(self, length: int) -> bool:
        # A model with recurrent state can't remove a part of it.
        return bool(self._llama.llama_memory_seq_rm(self._memory, 0, length, -1))

    def _clear_cache(self) -> None:
        self._llama.llama_memory_clear(self._memory, False)
        self._prompt, self._scored = [], []

    def _ends_text(self, token: int) -> bool:
        return self._tokenizer.ends_text(token)

    def _text_decoder(self) -> Callable[[int], str]:
        return self._tokenizer.text_decoder()


def _stamps(path: Path) -> list[object]:
    """What changes with a model's files, and with llama.cpp or the processor it runs on."""
    llama = library()
    files = [file.stat() for file in shards_of(path)]
    return [
        *((file.st_dev, file.st_ino, file.st_size, file.st_mtime_ns) for file in files),
        llama.__version__,
        llama.llama_print_system_info().decode(),
    ]
