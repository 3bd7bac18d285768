"""Batches of tokens for llama.cpp to evaluate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from engine.errors import PanzaError
from engine.generators import decoding
from engine.generators.llama_library import library

DONE, ABORTED = 0, 2  # What llama_decode returns.


def decode(
    context: Any,
    vocabulary: int,
    tokens: Sequence[int],
    positions: Sequence[int],
    sequences: Sequence[int],
    wanted: int,
) -> list[np.ndarray]:
    """Evaluate tokens of any sequences; return copies of the logits after the last `wanted`.

    vocabulary: how many tokens there are. Raises PanzaError.
    """
    llama, count = library(), len(tokens)
    if not count:
        return []
    batch = llama.llama_batch_init(count, 0, 1)
    try:
        batch.n_tokens = count
        for index in range(count):
            batch.token[index] = tokens[index]
            batch.pos[index] = positions[index]
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = sequences[index]
            batch.logits[index] = index >= count - wanted
        if llama.llama_decode(context, batch) != DONE:
            raise PanzaError("llama.cpp could not evaluate a draft; is there enough memory?")
        return [logits(context, vocabulary, n).copy() for n in range(count - wanted, count)]
    finally:
        llama.llama_batch_free(batch)


def logits(context: Any, vocabulary: int, index: int) -> np.ndarray:
    """The logits after a token of the last batch, valid until the next one; -1: after the last."""
    pointer = library().llama_get_logits_ith(context, index)
    return np.ctypeslib.as_array(pointer, shape=(vocabulary,))


def even_blocks(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The starts and stops of few blocks of tokens, of which none is much shorter than another.

    A block of a few tokens takes nearly as long as one of many.
    """
    if start == stop:
        return
    count = -(-(stop - start) // decoding.BLOCK)
    edges = [start + (stop - start) * number // count for number in range(count + 1)]
    yield from pairwise(edges)
