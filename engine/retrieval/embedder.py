"""Embed texts with all-MiniLM-L6-v2: a query with llama.cpp, many mails with torch.

Both read the first 256 tokens and return the same vectors, so that drafting starts without torch
and embedding a mailbox is fast.
"""

from __future__ import annotations

import ctypes
import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.errors import PanzaError
from engine.generators.llama_library import library, open_context, open_model
from engine.home.home import Home
from engine.models.packaged import embedded_embedder_folder
from engine.retrieval.embedder_gguf import embedder_gguf

NAME = "all-minilm-l6-v2"
DIMENSIONS = 384
_MAX_TOKENS = 256  # of the model's sentence_bert_config.json; it was trained with no more
_BATCH = 64


def embed_query(text: str, home: Home) -> np.ndarray:
    """Return the embedding of a text, of length 1, float32 [384], with llama.cpp.

    The model is loaded once per process.
    """
    return _query_embedder(home).embed(text)


def load_bulk_embedder(home: Home) -> Callable[[Sequence[str]], np.ndarray]:
    """Load sentence-transformers offline; return a function from n texts to float32 [n, 384]."""
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    # Its progress bars would be drawn over ours.
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    folder = str(embedded_embedder_folder(home))
    model = SentenceTransformer(folder, local_files_only=True)
    model.max_seq_length = _MAX_TOKENS

    def embed(texts: Sequence[str]) -> np.ndarray:
        return model.encode(
            list(texts),
            batch_size=_BATCH,
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=True,
        )

    return embed


@functools.lru_cache(maxsize=1)
def _query_embedder(home: Home) -> _QueryEmbedder:
    return _QueryEmbedder(home)


class _QueryEmbedder:
    """The embedder as GGUF in llama.cpp, with token ids from the model's own tokenizer.

    llama.cpp's tokenizer is not used, because it neither truncates at 256 tokens nor recognises
    `[SEP]` in text. One thread is enough for a few milliseconds, and more would wait busily while
    a training run uses the cores.
    """

    def __init__(self, home: Home) -> None:
        from tokenizers import Tokenizer

        tokenizer_file = embedded_embedder_folder(home) / "tokenizer.json"
        self._tokenizer = Tokenizer.from_file(str(tokenizer_file))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._llama = library()
        self._context = open_context(_open_or_rebuild(home), self._context_params())
        self._lock = threading.Lock()

    def embed(self, text: str) -> np.ndarray:
        tokens = self._tokenizer.encode(text.encode("utf-8", "replace").decode()).ids
        with self._lock:
            vector = self._encode(tokens)
        return vector / np.linalg.norm(vector)

    def _context_params(self) -> Any:
        params = self._llama.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = _MAX_TOKENS
        params.n_threads = params.n_threads_batch = 1
        params.embeddings = True
        return params

    def _encode(self, tokens: Sequence[int]) -> np.ndarray:
        batch = self._llama.llama_batch_init(len(tokens), 0, 1)
        try:
            batch.n_tokens = len(tokens)
            for position, token in enumerate(tokens):
                batch.token[position] = token
                batch.pos[position] = position
                batch.n_seq_id[position] = 1
                batch.seq_id[position][0] = 0
                batch.logits[position] = 1
            if self._llama.llama_encode(self._context, batch) != 0:
                raise PanzaError("The query can't be embedded; is there enough memory?")
            pointer = self._llama.llama_get_embeddings_seq(self._context, 0)
            values = ctypes.cast(pointer, ctypes.POINTER(ctypes.c_float))
            return np.ctypeslib.as_array(values, shape=(DIMENSIONS,)).copy()
        finally:
            self._llama.llama_batch_free(batch)


def _open_or_rebuild(home: Home) -> Any:
    """Open the embedder's GGUF, and rebuild it first if the file in the cache is damaged."""
    try:
        return open_model(embedder_gguf(home))
    except PanzaError:
        return open_model(embedder_gguf(home, rebuild=True))
