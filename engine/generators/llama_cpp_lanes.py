"""Lanes (engine.generators.side_by_side) of llama.cpp: a context with a cache for each answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.errors import PanzaError
from engine.generators import Generator, Written, decoding, llama_batches
from engine.generators.gguf_tokenizer import GgufTokenizer
from engine.generators.llama_library import library, open_context
from engine.generators.side_by_side import Answer, Asked, answers_of
from engine.prompt.tokens import prompt_token_ids

_MOST = 16
"""Answers that grow at once. With more, arithmetic takes the time, and a token no less of it."""

_LENGTH = 768
"""Tokens of prompt and answer in a lane; longer ones are written without others beside them."""

_MOST_BYTES = 300 << 20
"""Of the keys and values in all lanes."""


def open_lanes(
    generator: Generator,
    model: Any,
    tokenizer: GgufTokenizer,
    threads: Callable[[], int],
    context_length: int,
) -> LlamaCppLanes | None:
    """Open lanes for a generator's model; None if it, or the memory, does not allow several."""
    llama = library()
    if llama.llama_model_is_recurrent(model) or llama.llama_model_is_hybrid(model):
        return None  # Their state can't be cut back to what two prompts have in common.
    length = min(_LENGTH, context_length)
    count = min(_MOST, _MOST_BYTES // (_bytes_per_token(model) * length))
    if count < 2:
        return None
    params = llama.llama_context_default_params()
    params.n_ctx, params.n_seq_max = count * length, count
    params.kv_unified = False  # Attention then looks at a lane's own tokens only.
    params.n_batch = params.n_ubatch = decoding.BLOCK
    params.n_threads = params.n_threads_batch = threads()
    try:
        context = open_context(model, params)
    except PanzaError:  # There is no memory for them.
        return None
    return LlamaCppLanes(generator, context, tokenizer, threads, count, length)


def _bytes_per_token(model: Any) -> int:
    """The memory of a token's keys and values, 2 bytes each."""
    llama = library()
    width = llama.llama_model_n_embd(model) // llama.llama_model_n_head(model)
    return 2 * 2 * llama.llama_model_n_layer(model) * llama.llama_model_n_head_kv(model) * width


@dataclass
class _Growing:
    """An answer that grows in a lane. is_done: it is complete."""

    lane: int
    chooser: decoding.Chooser
    decode: Callable[[int], str]
    text: str = ""
    is_done: bool = False

    def grow(self, logits: np.ndarray) -> int | None:
        """Choose a token, and return it if another is to follow it."""
        token = self.chooser.choose(logits)
        if token is not None:
            self.text += self.decode(token)
        self.is_done = token is None or self.chooser.is_full
        return None if self.is_done else token


class LlamaCppLanes:
    """`count` lanes of `length` tokens in a context of their own, which is freed with them.

    What a lane has evaluated stays in it, so that a chat which continues another one, or begins
    like it, is evaluated from there. generator: writes what does not fit.
    """

    def __init__(
        self,
        generator: Generator,
        context: Any,
        tokenizer: GgufTokenizer,
        threads: Callable[[], int],
        count: int,
        length: int,
    ) -> None:
        self._llama = library()
        self._generator, self._context, self._tokenizer = generator, context, tokenizer
        self._threads, self._length = threads, length
        self._memory = self._llama.llama_get_memory(context)
        self._held: list[list[int]] = [[] for _ in range(count)]
        self._free = set(range(count))
        self._chats: dict[object, list[_Growing]] = {}
        self._written: dict[object, list[Answer]] = {}  # Complete, but not returned yet.
        self._logits: dict[int, np.ndarray] = {}  # After what a lane holds.

    def close(self) -> None:
        """Free the lanes' memory; may be called twice."""
        if self._context:
            self._llama.llama_free(self._context)
        self._context = None

    def has_room(self, answers: int) -> bool:
        """Whether so many answers can begin now; true when none grows."""
        return len(self._free) >= answers or not (self._chats or self._written)

    def begin(self, key: object, asked: Asked) -> None:
        """Let the answers to a chat grow. Raises PanzaError when it does not fit the context."""
        prompt = prompt_token_ids(self._tokenizer, asked.messages)
        count = len(asked.samplings)
        room = self._length - len(prompt)
        fits = all(sampling.max_tokens <= room for sampling in asked.samplings)
        if not fits or not 0 < count <= len(self._free):
            self._written[key] = answers_of(self._generator, asked)
            return
        threads = self._threads()
        self._llama.llama_set_n_threads(self._context, threads, threads)
        # Other free lanes may hold more of another chat, which goes on next.
        lanes = sorted(self._free, key=lambda lane: (-self._in_common(lane, prompt), lane))[:count]
        logits = self._read(lanes[0], prompt)
        for lane in lanes[1:]:
            self._llama.llama_memory_seq_rm(self._memory, lane, -1, -1)
            self._llama.llama_memory_seq_cp(self._memory, lanes[0], lane, -1, -1)
            self._held[lane] = list(prompt)
        self._free -= set(lanes)
        self._logits |= dict.fromkeys(lanes, logits)
        ends_text = self._tokenizer.ends_text
        self._chats[key] = [
            _Growing(
                lane,
                decoding.Chooser(sampling, ends_text, room),
                self._tokenizer.text_decoder(),
            )
            for lane, sampling in zip(lanes, asked.samplings, strict=True)
        ]

    def step(self) -> dict[object, list[Answer]]:
        """Let all answers grow by a token; return, by their keys, those of chats that are done."""
        chosen: dict[int, int] = {}
        for key, chat in list(self._chats.items()):
            for answer in chat:
                if not answer.is_done:
                    token = answer.grow(self._logits[answer.lane])
                    if token is not None:
                        chosen[answer.lane] = token
            if all(answer.is_done for answer in chat):
                del self._chats[key]
                self._free |= {answer.lane for answer in chat}
                self._written[key] = [
                    Answer(answer.text, Written(True, answer.chooser.log_likelihood))
                    for answer in chat
                ]
        self._logits = self._append(chosen)
        written, self._written = self._written, {}
        return written

    def _in_common(self, lane: int, prompt: Sequence[int]) -> int:
        return decoding.reusable(self._held[lane], prompt, 1)

    def _read(self, lane: int, prompt: list[int]) -> np.ndarray:
        """Evaluate what a lane does not hold yet of a prompt; return the logits after it."""
        held = self._in_common(lane, prompt)
        if not self._llama.llama_memory_seq_rm(self._memory, lane, held, -1):
            self._llama.llama_memory_seq_rm(self._memory, lane, -1, -1)
            held = 0
        self._held[lane] = []  # After an error its content is unknown.
        rows: list[np.ndarray] = []
        for start, stop in llama_batches.even_blocks(held, len(prompt)):
            wanted = 1 if stop == len(prompt) else 0
            lanes = [lane] * (stop - start)
            rows = self._decode(prompt[start:stop], range(start, stop), lanes, wanted)
        self._held[lane] = list(prompt)
        return rows[0]

    def _append(self, chosen: Mapping[int, int]) -> dict[int, np.ndarray]:
        """Append a token to each of some lanes; return the logits after them."""
        lanes = sorted(chosen)
        tokens = [chosen[lane] for lane in lanes]
        positions = [len(self._held[lane]) for lane in lanes]
        rows = self._decode(tokens, positions, lanes, len(lanes))
        for lane, token in zip(lanes, tokens, strict=True):
            self._held[lane].append(token)
        return dict(zip(lanes, rows, strict=True))

    def _decode(
        self, tokens: Sequence[int], positions: Sequence[int], lanes: Sequence[int], wanted: int
    ) -> list[np.ndarray]:
        size = len(self._tokenizer)
        return llama_batches.decode(self._context, size, tokens, positions, lanes, wanted)
